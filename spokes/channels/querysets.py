from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from spokes.channels.models import Channel, Spoke


class SpokeQuerySet(models.QuerySet["Spoke"]):
    def with_genre(self) -> Self:
        return self.select_related("genre", "audience")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def of_hub(self) -> Self:
        return self.filter(spoke__isnull=True)

    def open(self) -> Self:
        """Neither paused nor waiting for someone to reconnect it."""
        return self.filter(paused_at__isnull=True, auth_lost_at__isnull=True)

    def with_audience(self) -> Self:
        return self.select_related("audience", "spoke__audience", "spoke__genre")
