"""Of thousands of channels, those that a post's page shows: where it goes, or nearly does."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from django.contrib.auth.models import User

from hub.people.scope import sees_whole_house, visible
from spokes.audiences.facts import PostFacts
from spokes.audiences.models import RoutingOverride
from spokes.audiences.routing import RoutingTable
from spokes.channels.models import Channel

# a house of no more is shown whole
MOST_CHANNELS = 300
# else of those that take a post, and of those that don't, so many
SHOWN = 100


@dataclasses.dataclass(frozen=True)
class AskedChannels:
    """The channels to show, with the rules of routing; and how many are left out."""

    table: RoutingTable
    more_going: int = 0
    more_staying: int = 0


def asked_channels(
    user: User, facts: PostFacts, overrides: Mapping[int, RoutingOverride]
) -> AskedChannels:
    """Choose for a post with these facts and these words by hand, by channel id."""
    table = RoutingTable.load([])
    if len(table.known.layout.rows) <= MOST_CHANNELS:
        seen = seen_channels(user)
        return AskedChannels(table.over(Channel.objects.with_audience() if seen is None else seen))
    keys = seen_keys(user, table)
    going = table.takers(facts, overrides) & keys
    staying = keys - going
    first = [
        *spoke_by_spoke(going, table)[:SHOWN],
        *nearest_first(staying, table, facts)[:SHOWN],
    ]
    shown = {*first, *(overrides.keys() & keys)}
    return AskedChannels(
        table.over(Channel.objects.with_audience().filter(pk__in=shown)),
        len(going - shown),
        len(staying - shown),
    )


def seen_keys(user: User, table: RoutingTable) -> set[int]:
    """Name the channels, by id, that routing knows and the person may see."""
    keys = set(table.known.layout.rows)
    if sees_whole_house(user):
        return keys
    return keys & set(visible(user, Channel.objects.order_by()).values_list("pk", flat=True))


def seen_channels(user: User) -> list[Channel] | None:
    """List the channels of the person's spokes; None is all of them."""
    if sees_whole_house(user):
        return None
    return list(visible(user, Channel.objects.select_related("spoke")))


def nearest_first(staying: Collection[int], table: RoutingTable, facts: PostFacts) -> list[int]:
    """Order channels that don't take the post: first those whose audience nearly holds."""
    near = table.known.nearly(facts)
    return sorted(staying, key=lambda pk: (pk not in near, pk))


def spoke_by_spoke(channels: Collection[int], table: RoutingTable) -> list[int]:
    """Order them so that each spoke has one before any has two."""
    rows = table.known.layout.rows
    turns: dict[int | None, int] = {}
    turn: dict[int, int] = {}
    for pk in sorted(channels):
        turn[pk] = turns[rows[pk].spoke] = turns.get(rows[pk].spoke, 0) + 1
    return sorted(turn, key=lambda pk: (turn[pk], pk))
