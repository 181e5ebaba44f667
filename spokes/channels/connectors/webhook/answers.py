"""What a receiver's answer means: by its status alone, never by the words of its body."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from spokes.channels.connectors.base import (
    AuthLost,
    Outcome,
    Refused,
    RetryAfter,
    Sent,
    Unknown,
)
from spokes.channels.http import Answer
from spokes.channels.links import is_web_link

# what a delivery can keep
MAX_URL = 600


def outcome_of(answer: Answer, *, remote_id: str, now: datetime) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Sent(remote_id, url=_url_in(answer))
    if status in {401, 403}:
        return AuthLost(
            gettext("The receiver does not accept our signature ({status}).").format(status=status)
        )
    wait = answer.retry_after(now)
    if status == 429 or (status == 503 and wait is not None):
        return RetryAfter(
            gettext("The receiver wants no events for a while ({status}).").format(status=status),
            wait,
        )
    if 300 <= status < 500 and status != 408:
        return Refused(_refusal(status))
    return Unknown(
        gettext("The receiver answered {status}; it may have taken the event or not.").format(
            status=status
        )
    )


def _refusal(status: int) -> str:
    if status < 400:
        return gettext(
            "The receiver answered {status} and points elsewhere; Backbeat follows no "
            "redirects. Please enter the address that it points to."
        ).format(status=status)
    if status == 410:
        return gettext("The receiver is gone for good (410).")
    return gettext("The receiver refused the event ({status}).").format(status=status)


def _url_in(answer: Answer) -> str:
    """Give the address of what was made of the event, where the answer tells it."""
    told = answer.json()
    url = told.get("url") if isinstance(told, dict) else None
    return url if isinstance(url, str) and len(url) <= MAX_URL and is_web_link(url) else ""
