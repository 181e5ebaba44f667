"""The claim: due deliveries of one channel become one worker's, for the time of a lease."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Count, F, Q

from hub.delivery import policy
from hub.delivery.apart import Apart
from hub.delivery.exceptions import LeaseLost, NoGate
from hub.delivery.gates import Passage, gate_name
from hub.delivery.holds import Holds
from hub.delivery.living import claim_name
from hub.delivery.models import Delivery, Gate, Kind
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.shares import Shares
from hub.delivery.states import DUE_STATES, State
from spokes.channels.connectors.base import Capabilities
from spokes.channels.models import Channel, LatePolicy


def claim_due(
    *,
    channel: Channel,
    capabilities: Capabilities,
    worker: str,
    limit: int,
    now: datetime,
    passage: Passage | None = None,
    apart: Apart | None = None,
) -> list[Delivery]:
    """Claim up to ``limit`` due deliveries of the channel, oldest first.

    Takes no more than the channel's free places in flight and its share of the workers, and no
    more than its pace, its app's pace and its circuit breaker let through; ``passage`` is for who
    may have to take places back. One that a worker died with is taken only in the turn of
    ``apart``, which is left to the caller to end. Of a network, several are taken only where its
    calls are known to be quick: they go out one after the other, so one claim takes one place.
    Two claims at once never return the same delivery.
    """
    passage = passage or Passage(channel.pk, capabilities)
    claim = partial(_claim, channel=channel, worker=worker, limit=limit, now=now, apart=apart)
    try:
        return claim(passage=passage)
    except NoGate:
        passage.open_gates(now)
    return claim(passage=passage)


def _claim(
    *,
    channel: Channel,
    worker: str,
    limit: int,
    now: datetime,
    passage: Passage,
    apart: Apart | None,
) -> list[Delivery]:
    with transaction.atomic():
        holds = Holds.load()
        if holds.stop(channel) or not Channel.objects.open().filter(pk=channel.pk).exists():
            return []
        if passage.capabilities.local:
            limit = min(limit, _free_locally(channel, now))
        else:
            passage.lock()
            limit = passage.places(wanted=limit if passage.takes_several else 1, now=now)
            limit = limit if limit > 0 and _has_place(channel, passage, now) else 0
        if limit <= 0:
            return []
        due = holds.leave_out_held(Delivery.objects.due(now).filter(channel=channel))
        picked = _pick(due, channel=channel, limit=limit, now=now)
        if apart and picked and picked[0].crashes and not apart.begin():
            # while the suspect waits for its turn, the others need not
            picked = _pick(due.filter(crashes=0), channel=channel, limit=limit, now=now)
        claimed = _take(picked, worker=worker, now=now)
        passage.take(calls=len(claimed), now=now)
    return claimed


def hand_back(claimed: Iterable[Delivery]) -> None:
    """Put what was claimed and is not being sent back as it was: nothing has been called."""
    resting: defaultdict[tuple[State, str], list[int]] = defaultdict(list)
    for delivery in claimed:
        resting[delivery.resting_state, delivery.lease_owner].append(delivery.pk)
    for (state, owner), ids in resting.items():
        mine = Delivery.objects.filter(pk__in=ids, lease_owner=owner, state=State.CLAIMED)
        mine.update(state=state, lease_owner="", lease_until=None)


def _free_locally(channel: Channel, now: datetime) -> int:
    in_hand = Delivery.objects.in_hand().filter(channel=channel, lease_until__gt=now)
    return channel.max_inflight - in_hand.count()


def _has_place(channel: Channel, passage: Passage, now: datetime) -> bool:
    """Tell whether one more worker may come; whatever it claims, it makes one call at a time."""
    in_hand = Delivery.objects.in_hand().filter(channel=channel, lease_until__gt=now)
    hands = in_hand.aggregate(hands=Count("lease_owner", distinct=True))["hands"]
    if hands >= channel.max_inflight:
        return False
    shares = Shares(now)
    if not passage.account.quick:
        shares.take_turn()
    return shares.free(channel.pk, quick=passage.account.quick, mine=hands) > 0


def _pick(due: DeliveryQuerySet, *, channel: Channel, limit: int, now: datetime) -> list[Delivery]:
    """Choose and lock what is claimed, oldest first."""
    rows = _in_turn(_in_order(due)[:limit])
    late_after = now - policy.LATE_AFTER
    late = [one.pk for one in rows if one.kind == Kind.PUBLISH and one.due_at < late_after]
    if late and (waiting := _waiting(late, channel=channel, now=now)):
        on_time = [one for one in rows if one.pk not in waiting]
        return on_time or _past_the_line(due, channel, limit, now)
    return rows


def _in_turn(rows: Iterable[Delivery]) -> list[Delivery]:
    """Leave one that a worker died with alone, when it is the oldest; else those without such."""
    found = list(rows)
    if found and found[0].crashes:
        return found[:1]
    return [one for one in found if not one.crashes]


def _in_order(due: DeliveryQuerySet) -> DeliveryQuerySet:
    """Oldest first, locked; without those that another claim is just taking."""
    return due.order_by("next_try_at", "id").select_for_update(skip_locked=True, of=("self",))


def _waiting(late: list[int], *, channel: Channel, now: datetime) -> set[int]:
    """Name those that go out late, one by one, and have no place yet."""
    line = waiting_line(channel, now)
    if line is None or not channel.late_spacing:
        return set()
    in_line = list(Delivery.objects.filter(line, pk__in=late).values_list("pk", "due_at"))
    gate = Gate.objects.filter(name=gate_name(channel.pk)).first()
    if gate and gate.late_free_before:
        # a person let the earlier ones go
        in_line = [(pk, due_at) for pk, due_at in in_line if due_at > gate.late_free_before]
    waiting = {pk for pk, _ in in_line}
    if not (gate and gate.next_late_at and gate.next_late_at > now):
        waiting.discard(next((pk for pk in late if pk in waiting), 0))
    return waiting


def _past_the_line(
    due: DeliveryQuerySet, channel: Channel, limit: int, now: datetime
) -> list[Delivery]:
    """Find what need not wait in the line; all that was found first does."""
    line = waiting_line(channel, now) or Q()
    # nothing is tried before it is due: to find what is on time, a long line is not even read
    on_time = due.filter(next_try_at__gte=now - policy.LATE_AFTER).exclude(line)
    for others in (on_time, due.exclude(line)):
        if rows := _in_turn(_in_order(others)[:limit]):
            return rows
    return []


def waiting_line(channel: Channel, now: datetime) -> Q | None:
    """Say which due deliveries of the channel go out late, one by one; None when none do."""
    late = Q(kind=Kind.PUBLISH, due_at__lt=now - policy.LATE_AFTER)
    if channel.late_policy == LatePolicy.ALWAYS:
        return late
    if channel.late_policy == LatePolicy.STANDARD:
        return late & Q(post__evergreen=True, due_at__gte=now - policy.TOO_LATE_AFTER)
    return None


def _take(picked: list[Delivery], *, worker: str, now: datetime) -> list[Delivery]:
    """Make what was picked, and is locked, this claim's; it is as it was read, but for that."""
    if not picked:
        return []
    owner = claim_name(worker)
    taken = {"state": State.CLAIMED, "lease_owner": owner, "lease_until": now + policy.LEASE}
    mine = Delivery.objects.filter(pk__in=[one.pk for one in picked], state__in=DUE_STATES)
    if mine.update(**taken, lease_token=F("lease_token") + 1) != len(picked):
        raise LeaseLost
    for one in picked:
        one.lease_token += 1
        for name, value in taken.items():
            setattr(one, name, value)
    return picked
