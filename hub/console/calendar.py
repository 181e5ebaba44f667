"""Weeks and months of deliveries: a few of each day, and the slots that nobody has taken."""

from __future__ import annotations

import dataclasses
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from hub.console.today import add_thumbnails, any_of
from hub.delivery.models import Delivery
from hub.delivery.states import INBOX_STATES, OPEN_STATES, State
from hub.people.scope import visible
from hub.schedule.models import Slot, SlotBooking
from hub.schedule.slots import instant
from spokes.channels.models import Channel

SHOWN_STATES = (*OPEN_STATES, *INBOX_STATES, State.LIVE)
TAKEN = (*OPEN_STATES, State.LIVE)
HUB = "hub"


@dataclasses.dataclass(frozen=True)
class Shape:
    """How a calendar is cut: weeks of seven days, and how much of a day is shown."""

    name: str
    label: object
    weeks: int
    most_a_day: int


SHAPES = {
    "week": Shape("week", _("Week"), 1, 14),
    "month": Shape("month", _("Month"), 5, 4),
}


@dataclasses.dataclass(frozen=True)
class Entry:
    delivery: Delivery
    # wall time in the calendar's zone
    at: datetime
    movable: bool


@dataclasses.dataclass(frozen=True)
class FreeSlot:
    channel: Channel
    at: datetime


@dataclasses.dataclass
class Day:
    date: date
    is_today: bool
    is_past: bool
    entries: list[Entry]
    free: list[FreeSlot]
    # there is more on this day than is shown
    more: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.entries or self.free)


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the reader asked for; everything of the house unless narrowed."""

    shape: Shape
    first: date
    spoke: str
    channel: int | None
    zone: str
    channels: list[Channel]

    @property
    def narrowed(self) -> bool:
        return bool(self.spoke or self.channel)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.shape.weeks * 7)]


def channels_of(user: User) -> list[Channel]:
    return list(visible(user, Channel.objects.select_related("spoke")))


def narrow(channels: Iterable[Channel], spoke: str, channel: int | None) -> list[Channel]:
    """Pick the channels of a spoke (by key, or "hub"), or one channel alone."""
    picked = list(channels)
    if channel:
        picked = [row for row in picked if row.pk == channel]
    if spoke == HUB:
        return [row for row in picked if row.spoke_id is None]
    return [row for row in picked if str(row.spoke_id) == spoke] if spoke else picked


def zone_of(channels: Sequence[Channel]) -> str:
    """Read times in the zone that all channels share; else in UTC."""
    zones = {channel.zone for channel in channels}
    return zones.pop() if len(zones) == 1 else "UTC"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def days_of(choice: Choice, now: datetime) -> list[Day]:
    zone = zoneinfo.ZoneInfo(choice.zone)
    today = now.astimezone(zone).date()
    entries = _entries(choice, zone, now)
    free = _free_slots(choice, now)
    most = choice.shape.most_a_day
    return [
        Day(
            date=day,
            is_today=day == today,
            is_past=day < today,
            entries=entries[day][:most],
            free=sorted(free[day], key=lambda slot: slot.at),
            more=len(entries[day]) > most,
        )
        for day in choice.days
    ]


def _entries(choice: Choice, zone: zoneinfo.ZoneInfo, now: datetime) -> dict[date, list[Entry]]:
    """Read the first of each day by index, all days in one query, however full they are."""
    rows = Delivery.objects.filter(state__in=SHOWN_STATES, channel__in=choice.channels)
    lists = []
    for day in choice.days:
        begin = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
        of_day = rows.filter(due_at__gte=begin, due_at__lt=end)
        lists.append(of_day.order_by("due_at", "id")[: choice.shape.most_a_day + 1])
    full = Delivery.objects.select_related("post__hero", "channel__spoke")
    shown = any_of(full, lists).defer("payload", "post__body", "post__body_html")
    found = list(shown.order_by("due_at", "id"))
    if choice.shape.name == "week":
        add_thumbnails(row.post for row in found)
    entries: dict[date, list[Entry]] = defaultdict(list)
    for row in found:
        at = row.due_at.astimezone(zone)
        entries[at.date()].append(Entry(row, at, _can_move(row, now)))
    return entries


def _can_move(delivery: Delivery, now: datetime) -> bool:
    return delivery.state == State.SCHEDULED and delivery.due_at > now


def _free_slots(choice: Choice, now: datetime) -> dict[date, list[FreeSlot]]:
    """Work out the slots of these days that are still to come and have no delivery."""
    zone = zoneinfo.ZoneInfo(choice.zone)
    by_key = {channel.pk: channel for channel in choice.channels}
    slots = list(Slot.objects.filter(channel__in=choice.channels, active=True))
    # a slot's own date may be one off from the day that the calendar shows it on
    dates = [
        choice.first - timedelta(days=1) + timedelta(days=n) for n in range(len(choice.days) + 2)
    ]
    # the states are sifted here: asked for, they tempt SQLite to begin with all deliveries
    booked = SlotBooking.objects.filter(
        slot__in=[slot.pk for slot in slots], date__range=(dates[0], dates[-1])
    ).values_list("slot_id", "date", "delivery__state")
    taken = {(slot, day) for slot, day, state in booked if state in TAKEN}
    free: dict[date, list[FreeSlot]] = defaultdict(list)
    for day in dates:
        for slot in slots:
            if slot.weekday != day.weekday() or (slot.pk, day) in taken:
                continue
            at = instant(day, slot.wall_time, slot.zone)
            if at > now:
                local = at.astimezone(zone)
                free[local.date()].append(FreeSlot(by_key[slot.channel_id], local))
    return free
