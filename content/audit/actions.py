from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone

from content.audit.models import AuditEntry

# rows of one INSERT
BATCH = 500


@dataclasses.dataclass(frozen=True)
class Change:
    """What became of one of many rows that change together."""

    subject: models.Model
    before: dict[str, Any]
    after: dict[str, Any]


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


def record_many(
    *, code: str, changes: Iterable[Change], actor: AbstractBaseUser | None, summary: str
) -> None:
    """Write one entry for each row, in the caller's transaction and in few queries."""
    at = timezone.now()
    entries = (
        AuditEntry(
            at=at,
            actor_id=actor.pk if actor else None,
            code=code,
            subject_type=change.subject._meta.label_lower,
            subject_id=str(change.subject.pk),
            summary=summary[:300],
            before=change.before,
            after=change.after,
        )
        for change in changes
    )
    AuditEntry.objects.bulk_create(entries, batch_size=BATCH)
