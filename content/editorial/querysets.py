from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from content.catalogue.names import match_key

if TYPE_CHECKING:
    from content.editorial.models import Post


class PostQuerySet(models.QuerySet["Post"]):
    def drafts(self) -> Self:
        return self.filter(state="draft")

    def in_review(self) -> Self:
        return self.filter(state="in_review")

    def approved(self) -> Self:
        return self.filter(state="approved")

    def archived(self) -> Self:
        return self.filter(state="archived")

    def unlocked(self) -> Self:
        return self.filter(locked_at__isnull=True)

    def waiting_for(self, user: User) -> Self:
        """Posts in review that this person may approve."""
        if not settings.FOUR_EYES:
            return self.in_review()
        own = Q(author=user) | Q(submitted_by=user, submitted_by__isnull=False)
        return self.in_review().exclude(own)

    def not_expired(self, now: datetime) -> Self:
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))

    def embargoed(self, now: datetime) -> Self:
        return self.filter(embargo_until__gt=now)

    def search(self, text: str) -> Self:
        """Posts that have every word in their title, their teaser or an artist's name."""
        found = self
        for word in text.replace("\0", " ").split():
            of_artist = self.model._base_manager.filter(artists__key__contains=match_key(word))
            found = found.filter(
                Q(title__icontains=word)
                | Q(teaser__icontains=word)
                | Q(pk__in=of_artist.values("pk"))
            )
        return found

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
