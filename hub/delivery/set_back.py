"""After the clock was set back: times worked out by the wrong one would hold for hours."""

from __future__ import annotations

from datetime import datetime

from django.db.models import CharField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from hub.delivery import policy
from hub.delivery.clock import LONGEST_JUMP
from hub.delivery.gates import GATE_PREFIX, gate_name
from hub.delivery.models import Attempt, Delivery, Gate, Outcome
from hub.delivery.reconcile import longest_visit
from hub.delivery.states import CHECKING_STATES, DUE_STATES, State
from spokes.channels.models import Channel

BATCH = 500


def mend_times(now: datetime) -> int:
    """Bring back what was tried at a time that has not come yet; returns how many deliveries.

    Each keeps the wait that it was given, counted from now.
    """
    ahead = now + LONGEST_JUMP
    # a wait for a late place is known by the gate
    _mend_gates(now)
    mended = 0
    for row in _waiting_too_long(now, ahead)[:BATCH]:
        mine = Delivery.objects.filter(
            pk=row.pk, state=row.state, lease_token=row.lease_token, next_try_at=row.next_try_at
        )
        tried_at = row.attempts.aggregate(last=Max("started_at"))["last"]
        wait = policy.SHORTEST_WISH
        if tried_at and tried_at > ahead:
            wait = max(row.next_try_at - tried_at, wait)
        mended += mine.update(next_try_at=now + wait)
    return mended


def _waiting_too_long(now: datetime, ahead: datetime) -> QuerySet[Delivery]:
    """Find what was tried at a time to come, or waits longer than any wait of our own is.

    A worker's death, a late place that others had, or that a network can't be asked, is noted
    without a try. A network's own wish, an embargo and a line of late ones may be as long as they
    like.
    """
    tries = Attempt.objects.filter(delivery=OuterRef("pk"))
    # one that is tried again before it was tried has been mended already
    later = tries.filter(started_at__gt=ahead, started_at__lte=OuterRef("next_try_at"))
    tried_later = Q(Exists(later), next_try_at__gt=ahead)
    last = Subquery(tries.order_by("-started_at", "-pk").values("outcome")[:1])
    wished = Q(last_outcome=Outcome.RETRY_AFTER)
    embargo = Q(post__embargo_until__isnull=False, post__embargo_until__gte=F("next_try_at"))
    in_line = Q(_late_place_as_late(), state__in=DUE_STATES)
    beyond = Q(due_at__lte=now, next_try_at__gt=ahead + policy.LONGEST_BACKOFF)
    own = beyond & ~wished & ~embargo & ~in_line
    waiting = Q(state__in=(State.WAITING, *CHECKING_STATES))
    rows = Delivery.objects.alias(last_outcome=Coalesce(last, Value("")))
    found = rows.filter((waiting & (tried_later | own)) | (Q(state=State.SCHEDULED) & own))
    return found.order_by("pk")


def _late_place_as_late() -> Exists:
    name = Concat(Value(GATE_PREFIX), Cast(OuterRef("channel_id"), CharField()))
    return Exists(Gate.objects.filter(name=name, next_late_at__gte=OuterRef("next_try_at")))


def _mend_gates(now: datetime) -> None:
    """Shut no breaker for longer than any may be, and let nobody wait for who is not there."""
    longest = now + policy.BREAKER_LONGEST + LONGEST_JUMP
    Gate.objects.filter(opened_until__gt=longest).update(opened_until=now + policy.BREAKER_FIRST)
    # whoever looked up there was killed: who ends a look-up says so whatever the time
    longest = now + longest_visit() + LONGEST_JUMP
    Gate.objects.filter(looking_until__gt=longest).update(looking_until=None)
    _mend_late_places(now)


def _mend_late_places(now: datetime) -> None:
    """Give the next place after a space of the channel's own, where it is further off than that."""
    far = Gate.objects.filter(next_late_at__gt=now + LONGEST_JUMP)
    taken = {gate.name: gate for gate in far}
    ids = [int(name.removeprefix(GATE_PREFIX)) for name in taken]
    for channel in Channel.objects.filter(pk__in=ids):
        place = now + channel.late_spacing
        gate = taken[gate_name(channel.pk)]
        if gate.next_late_at and gate.next_late_at > place + LONGEST_JUMP:
            same = Gate.objects.filter(pk=gate.pk, next_late_at=gate.next_late_at)
            same.update(next_late_at=place)
