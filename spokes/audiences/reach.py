"""Many posts against all channels at once: the percolator turned round, a bit for each post."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import partial

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

    def where(self, test: Test[PostFacts]) -> Rows:
        """Name the posts for which a test holds; each is asked."""
        return sum(1 << place for place, facts in enumerate(self.posts) if test(facts))

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
        self._guarded = self._of_groups(takers.guarded)
        self._asked = self._of_groups(takers.asked)

    def of(self, posts: Sequence[tuple[PostFacts, Overrides]]) -> dict[int, Rows]:
        """Name for each group the places of the posts that it gets.

        ``overrides`` are the words by hand over each post, by channel id.
        """
        index = PostIndex([facts for facts, _ in posts])
        return self.within(index, [overrides for _, overrides in posts])

    def within(self, index: PostIndex, by_hand: Sequence[Overrides]) -> dict[int, Rows]:
        """Answer as ``of``, for posts that are indexed already."""
        found: defaultdict[int, Rows] = defaultdict(int)
        for key, groups in self._sure.items():
            if groups and (rows := self._wanted(key, index)):
                for group in groups:
                    found[group] |= rows
        self._add(found, index, self._with_enough(found, index), self._table.fits_well)
        self._add(found, index, self._perhaps(self._asked, index), self._table.wants)
        for place, overrides in enumerate(by_hand):
            if overrides:
                taken = self._table.takers(index.posts[place], overrides)
                self._put_right(found, place, taken)
        return found

    def _with_enough(self, found: dict[int, Rows], index: PostIndex) -> dict[int, Rows]:
        """Add what channels with a floor for the genre alone get; give what is still to be fit."""
        table, plans = self._table, self._table.known.layout.plans
        enough: dict[Hashable, Rows] = {}
        left: dict[int, Rows] = {}
        for pk, wanted in self._perhaps(self._guarded, index).items():
            what = table.share_of_what(plans[pk])
            if what not in enough:
                enough[what] = index.where(partial(table.has_enough, plan=plans[pk]))
            if plans[pk].fit_floor is None:
                found[self._group_of[pk]] |= wanted & enough[what]
            else:
                left[pk] = wanted & enough[what]
        return left

    def _add(
        self,
        found: dict[int, Rows],
        index: PostIndex,
        rows_of: Mapping[int, Rows],
        takes: Callable[[PostFacts, int], bool],
    ) -> None:
        """Ask channels one by one, only for what their group has not got yet; post by post."""
        waiting: defaultdict[int, list[int]] = defaultdict(list)
        for pk, rows in rows_of.items():
            for place in places_of(rows & ~found[self._group_of[pk]]):
                waiting[place].append(pk)
        for place, channels in waiting.items():
            facts, bit = index.posts[place], 1 << place
            for pk in channels:
                group = self._group_of[pk]
                if not found[group] & bit and takes(facts, pk):
                    found[group] |= bit

    def _put_right(self, found: dict[int, Rows], place: int, channels: Collection[int]) -> None:
        """Let a post be where these channels are, and nowhere else."""
        bit = 1 << place
        for group in found:
            found[group] &= ~bit
        for group in self._groups(channels):
            found[group] |= bit

    def _groups(self, channels: Iterable[int]) -> set[int]:
        return {self._group_of[pk] for pk in channels if pk in self._group_of}

    def _of_groups(self, ways: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
        return {key: [pk for pk in ways[key] if pk in self._group_of] for key in ways}

    def _perhaps(
        self, ways: Mapping[int, Sequence[int]], index: PostIndex
    ) -> defaultdict[int, Rows]:
        """Give the posts that come to channels in these ways, by channel."""
        found: defaultdict[int, Rows] = defaultdict(int)
        for key, channels in ways.items():
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
