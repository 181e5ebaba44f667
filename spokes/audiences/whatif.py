"""What an expression takes of some posts and what it just misses; what a change would move."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from content.editorial.models import Post
from spokes.audiences.compiled import compiled
from spokes.audiences.distance import Distance
from spokes.audiences.explain import GenreTree, explain
from spokes.audiences.facts import facts_of_many
from spokes.audiences.language import Expression, query, read_saved, read_typed
from spokes.audiences.language.saved import as_stored
from spokes.audiences.lately import Example, Known, Sample
from spokes.audiences.models import Audience
from spokes.audiences.profiles.actions import keep_opened
from spokes.audiences.profiles.opened import Opened
from spokes.audiences.reach import PostIndex, Reach
from spokes.audiences.routing import RoutingTable
from spokes.audiences.rows import Rows, places_of
from spokes.audiences.touched import channels_touched, posts_touched
from spokes.channels.models import Channel, Spoke

SHOWN = 5
# channels that something moves on
SHOWN_CHANNELS = 50
# the newest ones that are not taken, among which the nearest are looked for
LOOKED_THROUGH = 500
# the newest ones that a change may move; each is routed twice
MOST_POSTS = 3_000


@dataclass(frozen=True)
class NearMiss:
    """A post that is not taken: how many terms would have to be others, and the facts behind it."""

    post: Post
    changes: int
    why: str


@dataclass(frozen=True)
class Answer:
    matching: int
    of: int
    examples_in: list[Example]
    # the nearest first
    near_misses: list[NearMiss]


@dataclass(frozen=True)
class Moves:
    """Posts that would be taken besides, and those that would not be any more."""

    into: int
    out_of: int
    examples_into: list[Post]
    examples_out_of: list[Post]

    @property
    def more_into(self) -> int:
        return self.into - len(self.examples_into)

    @property
    def more_out_of(self) -> int:
        return self.out_of - len(self.examples_out_of)


def answer(expression: Expression, posts: QuerySet[Post]) -> Answer:
    """Count in the database, and look for what is just missed among the first of the posts."""
    taken = posts.filter(query(expression))
    newest = list(taken[:SHOWN])
    missed = list(posts.exclude(query(expression))[:LOOKED_THROUGH])
    facts, tree, distance = facts_of_many([*newest, *missed]), GenreTree(), Distance(expression)
    far = {post.pk: distance.exactly(facts[post.pk]) for post in missed}
    near = heapq.nsmallest(SHOWN, missed, key=lambda post: far[post.pk])

    def why(post: Post) -> str:
        return explain(expression, facts[post.pk], tree).reason()

    return Answer(
        matching=len(newest) if len(newest) < SHOWN else taken.order_by().count(),
        of=posts.order_by().count(),
        examples_in=[Example(post, why(post)) for post in newest],
        near_misses=[NearMiss(post, int(far[post.pk]), why(post)) for post in near],
    )


def moves(before: Expression | None, after: Expression | None, posts: QuerySet[Post]) -> Moves:
    """Compare two expressions in the database; None, which can't be read, takes nothing."""
    into, out_of = _apart(after, before, posts), _apart(before, after, posts)
    return Moves(
        into=into.order_by().count(),
        out_of=out_of.order_by().count(),
        examples_into=list(into[:SHOWN]),
        examples_out_of=list(out_of[:SHOWN]),
    )


def _apart(
    one: Expression | None, other: Expression | None, posts: QuerySet[Post]
) -> QuerySet[Post]:
    """Take the posts for which only the one holds."""
    if one is None:
        return posts.none()
    return posts.filter(_only(one, other))


def _only(one: Expression | None, other: Expression | None) -> Q:
    if one is None:
        return Q(pk__in=[])
    return query(one) & ~query(other) if other else query(one)


# --- changes that are tried -----------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """Routing as it is, and as it would be, of the ``channels`` for which the two may differ.

    ``may_move`` are the posts about which they may.
    """

    now: RoutingTable
    then: RoutingTable
    # by id
    channels: frozenset[int]
    may_move: Q
    # of an audience: what it asks for
    before: Expression | None = None
    after: Expression | None = None

    def changes(self, page: Sequence[Known]) -> Iterator[tuple[int, Rows, Rows]]:
        """Name the channels, by id, that would take posts besides, or would not, with which."""
        index = PostIndex([known.facts for known in page])
        by_hand = [known.by_hand for known in page]
        went, goes = (
            Reach(table, {pk: pk for pk in self.channels}).within(index, by_hand)
            for table in (self.now, self.then)
        )
        for pk in self.channels:
            before, after = went.get(pk, 0), goes.get(pk, 0)
            if before != after:
                yield pk, after & ~before, before & ~after


@dataclass
class Tally:
    """How many posts, and the newest of them."""

    number: int = 0
    newest: list[Post] = field(default_factory=list)

    def add(self, page: Sequence[Known], rows: Rows) -> None:
        self.number += rows.bit_count()
        room = SHOWN - len(self.newest)
        self.newest += [page[place].post for place in islice(places_of(rows), room)]


@dataclass(frozen=True)
class ChannelMoves(Moves):
    channel: Channel


@dataclass(frozen=True)
class Moved:
    """What a change would move; ``posts`` were looked at, the newest alone if it ``is_cut``."""

    posts: int
    is_cut: bool
    into: int
    out_of: int
    # those that most moves on first, and how many there are besides
    channels: list[ChannelMoves]
    more_channels: int = 0

    @property
    def all_channels(self) -> int:
        return len(self.channels) + self.more_channels


def try_audience(audience: Audience, text: str) -> Trial:
    """Try another text for an audience; only posts on which the two differ can move."""
    before = read_saved([audience])[audience.pk].expression
    reading, _ = read_typed(text, audience.pk)
    names = as_stored(reading.names)

    def change() -> None:
        Audience.objects.filter(pk=audience.pk).update(expression=text.strip(), names=names)

    may_move = _only(before, reading.expression) | _only(reading.expression, before)
    return replace(_trial(change), may_move=may_move, before=before, after=reading.expression)


def try_fields(row: Spoke | Channel, fields: Mapping[str, Any]) -> Trial:
    """Try other fields, which are sound, for a spoke or a channel."""

    def change() -> None:
        type(row)._default_manager.filter(pk=row.pk).update(**fields)

    return _trial(change)


def try_opened(owner: Spoke | Channel, opened: Opened) -> Trial:
    """Try what was counted of openings as the profile of a spoke or a channel."""

    def change() -> None:
        keep_opened(owner=owner, opened=opened, actor=None)

    return _trial(change)


def _trial(change: Callable[[], None]) -> Trial:
    """Compile what is, then what would be; the change is taken back before anything is routed."""
    now = compiled()
    with transaction.atomic():
        change()
        then = compiled()
        transaction.set_rollback(True)
    channels = channels_touched(now, then)
    now, then = now.only(channels), then.only(channels)
    return Trial(RoutingTable([], now), RoutingTable([], then), channels, posts_touched(now, then))


def moved(
    trial: Trial,
    posts: QuerySet[Post],
    channels: QuerySet[Channel],
    *,
    most: int = MOST_POSTS,
) -> Moved:
    """Route the first of the posts as it is and as it would be, to these channels."""
    sample = Sample(posts.filter(trial.may_move), most)
    found: defaultdict[int, tuple[Tally, Tally]] = defaultdict(lambda: (Tally(), Tally()))
    for page in sample.pages():
        for pk, besides, no_more in trial.changes(page):
            for tally, rows in zip(found[pk], (besides, no_more), strict=True):
                tally.add(page, rows)
    asked = channels.filter(pk__in=found.keys()).order_by().values_list("pk", flat=True)
    keys = sorted(asked, key=lambda pk: (-sum(tally.number for tally in found[pk]), pk))
    shown = channels.in_bulk(keys[:SHOWN_CHANNELS])
    return Moved(
        posts=len(sample),
        is_cut=sample.is_cut,
        into=sum(found[pk][0].number for pk in keys),
        out_of=sum(found[pk][1].number for pk in keys),
        channels=[_moves_on(shown[pk], *found[pk]) for pk in keys if pk in shown],
        more_channels=max(0, len(keys) - SHOWN_CHANNELS),
    )


def _moves_on(channel: Channel, into: Tally, out_of: Tally) -> ChannelMoves:
    return ChannelMoves(into.number, out_of.number, into.newest, out_of.newest, channel)
