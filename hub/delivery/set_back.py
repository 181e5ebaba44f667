"""After the clock was set back: times worked out by the wrong one would hold for hours."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, Max, OuterRef

from hub.delivery import policy
from hub.delivery.clock import LONGEST_JUMP
from hub.delivery.models import Attempt, Delivery, Gate
from hub.delivery.states import CHECKING_STATES, State

BATCH = 500


def mend_times(now: datetime) -> int:
    """Bring back what was tried at a time that has not come yet; returns how many deliveries.

    Each keeps the wait that it was given, counted from now.
    """
    ahead = now + LONGEST_JUMP
    tried_later = Attempt.objects.filter(delivery=OuterRef("pk"), started_at__gt=ahead)
    rows = Delivery.objects.filter(
        Exists(tried_later), state__in=(State.WAITING, *CHECKING_STATES), next_try_at__gt=ahead
    ).order_by("pk")
    mended = 0
    for row in rows[:BATCH]:
        mine = Delivery.objects.filter(
            pk=row.pk, state=row.state, lease_token=row.lease_token, next_try_at=row.next_try_at
        )
        tried_at = row.attempts.aggregate(last=Max("started_at"))["last"]
        wait = max(row.next_try_at - tried_at, policy.SHORTEST_WISH)
        mended += mine.update(next_try_at=now + wait)
    _mend_gates(now)
    return mended


def _mend_gates(now: datetime) -> None:
    """Shut no breaker for longer than any may be."""
    longest = now + policy.BREAKER_LONGEST + LONGEST_JUMP
    Gate.objects.filter(opened_until__gt=longest).update(opened_until=now + policy.BREAKER_FIRST)
