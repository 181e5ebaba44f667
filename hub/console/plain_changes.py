"""Changes of rows that no room has a rule for: still with an audit entry."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction

from content.audit.actions import record


@transaction.atomic
def store_plainly(*, row: models.Model, fields: dict[str, Any], actor: User) -> models.Model:
    """Store a new row, or the fields that differ of an old one. The form has checked them."""
    noun = row._meta.model_name
    if row.pk is None:
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(force_insert=True)
        record(code=f"{noun}.added", subject=row, actor=actor, after=_told(fields))
        return row
    before = {name: getattr(row, name) for name in fields}
    changed = {name: value for name, value in fields.items() if value != before[name]}
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=list(changed))
        told = _told({name: before[name] for name in changed})
        record(code=f"{noun}.changed", subject=row, actor=actor, before=told, after=_told(changed))
    return row


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    plain = (bool, int, float, str, type(None))
    return {
        name: value if isinstance(value, plain) else str(value) for name, value in fields.items()
    }
