from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from content.media.models import Asset, Rendition


class AssetQuerySet(models.QuerySet["Asset"]):
    def queued_for_other(self, version: str) -> Self:
        """Those whose renditions were queued for another list of sizes than this one."""
        # two ranges, which an index can answer; "not equal" reads the whole table
        return self.filter(Q(specs_version__lt=version) | Q(specs_version__gt=version))

    def licence_ends(self, first: date, last: date) -> Self:
        """Those whose licence ends between two days, both included."""
        return self.filter(licence_until__gte=first, licence_until__lte=last)

    def without_words(self) -> Self:
        """Those that say nothing to people who can't see them."""
        return self.filter(alt_text="")


class RenditionQuerySet(models.QuerySet["Rendition"]):
    def due(self, now: datetime) -> Self:
        return self.filter(state="pending", next_try_at__lte=now).order_by("next_try_at", "id")

    def ready(self) -> Self:
        return self.filter(state="ready")

    def failed(self) -> Self:
        return self.filter(state="failed")

    def pending(self) -> Self:
        return self.filter(state="pending")

    def current(self) -> Self:
        return self.filter(superseded_at=None)

    def superseded_before(self, moment: datetime) -> Self:
        return self.filter(superseded_at__lt=moment)

    def unannounced(self) -> Self:
        return self.filter(state="ready", announced=False)
