from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from spokes.channels.models import Channel, Hub, Spoke


class HubQuerySet(models.QuerySet["Hub"]):
    def current(self) -> Hub:
        """Give the hub as it is named; before that, under the name that settings give it."""
        return self.first() or self.model.unnamed()


class SpokeQuerySet(models.QuerySet["Spoke"]):
    def with_genre(self) -> Self:
        return self.select_related("genre", "audience")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def of_hub(self) -> Self:
        return self.filter(spoke__isnull=True)

    def running(self) -> Self:
        return self.filter(paused_at__isnull=True)

    def paused(self) -> Self:
        return self.filter(paused_at__isnull=False)

    def connected(self) -> Self:
        """The network takes our credentials, as far as we know."""
        return self.filter(auth_lost_at__isnull=True)

    def unconnected(self) -> Self:
        """The network refused our credentials, and nobody has given others since."""
        return self.filter(auth_lost_at__isnull=False)

    def open(self) -> Self:
        """Neither paused nor waiting for someone to reconnect it."""
        return self.running().connected()

    def with_audience(self) -> Self:
        return self.select_related("audience", "spoke__audience", "spoke__genre")
