"""Times as people read them: always with the zone beside them."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext


def moment(value: datetime, zone: str = "UTC") -> str:
    """Write an instant as a wall time in a zone: "Mon 15 Jun 2026, 14:00 Europe/Berlin"."""
    local = value.astimezone(zoneinfo.ZoneInfo(zone))
    # names of days and months in the reader's language
    return f"{date_format(local, 'D j M Y, H:i')} {zone}"


def relative(value: datetime, now: datetime) -> str:
    """Write how far an instant is from now: "in 5 minutes", "2 hours ago"."""
    seconds = (value - now).total_seconds()
    if abs(seconds) < 60:
        return gettext("now") if seconds <= 0 else gettext("in under a minute")
    # the largest unit says enough; the exact time stands beside it
    if seconds > 0:
        return gettext("in {time}").format(time=timeuntil(value, now, depth=1))
    return gettext("{time} ago").format(time=timesince(value, now, depth=1))


def due(due_at: datetime, now: datetime) -> str:
    """Write when something is due, or was: "due in 5 minutes", "due just now"."""
    if due_at > now:
        return gettext("due {when}").format(when=relative(due_at, now))
    if (now - due_at).total_seconds() < 60:
        return gettext("due just now")
    return gettext("was due {when}").format(when=relative(due_at, now))


def late(due_at: datetime, now: datetime) -> str:
    """Write how late something is that has not happened: "5 hours late"; empty when it is not."""
    if (now - due_at).total_seconds() < 60:
        return ""
    return gettext("{time} late").format(time=timesince(due_at, now, depth=1))


def zones() -> list[str]:
    return ["UTC", *sorted(zoneinfo.available_timezones() - {"UTC"})]
