"""What people and machines are told: one message each way for all that is news at once."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.alerts.models import Alert, Notice

# more is told by its number: a mail about a hundred channels is not read
MOST_TOLD = 25


@dataclasses.dataclass(frozen=True)
class News:
    begun: Sequence[Alert] = ()
    # told before, and not over
    going_on: Sequence[Alert] = ()
    over: Sequence[Alert] = ()

    @property
    def number(self) -> int:
        return len(self.begun) + len(self.going_on) + len(self.over)


def ways() -> list[str]:
    """Name the ways on which somebody is told."""
    found = []
    if settings.ALERT_EMAILS:
        found.append(Notice.Way.EMAIL.value)
    if settings.ALERT_WEBHOOK_URL:
        found.append(Notice.Way.WEBHOOK.value)
    return found


def queue_notices(news: News, *, now: datetime) -> list[Notice]:
    """Write the messages about the news, one each way, in the caller's transaction."""
    if not news.number:
        return []
    return queue(subject=_subject(news), text=_text(news), data=_data(news), now=now)


def queue(*, subject: str, text: str, data: dict[str, Any], now: datetime) -> list[Notice]:
    return Notice.objects.bulk_create(
        Notice(
            way=way,
            key=uuid.uuid4().hex,
            subject=subject[:200],
            text=text,
            data=data,
            created_at=now,
            next_try_at=now,
        )
        for way in ways()
    )


def _subject(news: News) -> str:
    told = [*news.begun, *news.going_on]
    if not told:
        first = _("Over: %(words)s") % {"words": news.over[0].words}
    elif news.begun:
        first = news.begun[0].words
    else:
        first = _("Still: %(words)s") % {"words": news.going_on[0].words}
    more = news.number - 1
    if more:
        first += " " + ngettext("(and %(number)s more)", "(and %(number)s more)", more) % {
            "number": more
        }
    return f"[{settings.BRAND_NAME}] {first}".replace("\n", " ")


def _text(news: News) -> str:
    parts = [
        *_part(_("What is wrong"), news.begun),
        *_part(_("What is still wrong"), news.going_on),
        *_part(_("What is over"), news.over),
        "",
        _("All of it: %(url)s") % {"url": absolute("/admin/health/")},
    ]
    return "\n".join(parts).strip() + "\n"


def _part(title: str, alerts: Sequence[Alert]) -> list[str]:
    if not alerts:
        return []
    lines = ["", title, "=" * len(title)]
    for alert in alerts[:MOST_TOLD]:
        lines += ["", f"* {alert.words}"]
        if not alert.over_at:
            lines += [f"  {alert.to_do}", f"  {absolute(alert.link)}"]
        lines.append(f"  {alert.code}, {_since(alert)}")
    if len(alerts) > MOST_TOLD:
        lines += ["", _("… and %(number)s more.") % {"number": len(alerts) - MOST_TOLD}]
    return lines


def _since(alert: Alert) -> str:
    began = f"{alert.since:%Y-%m-%d %H:%M}"
    if alert.over_at:
        return _("from %(begin)s to %(end)s UTC") % {
            "begin": began,
            "end": f"{alert.over_at:%Y-%m-%d %H:%M}",
        }
    return _("since %(begin)s UTC") % {"begin": began}


def _data(news: News) -> dict[str, Any]:
    return {
        "begun": [_row(alert) for alert in news.begun],
        "going_on": [_row(alert) for alert in news.going_on],
        "over": [_row(alert) for alert in news.over],
    }


def _row(alert: Alert) -> dict[str, Any]:
    return {
        "code": alert.code,
        "about": alert.about,
        "words": alert.words,
        "to_do": alert.to_do,
        "url": absolute(alert.link),
        "since": alert.since.isoformat(),
        "over": alert.over_at.isoformat() if alert.over_at else None,
    }


def absolute(path: str) -> str:
    return urljoin(f"{settings.SITE_URL}/", path)
