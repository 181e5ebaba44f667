"""After the clock was set back: times worked out by the wrong one would hold for hours."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from hub.delivery import policy
from hub.delivery.clock import LONGEST_JUMP
from hub.delivery.models import Attempt, Delivery, Gate, Outcome
from hub.delivery.states import CHECKING_STATES, State

BATCH = 500


def mend_times(now: datetime) -> int:
    """Bring back what was tried at a time that has not come yet; returns how many deliveries.

    Each keeps the wait that it was given, counted from now.
    """
    ahead = now + LONGEST_JUMP
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
    _mend_gates(now)
    return mended


def _waiting_too_long(now: datetime, ahead: datetime) -> QuerySet[Delivery]:
    """Find what was tried at a time to come, or waits longer than any wait of our own is.

    A worker's death, or that a network can't be asked, is noted without a try. A network's own
    wish may be as long as it likes.
    """
    tries = Attempt.objects.filter(delivery=OuterRef("pk"))
    tried_later = Q(Exists(tries.filter(started_at__gt=ahead)), next_try_at__gt=ahead)
    last = Subquery(tries.order_by("-started_at", "-pk").values("outcome")[:1])
    beyond = Q(due_at__lte=now, next_try_at__gt=ahead + policy.LONGEST_BACKOFF)
    waiting = Q(state__in=(State.WAITING, *CHECKING_STATES))
    died = Q(state=State.SCHEDULED, crashes__gt=0)
    own = beyond & ~Q(last_outcome=Outcome.RETRY_AFTER)
    rows = Delivery.objects.alias(last_outcome=Coalesce(last, Value("")))
    return rows.filter((waiting & (tried_later | own)) | (died & beyond)).order_by("pk")


def _mend_gates(now: datetime) -> None:
    """Shut no breaker for longer than any may be."""
    longest = now + policy.BREAKER_LONGEST + LONGEST_JUMP
    Gate.objects.filter(opened_until__gt=longest).update(opened_until=now + policy.BREAKER_FIRST)
