"""Times as people read them: always with the zone beside them."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.utils.timesince import timesince, timeuntil


def moment(value: datetime, zone: str = "UTC") -> str:
    """Write an instant as a wall time in a zone: "Mon 15 Jun 2026, 14:00 Europe/Berlin"."""
    local = value.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {zone}"


def relative(value: datetime, now: datetime) -> str:
    """Write how far an instant is from now: "in 5 minutes", "2 hours ago"."""
    seconds = (value - now).total_seconds()
    if abs(seconds) < 60:
        return "now" if seconds <= 0 else "in under a minute"
    if seconds > 0:
        return f"in {timeuntil(value, now)}"
    return f"{timesince(value, now)} ago"


def zones() -> list[str]:
    return ["UTC", *sorted(zoneinfo.available_timezones() - {"UTC"})]
