"""What would come of a change before it is made: posts that move, deliveries that stop."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from content.editorial.models import Post
from hub.delivery.models import Delivery, Kind
from hub.people.scope import visible
from spokes.audiences.facts import PostFacts, facts_of_many
from spokes.audiences.models import Audience, RoutingOverride
from spokes.audiences.routing import RoutingTable, overrides_of
from spokes.channels.models import Channel, Spoke

# planned deliveries that are looked at
MOST_DELIVERIES = 2000
SHOWN_POSTS = 5

Overrides = Mapping[int, Mapping[int, RoutingOverride]]


@dataclasses.dataclass(frozen=True)
class Move:
    """What one channel would take and lose; ``goes_in`` and ``goes_out`` have all of them."""

    channel: Channel
    goes_in: list[Post]
    goes_out: list[Post]

    @property
    def shown_in(self) -> list[Post]:
        return self.goes_in[:SHOWN_POSTS]

    @property
    def shown_out(self) -> list[Post]:
        return self.goes_out[:SHOWN_POSTS]

    @property
    def more_in(self) -> int:
        return max(0, len(self.goes_in) - SHOWN_POSTS)

    @property
    def more_out(self) -> int:
        return max(0, len(self.goes_out) - SHOWN_POSTS)


@dataclasses.dataclass(frozen=True)
class WhatIf:
    total: int
    moves: list[Move]
    # planned, and stopped at their last check if the change is made
    stops: list[Delivery]
    channels: int

    @property
    def number_in(self) -> int:
        return sum(len(move.goes_in) for move in self.moves)

    @property
    def number_out(self) -> int:
        return sum(len(move.goes_out) for move in self.moves)

    @property
    def shown_stops(self) -> list[Delivery]:
        return self.stops[:SHOWN_POSTS]

    @property
    def more_stops(self) -> int:
        return max(0, len(self.stops) - SHOWN_POSTS)


def if_audience_said(
    user: User,
    audience: Audience,
    expression: str,
    posts: Sequence[Post],
    facts: Mapping[int, PostFacts],
) -> WhatIf:
    """Ask for an audience with another expression, which can be read."""

    def change() -> None:
        Audience.objects.filter(pk=audience.pk).update(expression=expression.strip())

    return _asked(user, change, posts, facts)


def if_changed(
    user: User,
    row: Spoke | Channel,
    fields: Mapping[str, Any],
    posts: Sequence[Post],
    facts: Mapping[int, PostFacts],
) -> WhatIf:
    """Ask for a spoke or a channel with other fields, which are sound."""

    def change() -> None:
        type(row)._default_manager.filter(pk=row.pk).update(**fields)

    return _asked(user, change, posts, facts)


def _asked(
    user: User,
    change: Callable[[], None],
    posts: Sequence[Post],
    facts: Mapping[int, PostFacts],
) -> WhatIf:
    channels = list(visible(user, Channel.objects.all()))
    now = RoutingTable.load(channels)
    then = _table_if(change, channels)
    planned = _planned(user)
    overrides = overrides_of([*posts, *(row.post for row in planned)])
    tables = (now, then)
    moves = [_move(channel, tables, posts, facts, overrides) for channel in now.channels]
    return WhatIf(
        total=len(posts),
        moves=[move for move in moves if move.goes_in or move.goes_out],
        stops=_stops(planned, now, then, overrides),
        channels=len(channels),
    )


def _table_if(change: Callable[[], None], channels: Iterable[Channel]) -> RoutingTable:
    """Compile the table as it would be; the change is taken back before anything is routed."""
    with transaction.atomic():
        change()
        table = RoutingTable.load(channels)
        transaction.set_rollback(True)
    return table


def _move(
    channel: Channel,
    tables: tuple[RoutingTable, RoutingTable],
    posts: Sequence[Post],
    facts: Mapping[int, PostFacts],
    overrides: Overrides,
) -> Move:
    goes_in: list[Post] = []
    goes_out: list[Post] = []
    for post in posts:
        by_hand = overrides.get(post.pk, {})
        went, goes = (table.goes(facts[post.pk], channel, by_hand) for table in tables)
        if goes is not went:
            (goes_in if goes else goes_out).append(post)
    return Move(channel, goes_in, goes_out)


def _planned(user: User) -> list[Delivery]:
    rows = visible(user, Delivery.objects.planned().filter(kind=Kind.PUBLISH))
    found = rows.select_related("post", "channel").defer("payload", "post__body", "post__body_html")
    return list(found.order_by("due_at", "pk")[:MOST_DELIVERIES])


def _stops(
    planned: Sequence[Delivery], now: RoutingTable, then: RoutingTable, overrides: Overrides
) -> list[Delivery]:
    facts = facts_of_many({row.post_id: row.post for row in planned}.values())
    known = {channel.pk: channel for channel in now.channels}

    def goes(table: RoutingTable, row: Delivery) -> bool:
        by_hand = overrides.get(row.post_id, {})
        return table.goes(facts[row.post_id], known[row.channel_id], by_hand)

    rows = [row for row in planned if row.channel_id in known]
    return [row for row in rows if goes(now, row) and not goes(then, row)]
