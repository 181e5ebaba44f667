"""What an expression takes of some posts and what it just misses; what a change would move."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from content.editorial.models import Post
from spokes.audiences.distance import Distance
from spokes.audiences.explain import GenreTree, explain
from spokes.audiences.facts import facts_of_many
from spokes.audiences.language import Expression, query, read_saved, read_typed
from spokes.audiences.language.saved import as_stored
from spokes.audiences.lately import Example, Known, Sample
from spokes.audiences.models import Audience
from spokes.audiences.profiles.actions import keep_opened
from spokes.audiences.profiles.opened import Opened
from spokes.audiences.routing import RoutingTable
from spokes.channels.models import Channel, Spoke

SHOWN = 5
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
    """Routing as it is, and as it would be; ``may_move`` are the posts for which it may differ."""

    now: RoutingTable
    then: RoutingTable
    may_move: Q
    # of an audience: what it asks for
    before: Expression | None = None
    after: Expression | None = None

    def changes(self, known: Known) -> tuple[set[int], set[int]]:
        """Name the channels, by id, that would take the post besides, and those that would not."""
        went = self.now.takers(known.facts, known.by_hand)
        goes = self.then.takers(known.facts, known.by_hand)
        return goes - went, went - goes


@dataclass(frozen=True)
class ChannelMoves(Moves):
    channel: Channel


@dataclass(frozen=True)
class Moved:
    """What a change would move; ``posts`` were looked at, the newest alone if it ``is_cut``."""

    posts: int
    is_cut: bool
    channels: list[ChannelMoves]

    @property
    def into(self) -> int:
        return sum(one.into for one in self.channels)

    @property
    def out_of(self) -> int:
        return sum(one.out_of for one in self.channels)


def try_audience(audience: Audience, text: str) -> Trial:
    """Try another text for an audience; only posts on which the two differ can move."""
    before = read_saved([audience])[audience.pk].expression
    reading, _ = read_typed(text, audience.pk)
    names = as_stored(reading.names)

    def change() -> None:
        Audience.objects.filter(pk=audience.pk).update(expression=text.strip(), names=names)

    may_move = _only(before, reading.expression) | _only(reading.expression, before)
    return Trial(*_tables(change), may_move, before, reading.expression)


def try_fields(row: Spoke | Channel, fields: Mapping[str, Any]) -> Trial:
    """Try other fields, which are sound, for a spoke or a channel."""

    def change() -> None:
        type(row)._default_manager.filter(pk=row.pk).update(**fields)

    return Trial(*_tables(change), Q())


def try_opened(owner: Spoke | Channel, opened: Opened) -> Trial:
    """Try what was counted of openings as the profile of a spoke or a channel."""

    def change() -> None:
        keep_opened(owner=owner, opened=opened, actor=None)

    return Trial(*_tables(change), Q())


def _tables(change: Callable[[], None]) -> tuple[RoutingTable, RoutingTable]:
    """Compile what is, then what would be; the change is taken back before anything is routed."""
    now = RoutingTable.load([])
    with transaction.atomic():
        change()
        then = RoutingTable.load([])
        transaction.set_rollback(True)
    return now, then


def moved(
    trial: Trial,
    posts: QuerySet[Post],
    channels: Collection[Channel],
    *,
    most: int = MOST_POSTS,
) -> Moved:
    """Route the first of the posts as it is and as it would be, to these channels."""
    sample = Sample(posts.filter(trial.may_move), most)
    into: defaultdict[int, list[Post]] = defaultdict(list)
    out_of: defaultdict[int, list[Post]] = defaultdict(list)
    for known in sample:
        besides, no_more = trial.changes(known)
        for found, keys in ((into, besides), (out_of, no_more)):
            for pk in keys:
                found[pk].append(known.post)
    lines = [
        ChannelMoves(
            into=len(into[channel.pk]),
            out_of=len(out_of[channel.pk]),
            examples_into=into[channel.pk][:SHOWN],
            examples_out_of=out_of[channel.pk][:SHOWN],
            channel=channel,
        )
        for channel in channels
    ]
    return Moved(len(sample), sample.is_cut, [line for line in lines if line.into or line.out_of])
