from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from content.media.models import Rendition


class RenditionQuerySet(models.QuerySet["Rendition"]):
    def due(self, now: datetime) -> Self:
        return self.filter(state="pending", next_try_at__lte=now).order_by("next_try_at", "id")

    def ready(self) -> Self:
        return self.filter(state="ready")

    def failed(self) -> Self:
        return self.filter(state="failed")
