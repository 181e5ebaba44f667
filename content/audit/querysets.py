from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models

if TYPE_CHECKING:
    from content.audit.models import AuditEntry


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def about(self, subject: models.Model) -> Self:
        return self.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))

    def by(self, actor: User | None) -> Self:
        """Entries of one person, or of the clock for None."""
        return self.filter(actor=actor) if actor else self.filter(actor__isnull=True)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-id")

    def with_actor(self) -> Self:
        return self.select_related("actor")
