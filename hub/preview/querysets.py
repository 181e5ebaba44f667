from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Max, Sum
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from hub.preview.models import ShareLink


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def open(self, now: datetime) -> Self:
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)

    def expired(self, now: datetime) -> Self:
        return self.filter(revoked_at__isnull=True, expires_at__lte=now)

    def revoked(self) -> Self:
        return self.filter(revoked_at__isnull=False)

    def with_subject(self) -> Self:
        return self.select_related("post", "spoke", "created_by")

    def with_visits(self) -> Self:
        """Add ``visit_count`` and ``last_visit_at``."""
        return self.annotate(
            visit_count=Coalesce(Sum("visits__times"), 0),
            last_visit_at=Max("visits__at"),
        )
