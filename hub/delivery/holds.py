"""What a person has stopped: read once a claim, in force at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Self

from hub.delivery.models import Hold
from hub.delivery.querysets import DeliveryQuerySet
from spokes.channels.models import Channel


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
            deliveries = deliveries.exclude(post__artists__in=self.artists)
        return deliveries
