"""What a person has stopped: read with each claim and once more with each intent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Self

from hub.delivery.exceptions import Stopped
from hub.delivery.models import Delivery, Hold
from hub.delivery.querysets import DeliveryQuerySet
from spokes.channels.models import Channel
from spokes.channels.querysets import ChannelQuerySet


@dataclasses.dataclass(frozen=True)
class Holds:
    everything: bool
    spokes: frozenset[int]
    artists: frozenset[int]
    posts: frozenset[int]

    @classmethod
    def load(cls) -> Self:
        return cls.of(Hold.objects.only("scope", "spoke_id", "artist_id", "post_id"))

    @classmethod
    def of(cls, rows: Iterable[Hold]) -> Self:
        rows = list(rows)
        return cls(
            everything=any(row.scope == Hold.Scope.ALL for row in rows),
            spokes=frozenset(row.spoke_id for row in rows if row.spoke_id),
            artists=frozenset(row.artist_id for row in rows if row.artist_id),
            posts=frozenset(row.post_id for row in rows if row.post_id),
        )

    def stop(self, channel: Channel) -> bool:
        return self.everything or channel.spoke_id in self.spokes

    def leave_out_held(self, deliveries: DeliveryQuerySet) -> DeliveryQuerySet:
        if self.posts:
            deliveries = deliveries.exclude(post__in=self.posts)
        if self.artists:
            # as they are now, in one look: an artist that is merged takes hold and posts along
            held = Hold.objects.filter(artist__isnull=False).order_by().values("artist")
            deliveries = deliveries.exclude(post__artists__in=held)
        return deliveries


def check_not_stopped(channel: Channel, delivery_ids: Iterable[int]) -> None:
    """Raise Stopped when one of these must not go out any more.

    Nobody can stop them from here on until the caller's transaction ends: who sets a hold or
    pauses the channel waits for its row (``lock_channels``), so that what is not yet "sending"
    when a stop succeeds never will be.
    """
    # PostgreSQL looks again at whether it is open once it has the lock
    if not lock_channels(Channel.objects.open().filter(pk=channel.pk)):
        raise Stopped
    check_holds(channel, delivery_ids)


def check_holds(channel: Channel, delivery_ids: Iterable[int]) -> None:
    """Raise Stopped when one of these is held at this moment."""
    holds = Holds.load()
    if holds.stop(channel):
        raise Stopped
    wanted = set(delivery_ids)
    if holds.posts or holds.artists:
        left = holds.leave_out_held(Delivery.objects.filter(pk__in=wanted))
        if left.count() != len(wanted):
            raise Stopped


def lock_channels(channels: ChannelQuerySet) -> list[int]:
    """Lock the rows of channels until the transaction ends; returns their ids."""
    # without the order by spokes: PostgreSQL locks no row that a join may lack
    rows = channels.order_by("pk").select_for_update(no_key=True)
    return list(rows.values_list("pk", flat=True))
