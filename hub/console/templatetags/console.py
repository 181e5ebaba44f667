"""Small words for the console's templates."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from django import template
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import Truncator
from django.utils.translation import gettext

from content.audit.models import AuditEntry
from content.editorial.models import PostState
from hub.console import attempts, moments, people
from hub.delivery.models import Attempt, Delivery
from hub.delivery.states import DUE_STATES, INBOX_STATES, State

register = template.Library()

# Unfold's label variants
POST_COLOURS: dict[str, str] = {
    PostState.IN_REVIEW: "warning",
    PostState.APPROVED: "success",
}
DELIVERY_COLOURS: dict[str, str] = {
    **dict.fromkeys(INBOX_STATES, "danger"),
    State.SCHEDULED: "info",
    State.CLAIMED: "primary",
    State.SENDING: "primary",
    State.ACCEPTED: "primary",
    State.LIVE: "success",
    State.WAITING: "warning",
    State.BLOCKED: "warning",
    State.UNKNOWN: "warning",
}


# it should be out, and surely is not: what is late about it goes on
NOT_OUT = frozenset({*DUE_STATES, State.BLOCKED, State.MISSED})
# of a variant, which is no row to an entry
OTHER_LABELS = {"cta_label": "call to action", "cta_url": "deep link"}


@register.filter
def moment(value: datetime | None, zone: str = "UTC") -> str:
    return moments.moment(value, zone) if value else ""


@register.filter
def relative(value: datetime | None) -> str:
    return moments.relative(value, timezone.now()) if value else ""


@register.filter
def due(due_at: datetime) -> str:
    return moments.due(due_at, timezone.now())


@register.filter
def lateness(delivery: Delivery) -> str:
    """Say how late a delivery is that is still to go out or never did; empty when it is not."""
    waits = delivery.state in NOT_OUT
    return moments.late(delivery.due_at, timezone.now()) if waits else ""


@register.filter
def person(user: User | None) -> str:
    return people.full_name(user)


@register.filter
def delivery_colour(state: str) -> str:
    return DELIVERY_COLOURS.get(state, "default")


@register.filter
def post_colour(state: str) -> str:
    return POST_COLOURS.get(state, "default")


@dataclasses.dataclass(frozen=True)
class Change:
    """One field of an audit entry, before and after."""

    field: str
    before: str
    after: str


@register.filter
def deed(entry: AuditEntry) -> str:
    """Write an entry's code as words: "post.approved" is "Post approved"."""
    return gettext(in_words(entry.code))


def in_words(code: str) -> str:
    return code.replace(".", " ").replace("_", " ").capitalize()


@register.filter
def note(entry: AuditEntry) -> str:
    """Return what the entry says beyond its code."""
    said = str(entry.after.get("note") or entry.after.get("reason") or "")
    return said or entry.summary


@register.filter
def changes(entry: AuditEntry) -> list[Change]:
    names = [name for name in {**entry.before, **entry.after} if name not in {"note", "reason"}]
    fields = {name: _field(entry.subject_type, name) for name in names}
    return [
        Change(
            _label(name, field),
            _plain(_choice(entry.before.get(name), field)),
            _plain(_choice(entry.after.get(name), field)),
        )
        for name, field in fields.items()
    ]


def _field(subject_type: str, name: str) -> models.Field[Any, Any] | None:
    """Find the field that an entry speaks of; an old entry may name one that is gone."""
    try:
        field = apps.get_model(subject_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return field if isinstance(field, models.Field) else None


def _label(name: str, field: models.Field[Any, Any] | None = None) -> str:
    words = str(field.verbose_name) if field else OTHER_LABELS.get(name, name)
    return words.replace("_", " ").capitalize()


def _choice(value: object, field: models.Field[Any, Any] | None) -> object:
    """Write a choice as its form does: "in_review" is "In review"."""
    if field is None or not field.choices or not isinstance(value, str | int):
        return value
    return dict(field.flatchoices).get(value, value)


def _instant(value: str) -> datetime | None:
    """Read a time as entries keep it; a date or a text is none."""
    try:
        at = parse_datetime(value)
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def _plain(value: object) -> str:
    """Write a value of an audit entry in a line: lists with commas, long texts cut."""
    if isinstance(value, list):
        return _plain(", ".join(_plain(item) for item in value))
    if isinstance(value, dict):
        return _plain(
            ", ".join(
                f"{_label(key).lower()} {_plain(item)}" for key, item in value.items() if item
            )
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and (at := _instant(value)):
        return moments.moment(at)
    return Truncator("" if value is None else str(value)).chars(160)


@register.filter
def clock(value: datetime) -> str:
    """Write the wall time of a datetime as it stands, in whatever zone it is."""
    return f"{value:%H:%M}"


@register.filter
def took(attempt: Attempt) -> str:
    """Write how long one call took, in seconds."""
    if attempt.ended_at is None:
        return "–"
    return f"{(attempt.ended_at - attempt.started_at).total_seconds():.2f} s"


@register.filter
def tried(attempt: Attempt, kind: str) -> str:
    return attempts.tried(attempt, kind)


@register.filter
def came_of(attempt: Attempt, kind: str) -> str:
    return attempts.came_of(attempt, kind)


@register.filter
def comes_again(delivery: Delivery) -> str:
    return attempts.comes_again(delivery, timezone.now())


@register.filter
def attempt_tone(attempt: Attempt) -> str:
    return attempts.tone(attempt)


@register.simple_tag
def four_eyes() -> bool:
    """Tell whether a post needs the approval of somebody else."""
    return bool(settings.FOUR_EYES)
