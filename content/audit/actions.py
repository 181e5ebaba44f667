from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone

from content.audit.models import AuditEntry


def record(
    *,
    code: str,
    subject: models.Model,
    actor: AbstractBaseUser | None,
    summary: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Write one entry in the caller's transaction; ``actor=None`` means the clock."""
    return AuditEntry.objects.create(
        at=at or timezone.now(),
        actor_id=actor.pk if actor else None,
        code=code,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        summary=summary[:300] or str(subject)[:300],
        before=before or {},
        after=after or {},
    )
