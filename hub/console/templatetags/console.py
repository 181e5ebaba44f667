"""Small words for the console's templates."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.text import Truncator

from content.audit.models import AuditEntry
from content.editorial.models import PostState
from hub.console import moments
from hub.delivery.models import Attempt
from hub.delivery.states import INBOX_STATES, State

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


@register.filter
def moment(value: datetime | None, zone: str = "UTC") -> str:
    return moments.moment(value, zone) if value else ""


@register.filter
def relative(value: datetime | None) -> str:
    return moments.relative(value, timezone.now()) if value else ""


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
    return entry.code.replace(".", " ").replace("_", " ").capitalize()


@register.filter
def note(entry: AuditEntry) -> str:
    """Return what the entry says beyond its code."""
    said = str(entry.after.get("note") or entry.after.get("reason") or "")
    return said or entry.summary


@register.filter
def changes(entry: AuditEntry) -> list[Change]:
    fields = [name for name in {**entry.before, **entry.after} if name not in {"note", "reason"}]
    return [
        Change(
            name.replace("_", " "), _plain(entry.before.get(name)), _plain(entry.after.get(name))
        )
        for name in fields
    ]


def _plain(value: object) -> str:
    """Write a value of an audit entry in a line: lists with commas, long texts cut."""
    if isinstance(value, list):
        return _plain(", ".join(_plain(item) for item in value))
    if isinstance(value, dict):
        return _plain(", ".join(f"{key} {_plain(item)}" for key, item in value.items() if item))
    if isinstance(value, bool):
        return "yes" if value else "no"
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
