from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from spokes.channels.models import Spoke
    from spokes.site.models import Publication


class PublicationQuerySet(models.QuerySet["Publication"]):
    def live(self, now: datetime) -> Self:
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now),
            withdrawn_at__isnull=True,
        )

    def standing(self) -> Self:
        """Not taken down; an expired one still holds its address."""
        return self.filter(withdrawn_at__isnull=True)

    def on(self, spoke: Spoke | None) -> Self:
        """Of the spoke's site, or of the hub's own when there is none."""
        return self.filter(spoke=spoke) if spoke else self.filter(spoke__isnull=True)

    def about(self, kind: str, slug: str) -> Self:
        return self.filter(facets__kind=kind, facets__slug=slug)
