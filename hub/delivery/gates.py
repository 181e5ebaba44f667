"""What all workers share about a channel: its pace, the network's wishes, the circuit breaker.

Every function changes the row in the caller's transaction, if there is one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Least

from hub.delivery import policy
from hub.delivery.models import Gate
from spokes.channels.connectors.base import RatePolicy
from spokes.channels.models import Channel

GATE_PREFIX = "channel:"


def gate_name(channel_id: int) -> str:
    return f"{GATE_PREFIX}{channel_id}"


def lock_gate(*, channel_id: int, now: datetime) -> Gate:
    """Return the channel's gate, locked until the transaction ends."""
    name = gate_name(channel_id)
    Gate.objects.get_or_create(name=name, defaults={"on_pace_at": now})
    return Gate.objects.select_for_update().get(name=name)


def places(gate: Gate, *, rate: RatePolicy, wanted: int, now: datetime) -> int:
    """Say how many calls the gate lets through now, at most ``wanted``; takes nothing yet."""
    if gate.not_before and gate.not_before > now:
        return 0
    if gate.opened_until:
        return 0 if gate.opened_until > now else min(wanted, 1)
    if not rate.interval:
        return wanted
    ahead = max(gate.on_pace_at, now) - now
    room = (rate.burst - 1) * rate.interval - ahead
    if room < timedelta(0):
        return 0
    return min(wanted, room // rate.interval + 1)


def closed_channels(now: datetime) -> set[int]:
    """Name the channels that no call would get through to now."""
    shut = Gate.objects.filter(Q(opened_until__gt=now) | Q(not_before__gt=now))
    names = shut.values_list("name", flat=True)
    return {int(name.removeprefix(GATE_PREFIX)) for name in names}


def pass_through(gate: Gate, *, rate: RatePolicy, calls: int, now: datetime) -> None:
    """Note that ``calls`` are going out; an open breaker lets one probe through at a time."""
    if not calls or not (rate.interval or gate.opened_until):
        return
    gate.on_pace_at = max(gate.on_pace_at, now) + calls * rate.interval
    if gate.opened_until:
        gate.opened_until = now + policy.LEASE
    gate.save(update_fields=["on_pace_at", "opened_until"])


def take_back(*, channel_id: int, rate: RatePolicy, calls: int, now: datetime) -> None:
    """Undo ``pass_through`` for what was stopped before its call; ``now`` as it was then."""
    with transaction.atomic():
        gate = lock_gate(channel_id=channel_id, now=now)
        gate.on_pace_at -= calls * rate.interval
        if gate.opened_until == now + policy.LEASE:
            gate.opened_until = now
        gate.save(update_fields=["on_pace_at", "opened_until"])


def note_success(*, channel_id: int) -> None:
    Gate.objects.filter(name=gate_name(channel_id)).exclude(
        failures_in_row=0, opened_until=None, openings=0, retry_credit=policy.RETRY_CREDIT_LIMIT
    ).update(
        failures_in_row=0,
        opened_until=None,
        openings=0,
        retry_credit=Least(
            F("retry_credit") + policy.RETRY_CREDIT_EARNED, Value(policy.RETRY_CREDIT_LIMIT)
        ),
    )


def note_failure(*, channel_id: int, now: datetime) -> None:
    """Count a failure of the network itself; enough in a row open the breaker, ever longer."""
    gate = lock_gate(channel_id=channel_id, now=now)
    gate.failures_in_row += 1
    if gate.opened_until or gate.failures_in_row >= policy.BREAKER_FAILURES:
        gate.opened_until = now + policy.breaker_pause(gate.openings)
        gate.openings += 1
    gate.save(update_fields=["failures_in_row", "opened_until", "openings"])


def note_wish(*, channel_id: int, not_before: datetime) -> None:
    """The network asked for silence until ``not_before``: nobody calls it earlier."""
    Gate.objects.filter(name=gate_name(channel_id)).filter(
        Q(not_before=None) | Q(not_before__lt=not_before)
    ).update(not_before=not_before)


def spend_retry(*, channel_id: int) -> bool:
    """Take one retry from the channel's budget; False when it is used up.

    A channel without a gate (a local one) has no budget to keep.
    """
    gate = Gate.objects.filter(name=gate_name(channel_id))
    taken = gate.filter(retry_credit__gte=1).update(retry_credit=F("retry_credit") - 1)
    return bool(taken) or not gate.exists()


@transaction.atomic
def take_late_place(*, channel: Channel, due_at: datetime, now: datetime) -> datetime | None:
    """Take the channel's next place for a late delivery; else say when one comes free.

    What a person let go needs no place.
    """
    gate = lock_gate(channel_id=channel.pk, now=now)
    if gate.late_free_before and due_at <= gate.late_free_before:
        return None
    if gate.next_late_at and gate.next_late_at > now:
        return gate.next_late_at
    gate.next_late_at = now + channel.late_spacing
    gate.save(update_fields=["next_late_at"])
    return None
