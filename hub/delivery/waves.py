"""A wave of late ones: what an outage, a pause or a long hold kept from one channel.

It is what is due there by more than ``policy.LATE_AFTER``. The channel's late policy says what of
it still goes out, ``late_spacing`` how far apart; a person may let all go at once, or drop it.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from hub.delivery import gates, policy
from hub.delivery.exceptions import LeaseLost, TransitionRefused
from hub.delivery.hints import hint_channel_from_outside
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery, Gate
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.settle import after_settling, lock_posts
from hub.delivery.states import State
from spokes.channels.models import Channel, LatePolicy

Actor = AbstractBaseUser | None

# of a wave, so many are looked at to say when it will be over; a longer one is said to be longer
LOOKED_AT = 1_000
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

    @property
    def late(self) -> int:
        return self.going + self.missing


def waves(channels: QuerySet[Channel], *, now: datetime) -> list[Wave]:
    """List the channels that have something late, the one with the oldest first.

    One query where nothing is late; three more and one a channel where something is.
    """
    late = Delivery.objects.late(now - policy.LATE_AFTER).filter(channel__in=channels)
    counted = late.order_by().values_list("channel").annotate(oldest=Min("due_at"))
    found = dict(counted)
    if not found:
        return []
    gate_rows = Gate.objects.filter(name__in=map(gates.gate_name, found))
    gate_of = {gate.name: gate for gate in gate_rows}
    rows = Channel.objects.filter(pk__in=found).select_related("spoke")
    holds = Holds.load()
    return [
        _foresee(channel, gate_of.get(gates.gate_name(channel.pk)), holds, now)
        for channel in sorted(rows, key=lambda row: found[row.pk])
    ]


def _foresee(channel: Channel, gate: Gate | None, holds: Holds, now: datetime) -> Wave:
    late = holds.leave_out_held(_late_on(channel, now))
    times = list(
        late.order_by("next_try_at", "id").values_list("due_at", "post__evergreen")[:LOOKED_AT]
    )
    free_before = gate.late_free_before if gate else None
    place = max(now, gate.next_late_at) if gate and gate.next_late_at else now
    going = missing = 0
    last = now
    for due_at, evergreen in times:
        let_go = bool(free_before and due_at <= free_before)
        at = now if let_go else place
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
        channel.late_spacing_minutes if last > now else 0,
        len(times) == LOOKED_AT,
    )


def _late_on(channel: Channel, now: datetime) -> DeliveryQuerySet:
    return Delivery.objects.late(now - policy.LATE_AFTER).filter(channel=channel)


def has_wave(channel: Channel) -> bool:
    return _late_on(channel, timezone.now()).exists()


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

    What may be out already goes to review instead.
    """
    now = now or timezone.now()
    ids = list(_late_on(channel, now).order_by("post", "pk").values_list("pk", flat=True))
    dropped = sum(_drop(pk, now) for pk in ids)
    with transaction.atomic():
        record(code="channel.late_dropped", subject=channel, actor=actor, after={"count": dropped})
    return dropped


def _drop(pk: int, now: datetime) -> bool:
    delivery = Delivery.objects.select_related("post").get(pk=pk)
    to = State.REVIEW if delivery.uncertain else State.MISSED
    words = gettext("A person dropped what was late.")
    try:
        with transaction.atomic():
            lock_posts([delivery.post_id])
            delivery.move(to, reason=words, settled_at=now)
            after_settling([delivery], now=now)
    except (LeaseLost, TransitionRefused):
        # taken in hand meanwhile: it goes out
        return False
    return True
