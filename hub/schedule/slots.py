"""Weekly slots as instants: worked out for each date, so that wall time holds over the year."""

from __future__ import annotations

import dataclasses
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from hub.delivery.models import Delivery
from hub.delivery.states import OPEN_STATES, State
from hub.schedule.models import Slot, SlotBooking
from spokes.channels.models import Channel

# how far ahead a free slot is looked for
HORIZON_DAYS = 92


@dataclasses.dataclass(frozen=True, order=True)
class SlotTime:
    at: datetime
    date: date
    slot_id: int


def instant(day: date, wall_time: time, zone: str) -> datetime:
    """Return the UTC instant of a wall time on a date.

    A time that the clocks jump over comes as much later as they jump (02:30 → 03:30); one
    that they show twice is the first of the two.
    """
    local = datetime.combine(day, wall_time, tzinfo=zoneinfo.ZoneInfo(zone))
    return local.astimezone(UTC)


def upcoming(slots: list[Slot], *, after: datetime) -> Iterator[SlotTime]:
    """Yield the times of the slots later than ``after``, in order, up to the horizon."""
    # a day early: the date at the slot's place may be behind UTC's
    first = after.astimezone(UTC).date() - timedelta(days=1)
    seen: list[SlotTime] = []
    for offset in range(HORIZON_DAYS + 2):
        day = first + timedelta(days=offset)
        seen += [
            SlotTime(instant(day, slot.wall_time, slot.zone), day, slot.pk)
            for slot in slots
            if slot.weekday == day.weekday()
        ]
        # zones differ by up to 26 hours: what is two days behind can't be overtaken any more
        done_until = datetime.combine(day - timedelta(days=2), time(), tzinfo=UTC)
        ready = sorted(one for one in seen if one.at < done_until)
        seen = [one for one in seen if one.at >= done_until]
        yield from (one for one in ready if one.at > after)
    yield from sorted(one for one in seen if one.at > after)


def next_free_slot(channel: Channel, after: datetime) -> SlotTime | None:
    """Return the channel's next slot that nobody has; None when there is none in three months.

    To take it without a race, hold the channel's row lock (``schedule_post`` does).
    """
    slots = list(Slot.objects.filter(channel=channel, active=True))
    taken = set(
        SlotBooking.objects.filter(slot__in=slots)
        .filter(delivery__state__in=(*OPEN_STATES, State.LIVE))
        .values_list("slot_id", "date")
    )
    return next(
        (one for one in upcoming(slots, after=after) if (one.slot_id, one.date) not in taken), None
    )


def book(*, slot_time: SlotTime, delivery: Delivery) -> SlotBooking:
    """Give the slot's date to the delivery; whoever had it has ended without going out."""
    SlotBooking.objects.filter(slot_id=slot_time.slot_id, date=slot_time.date).delete()
    return SlotBooking.objects.create(
        slot_id=slot_time.slot_id, date=slot_time.date, delivery=delivery
    )


def leave_slot(delivery: Delivery) -> None:
    SlotBooking.objects.filter(delivery=delivery).delete()
