from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from content.editorial.models import Post


class PostQuerySet(models.QuerySet["Post"]):
    def approved(self) -> Self:
        return self.filter(state="approved")

    def in_review(self) -> Self:
        return self.filter(state="in_review")

    def not_expired(self, now: datetime) -> Self:
        return self.filter(models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now))

    def with_content(self) -> Self:
        """Everything that rendering or routing reads, in a fixed number of queries."""
        return self.select_related("hero").prefetch_related(
            "artists",
            "post_genres__genre",
            "tagged_items__tag",
            "markets",
            "variants",
            "hero__renditions",
        )
