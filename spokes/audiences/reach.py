"""Many posts against all channels at once: the percolator turned round, a bit for each post."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from spokes.audiences.anchors import Anchor, anchors_of
from spokes.audiences.conjunctions import Conjunction
from spokes.audiences.facts import PostFacts
from spokes.audiences.language.vocabulary import Test
from spokes.audiences.routing import Overrides, RoutingTable
from spokes.audiences.rows import Rows, places_of, rows_of_any
from spokes.audiences.wishes import HUB


class PostIndex:
    """Posts by their facts."""

    def __init__(self, posts: Sequence[PostFacts]) -> None:
        self.posts = posts
        self.all: Rows = (1 << len(posts)) - 1
        self._having: dict[Anchor, Rows] = {}
        for place, facts in enumerate(posts):
            bit = 1 << place
            for anchor in anchors_of(facts):
                self._having[anchor] = self._having.get(anchor, 0) | bit

    def holding(self, conjunction: Conjunction, test: Test[PostFacts] | None) -> Rows:
        """Name the posts for which it holds; ``test`` is what facts alone do not decide of it."""
        rows = self.all
        for clause in conjunction.clauses:
            rows &= rows_of_any(self._having, clause)
            if not rows:
                return 0
        rows &= ~rows_of_any(self._having, conjunction.without)
        if test is None:
            return rows
        return sum(1 << place for place in places_of(rows) if test(self.posts[place]))


class Reach:
    """Channels in groups, and which posts any channel of a group takes."""

    def __init__(self, table: RoutingTable, group_of: Mapping[int, int]) -> None:
        """Take the groups by channel id; channels without one do not matter."""
        self._table, self._group_of = table, group_of
        takers = table.known.layout.takers
        self._sure = {key: self._groups(channels) for key, channels in takers.sure.items()}
        self._asked = {
            key: [pk for pk in channels if pk in group_of] for key, channels in takers.asked.items()
        }

    def of(self, posts: Sequence[tuple[PostFacts, Overrides]]) -> dict[int, Rows]:
        """Name for each group the places of the posts that it gets.

        ``overrides`` are the words by hand over each post, by channel id.
        """
        index = PostIndex([facts for facts, _ in posts])
        found: defaultdict[int, Rows] = defaultdict(int)
        for key, groups in self._sure.items():
            if groups and (rows := self._wanted(key, index)):
                for group in groups:
                    found[group] |= rows
        # a channel with floors is asked only for what its group has not got yet
        for pk, rows in self._perhaps(index).items():
            group = self._group_of[pk]
            for place in places_of(rows & ~found[group]):
                if self._table.wants(index.posts[place], pk):
                    found[group] |= 1 << place
        for place, (facts, overrides) in enumerate(posts):
            if overrides:
                self._put_right(found, place, self._table.takers(facts, overrides))
        return found

    def _put_right(self, found: dict[int, Rows], place: int, channels: Collection[int]) -> None:
        """Let a post be where these channels are, and nowhere else."""
        bit = 1 << place
        for group in found:
            found[group] &= ~bit
        for group in self._groups(channels):
            found[group] |= bit

    def _groups(self, channels: Iterable[int]) -> set[int]:
        return {self._group_of[pk] for pk in channels if pk in self._group_of}

    def _perhaps(self, index: PostIndex) -> dict[int, Rows]:
        """Give the posts that channels with floors may take, by channel."""
        found: defaultdict[int, Rows] = defaultdict(int)
        for key, channels in self._asked.items():
            if channels and (rows := self._wanted(key, index)):
                for pk in channels:
                    found[pk] |= rows
        return found

    def _wanted(self, key: int, index: PostIndex) -> Rows:
        if key == HUB:
            return index.all
        rows = 0
        for conjunction, test in self._table.known.percolator.conjunctions(key):
            rows |= index.holding(conjunction, test)
        return rows
