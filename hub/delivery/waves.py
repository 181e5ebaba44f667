"""A wave of late ones: what an outage, a pause or a long hold kept from one channel.

It is what is due there by more than ``policy.LATE_AFTER``. The channel's late policy says what of
it still goes out, ``late_spacing`` how far apart; a person may let all go at once, or drop it.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, F, Min, QuerySet, Value, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from hub.delivery import gates, policy
from hub.delivery.exceptions import LeaseLost, TransitionRefused
from hub.delivery.hints import hint_channel_from_outside
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery, Gate
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.settle import after_settling, lock_posts, may_be_out
from hub.delivery.states import State
from spokes.channels.models import Channel, LatePolicy

Actor = AbstractBaseUser | None
# when it was meant to go out, and whether its post is evergreen
Late = tuple[datetime, bool]

# of a wave, so many are looked at to say when it will be over; a longer one is said to be longer
LOOKED_AT = 1_000
# so many are foreseen on a page; of the others it says how many there are
MOST = 8
# policies by which late ones go out one by one
PACED = (LatePolicy.STANDARD, LatePolicy.ALWAYS)


@dataclasses.dataclass(frozen=True)
class Wave:
    """What is late on one channel, and what will come of it if nobody steps in."""

    channel: Channel
    # still to go out, one by one
    going: int
    # too late by the channel's policy when their turn comes
    missing: int
    # when the last one goes out; None when a pause or a hold keeps them
    done_by: datetime | None
    # how far apart they go out; 0 where all go at once
    minutes: int = 0
    # there are more than were looked at
    more: bool = False
    # its network fails or hangs: it may well take longer
    at_the_earliest: bool = False

    @property
    def late(self) -> int:
        return self.going + self.missing


@dataclasses.dataclass(frozen=True)
class Waves:
    """The waves that are longest under way, and how much more there is."""

    first: list[Wave] = dataclasses.field(default_factory=list)
    # channels beside these, and what is late on them
    other_channels: int = 0
    other_late: int = 0


def waves(channels: QuerySet[Channel], *, now: datetime, most: int = MOST) -> Waves:
    """Foresee what comes of what is late, for ``most`` channels: those with the oldest first.

    One query where nothing is late, and five more where something is, however much.
    """
    late = Delivery.objects.late(now - policy.LATE_AFTER).filter(channel__in=channels)
    found = _counted(late)
    if not found:
        return Waves()
    holds = Holds.load()
    if holds.posts or holds.artists:
        late = holds.leave_out_held(late)
        found = _counted(late)
    order = [pk for pk, _oldest, _number in found[:most]]
    gate_rows = Gate.objects.filter(name__in=map(gates.gate_name, order))
    gate_of = {gate.name: gate for gate in gate_rows}
    # who asks one of these whether it has a wave need not look again
    rows = Channel.objects.filter(pk__in=order).annotate(is_late=Value(True))
    channel_of = {channel.pk: channel for channel in rows.select_related("spoke")}
    lines = _lines(late.on(*order))
    first = [
        _foresee(channel_of[pk], lines[pk], gate_of.get(gates.gate_name(pk)), holds, now)
        # one that was sent, or a channel that was deleted, between two of the queries
        for pk in order
        if pk in channel_of and pk in lines
    ]
    others = [number for _pk, _oldest, number in found[most:]]
    return Waves(first, len(others), sum(others))


def _counted(late: DeliveryQuerySet) -> list[tuple[int, datetime, int]]:
    """Say of each channel since when something is late there, and how much; the oldest first."""
    counted = late.order_by().values_list("channel").annotate(oldest=Min("due_at"), n=Count("pk"))
    return sorted(counted, key=lambda line: (line[1], line[0]))


def _lines(late: DeliveryQuerySet) -> dict[int, list[Late]]:
    """Read the line of each channel in its order, no further than ``LOOKED_AT``; one query."""
    place = Window(RowNumber(), partition_by=F("channel"), order_by=("next_try_at", "id"))
    looked_at = late.order_by().annotate(place=place).filter(place__lte=LOOKED_AT)
    lines: dict[int, list[Late]] = defaultdict(list)
    rows = looked_at.order_by("channel", "place")
    for channel, due_at, evergreen in rows.values_list("channel", "due_at", "post__evergreen"):
        lines[channel].append((due_at, evergreen))
    return lines


def _foresee(
    channel: Channel, line: list[Late], gate: Gate | None, holds: Holds, now: datetime
) -> Wave:
    free_before = gate.late_free_before if gate else None
    # nothing goes there before its network has rested
    rests = (gate.opened_until, gate.not_before) if gate else ()
    start = max(now, *(rest for rest in rests if rest)) if any(rests) else now
    place = max(start, gate.next_late_at) if gate and gate.next_late_at else start
    going = missing = 0
    last = start
    for due_at, evergreen in line:
        let_go = bool(free_before and due_at <= free_before)
        at = start if let_go else place
        verdict = policy.lateness(
            due_at=due_at, now=at, policy=channel.late_policy, evergreen=evergreen
        )
        if verdict is policy.Lateness.MISSED:
            missing += 1
            continue
        going += 1
        if not let_go and channel.late_policy in PACED:
            last, place = at, at + channel.late_spacing
    stopped = channel.paused_at or channel.auth_lost_at or holds.stop(channel)
    return Wave(
        channel,
        going,
        missing,
        None if stopped else last,
        channel.late_spacing_minutes if last > start else 0,
        len(line) == LOOKED_AT,
        at_the_earliest=bool(gate and (gate.opened_until or gate.quick is False)),
    )


def _late_on(channel: Channel, now: datetime) -> DeliveryQuerySet:
    return Delivery.objects.late(now - policy.LATE_AFTER).on(channel.pk)


def has_wave(channel: Channel) -> bool:
    # a page that shows its wave has read that there is one
    known: bool | None = getattr(channel, "is_late", None)
    return _late_on(channel, timezone.now()).exists() if known is None else known


def release_wave(*, channel: Channel, actor: Actor, now: datetime | None = None) -> int:
    """Let all that is late on the channel go out at once, as its policy allows; says how many."""
    now = now or timezone.now()
    with transaction.atomic():
        gate = gates.lock_gate(channel_id=channel.pk, now=now)
        gate.late_free_before = now
        gate.next_late_at = None
        gate.save(update_fields=["late_free_before", "next_late_at"])
        late = _late_on(channel, now)
        # those that were told to wait for a place; what waits for the network goes on waiting
        count = late.count()
        late.filter(state=State.SCHEDULED, next_try_at__gt=now).exclude(
            post__embargo_until__gt=now
        ).update(next_try_at=now)
        record(code="channel.late_released", subject=channel, actor=actor, after={"count": count})
        transaction.on_commit(lambda: hint_channel_from_outside(channel.pk))
    return count


def drop_wave(*, channel: Channel, actor: Actor, now: datetime | None = None) -> int:
    """Call missed all that is late on the channel and not in hand; says how many.

    What may be out already goes to review instead. Who did it is kept before the first, and with
    each: whatever ends it in the middle.
    """
    now = now or timezone.now()
    ids = list(_late_on(channel, now).order_by("post", "pk").values_list("pk", flat=True))
    with transaction.atomic():
        record(code="channel.late_dropped", subject=channel, actor=actor, after={"count": len(ids)})
    return sum(_drop(pk, actor, now) for pk in ids)


def _drop(pk: int, actor: Actor, now: datetime) -> bool:
    delivery = Delivery.objects.select_related("post", "channel").get(pk=pk)
    to = State.REVIEW if delivery.uncertain else State.MISSED
    words = gettext("A person dropped what was late.")
    try:
        with transaction.atomic():
            lock_posts([delivery.post_id])
            reason = may_be_out(words) if delivery.uncertain else words
            delivery.move(to, reason=reason, settled_at=now)
            after_settling([delivery], now=now)
            record(code="delivery.late_dropped", subject=delivery, actor=actor, summary=words)
    except (LeaseLost, TransitionRefused):
        # taken in hand meanwhile: it goes out
        return False
    return True
