"""The moment that a preview shows, as people give it: a wall time in a zone."""

from __future__ import annotations

import dataclasses
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hub.console.moments import moment, zones
from hub.preview.exceptions import MomentUnreadable

FURTHEST = timedelta(days=366)
# a moment that went by while somebody was looking is still now
JUST_NOW = timedelta(minutes=2)
TONIGHT = time(20, 0)
IN_THE_MORNING = time(9, 0)


@dataclasses.dataclass(frozen=True)
class Moment:
    """``at`` is UTC; ``problem`` says why it is not the moment that was asked for."""

    at: datetime
    zone: str
    is_now: bool = False
    problem: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str], now: datetime, name: str = "at") -> Moment:
        """Read ``?at=2026-12-01T18:00&zone=Europe/Berlin``; what can't be shown is now instead."""
        zone, problem = _zone(asked.get("zone", ""))
        try:
            at = read_moment(asked.get(name, ""), zone, now)
        except MomentUnreadable as error:
            problem, at = str(error), now
        return cls(at, zone, is_now=at == now, problem=problem)

    @property
    def text(self) -> str:
        return moment(self.at, self.zone)

    @property
    def local(self) -> str:
        """Spell it for an address and for a field of type datetime-local."""
        return local_text(self.at, self.zone)


def read_moment(text: str, zone: str, now: datetime) -> datetime:
    """Read a moment from now on; empty is now. Raises MomentUnreadable with what to change."""
    text = text.strip()
    if not text or text == "now":
        return now
    at = _instant(text, zone)
    if at < now - JUST_NOW:
        raise MomentUnreadable(
            _("%(moment)s is over; a preview looks ahead. This is now.")
            % {"moment": moment(at, zone)}
        )
    if at > now + FURTHEST:
        raise MomentUnreadable(
            _("%(moment)s is more than a year away. This is now.") % {"moment": moment(at, zone)}
        )
    return max(at, now)


def local_text(at: datetime, zone: str) -> str:
    return f"{at.astimezone(zoneinfo.ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def short_moment(at: datetime, zone: str) -> str:
    """Write a moment beside others of the same zone, which stands above them all."""
    local = at.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{date_format(local, 'D')} {local.day} {date_format(local, 'b').title()}, {local:%H:%M}"


def this_evening(now: datetime, zone: str) -> datetime:
    """Give the next 20:00 in the zone."""
    return _next(TONIGHT, now, zone)


def next_morning(now: datetime, zone: str) -> datetime:
    """Give 9:00 of tomorrow in the zone."""
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    tomorrow = local.date() + timedelta(days=1)
    return datetime.combine(tomorrow, IN_THE_MORNING, local.tzinfo).astimezone(UTC)


def _next(wall: time, now: datetime, zone: str) -> datetime:
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    today = datetime.combine(local.date(), wall, local.tzinfo)
    later = datetime.combine(local.date() + timedelta(days=1), wall, local.tzinfo)
    return (today if today > local else later).astimezone(UTC)


def _zone(name: str) -> tuple[str, str]:
    """Give the zone of that name, else UTC with the reason."""
    if not name or name in zones():
        return name or "UTC", ""
    return "UTC", _("“%(name)s” is no time zone that we know; times are in UTC.") % {
        "name": name[:60]
    }


def _instant(text: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=zoneinfo.ZoneInfo(zone))
        instant = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MomentUnreadable(
            _("“%(text)s” is no moment. Write it like 2026-12-01T18:00. This is now.")
            % {"text": text[:60]}
        ) from None
    if instant.astimezone(at.tzinfo).replace(fold=0) != at.replace(fold=0):
        raise MomentUnreadable(
            _("There is no %(time)s on that day in %(zone)s: the clocks skip it. This is now.")
            % {"time": f"{at:%H:%M}", "zone": zone}
        )
    return instant
