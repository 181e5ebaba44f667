"""What a person has stopped: read once a claim, in force at once."""

from __future__ import annotations

import dataclasses
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
        rows = list(Hold.objects.values_list("scope", "spoke_id", "artist_id", "post_id"))
        return cls(
            everything=any(scope == Hold.Scope.ALL for scope, *_ in rows),
            spokes=frozenset(spoke for _, spoke, _, _ in rows if spoke),
            artists=frozenset(artist for _, _, artist, _ in rows if artist),
            posts=frozenset(post for _, _, _, post in rows if post),
        )

    def stop(self, channel: Channel) -> bool:
        return self.everything or channel.spoke_id in self.spokes

    def leave_out_held(self, deliveries: DeliveryQuerySet) -> DeliveryQuerySet:
        if self.posts:
            deliveries = deliveries.exclude(post__in=self.posts)
        if self.artists:
            deliveries = deliveries.exclude(post__artists__in=self.artists)
        return deliveries
