"""After the clock was set back: times worked out by the wrong one would hold for hours.

What was noted at a time that has not come yet was noted by a wrong clock. It is brought back once,
within a round of its own, and keeps the wait that it was given, counted from now.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from content.media.actions import recall_renditions
from hub.delivery import policy
from hub.delivery.clock import TO_COME
from hub.delivery.gates import GATE_PREFIX, Passage, gate_name, gate_name_in, note_wish
from hub.delivery.models import Attempt, Delivery, Gate, Heartbeat, Kind, Outcome
from hub.delivery.reconcile import longest_visit, not_sent_before
from hub.delivery.states import CHECKING_STATES, DUE_STATES, State
from spokes.channels.connectors.registry import CONNECTORS, connector_for
from spokes.channels.models import Channel
from spokes.site.cards.actions import recall_cards

logger = logging.getLogger(__name__)

BATCH = 500


def mend_times(now: datetime) -> int:
    """Bring back what waits for a time that a wrong clock gave; returns how many deliveries."""
    # a wait for a late place is known by the gate
    _mend_gates(now)
    # one that lives says so again within seconds; one that is gone must not seem alive
    Heartbeat.objects.filter(seen_at__gt=now + TO_COME).delete()
    recall_renditions(now=now)
    recall_cards(now=now)
    _mend_first_calls(now)
    return _mend_waits(now) + _mend_changes(now)


def _mend_waits(now: datetime) -> int:
    ahead = now + TO_COME
    mended = 0
    for row in _waiting_too_long(now, ahead)[:BATCH]:
        mine = Delivery.objects.filter(
            pk=row.pk, state=row.state, lease_token=row.lease_token, next_try_at=row.next_try_at
        )
        tries = row.attempts.filter(lease_token=row.lease_token)
        noted_at = tries.aggregate(last=Max(_noted_at()))["last"]
        wait = policy.SHORTEST_WISH
        if noted_at and noted_at > ahead:
            wait = max(row.next_try_at - noted_at, wait)
        # under another token, it is not the time of that try that it waits from any more
        found = mine.update(next_try_at=now + wait, lease_token=F("lease_token") + 1)
        if found and wait > policy.LONGEST_BACKOFF:
            # only a network wishes for so long; by the gate it is known from now on
            note_wish(name=gate_name(row.channel_id), not_before=now + wait, now=now)
        mended += found
    return mended


def _waiting_too_long(now: datetime, ahead: datetime) -> QuerySet[Delivery]:
    """Find what was noted at a time to come, or waits longer than any wait of our own is.

    A worker's death, a late place that others had, or that a network can't be asked, is noted
    without a try. A network's own wish, an embargo and a line of late ones may be as long as they
    like.
    """
    # what it waits for now came of these, and of none before its last claim
    tries = Attempt.objects.filter(delivery=OuterRef("pk"), lease_token=OuterRef("lease_token"))
    tries = tries.alias(noted_at=_noted_at())
    later = tries.filter(noted_at__gt=ahead, noted_at__lte=OuterRef("next_try_at"))
    noted_later = Q(Exists(later), next_try_at__gt=ahead)
    told = tries.filter(outcome=Outcome.RETRY_AFTER, noted_at__lte=ahead)
    wished = Q(Exists(told)) | Q(_as_its_gate_has("not_before"))
    embargo = Q(post__embargo_until__isnull=False, post__embargo_until__gte=F("next_try_at"))
    in_line = Q(_as_its_gate_has("next_late_at"), state__in=DUE_STATES)
    beyond = Q(due_at__lte=now, next_try_at__gt=ahead + policy.LONGEST_BACKOFF)
    own = beyond & ~wished & ~embargo & ~in_line
    waiting = Q(state__in=(State.WAITING, *CHECKING_STATES))
    found = Delivery.objects.filter(
        (waiting & (noted_later | own)) | (Q(state=State.SCHEDULED) & own)
    )
    # few rows found by state and sorted, not all rows read in the order of their keys
    return found.order_by(Coalesce("pk", "post"))


def _noted_at() -> Coalesce:
    """When a wait was worked out: at the end of a call, or at its beginning if it never ended."""
    return Coalesce("ended_at", "started_at")


def _as_its_gate_has(time: str) -> Exists:
    """Say whether the gate of its channel keeps everybody until its next try, or longer."""
    kept_until = {f"{time}__gte": OuterRef("next_try_at")}
    return Exists(Gate.objects.filter(name=gate_name_in("channel_id"), **kept_until))


def _mend_first_calls(now: datetime) -> None:
    """Say of what was first sent at a time to come when that was at the earliest.

    By this a key's age is known, and how far back a look-up has to look: older is safer.
    """
    open_ones = Delivery.objects.filter(state__in=(State.WAITING, State.BLOCKED, *CHECKING_STATES))
    for row in open_ones.filter(first_sent_at__gt=now + TO_COME).order_by("pk")[:BATCH]:
        mine = open_ones.filter(pk=row.pk, lease_token=row.lease_token)
        mine.update(first_sent_at=not_sent_before(row, now))


def _mend_changes(now: datetime) -> int:
    """Make those edits and withdrawals now that were planned for at once, at a time to come."""
    ahead = now + TO_COME
    # changes are few: found by their kind, not among all that is planned (for what a state is
    # not, no index is used)
    changes = Delivery.objects.filter(kind__in=(Kind.EDIT, Kind.WITHDRAW), due_at__gt=ahead)
    planned = changes.exclude(state__in=[state for state in State if state not in DUE_STATES])
    at_once = planned.filter(created_at__gt=ahead, due_at__lte=F("created_at"))
    return at_once.update(due_at=now, next_try_at=now, created_at=now)


# --- what all workers share ------------------------------------------------------------------


def _mend_gates(now: datetime) -> None:
    """Shut no gate for longer than it was to be, and let nobody wait for who is not there."""
    ahead = now + TO_COME
    # whoever looked up there was killed: who ends a look-up says so whatever the time
    visiting = Gate.objects.filter(looking_until__gt=ahead + longest_visit())
    visiting.update(looking_until=None)
    # a person let go what was late then, not what will be
    Gate.objects.filter(late_free_before__gt=ahead).update(late_free_before=now)
    _mend_breakers(now)
    _mend_wishes(now)
    _mend_paces(now)
    _mend_late_places(now)


def _mend_breakers(now: datetime) -> None:
    for gate in Gate.objects.filter(opened_until__gt=now + TO_COME):
        pause = policy.breaker_pause(max(0, gate.openings - 1))
        longest = max(pause, policy.LEASE, _longest_probe())
        if gate.opened_until and gate.opened_until > now + longest + TO_COME:
            same = Gate.objects.filter(pk=gate.pk, opened_until=gate.opened_until)
            same.update(opened_until=now + pause)


def _longest_probe() -> timedelta:
    calls = (network.capabilities.call_seconds for network in CONNECTORS.values())
    return timedelta(seconds=max(calls, default=0.0))


def _mend_wishes(now: datetime) -> None:
    """Count a network's wish from now that was noted at a time to come; once."""
    for gate in Gate.objects.filter(wished_at__gt=now + TO_COME):
        same = Gate.objects.filter(pk=gate.pk, wished_at=gate.wished_at)
        if gate.not_before and gate.wished_at:
            same.update(not_before=now + (gate.not_before - gate.wished_at), wished_at=now)


def _mend_paces(now: datetime) -> None:
    """Let a pace run on from now where its next call is further off than any pace puts it."""
    far = {gate.name: gate for gate in Gate.objects.filter(on_pace_at__gt=now + TO_COME)}
    if not far:
        return
    room = dict.fromkeys(far, timedelta(0))
    for passage in _passages_through(far):
        for name, rate in passage.rates.items():
            if name in room:
                room[name] = max(room[name], rate.burst * rate.interval)
    for name, gate in far.items():
        if gate.on_pace_at > now + room[name] + TO_COME:
            Gate.objects.filter(pk=gate.pk, on_pace_at=gate.on_pace_at).update(on_pace_at=now)


def _passages_through(far: dict[str, Gate]) -> Iterator[Passage]:
    accounts = _accounts(far)
    channels = Channel.objects.filter(network__in=CONNECTORS)
    if len(accounts) == len(far):
        # no app's gate among them: only these channels go through
        channels = channels.filter(pk__in=accounts)
    for channel in channels:
        try:
            yield Passage(channel.pk, connector_for(channel).capabilities)
        except Exception:  # one that can't even be set up has no pace to keep
            logger.exception("%s can't be set up", channel)


def _accounts(gates: dict[str, Gate]) -> list[int]:
    mine = (name for name in gates if name.startswith(GATE_PREFIX))
    return [int(name.removeprefix(GATE_PREFIX)) for name in mine]


def _mend_late_places(now: datetime) -> None:
    """Give the next place after a space of the channel's own, where it is further off than that."""
    far = Gate.objects.filter(next_late_at__gt=now + TO_COME)
    taken = {gate.name: gate for gate in far}
    for channel in Channel.objects.filter(pk__in=_accounts(taken)):
        place = now + channel.late_spacing
        gate = taken[gate_name(channel.pk)]
        if gate.next_late_at and gate.next_late_at > place + TO_COME:
            same = Gate.objects.filter(pk=gate.pk, next_late_at=gate.next_late_at)
            same.update(next_late_at=place)
