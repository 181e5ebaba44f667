"""One holder for each tick, however many beats and workers run it; any number is harmless."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from hub.delivery.living import begun_anew, worker_of
from hub.delivery.models import Heartbeat, TickLease

# a holder that did not come back after this long is taken for dead
LONGEST_RUN = timedelta(seconds=60)

# two timers of the same interval never meet to the millisecond
GRACE = 0.9


def take(*, name: str, holder: str, every: timedelta, now: datetime) -> bool:
    """Take the tick's lease, if it is free and its interval has passed since the last run.

    It is free, too, when the worker that holds it was begun anew since.
    """
    # later than any holder may have it: the clock was set back meanwhile
    impossible = now + LONGEST_RUN
    free = Q(until__lte=now) | Q(until__gt=impossible)
    if _taken(free, name, holder, every, now):
        return True
    # nearly always it is there already, and somebody else's
    lease, is_first = TickLease.objects.get_or_create(
        name=name, defaults={"until": now - LONGEST_RUN, "last_run_at": None}
    )
    left_behind = not is_first and _left_behind(lease, now)
    if left_behind:
        free |= Q(holder=lease.holder, last_run_at=lease.last_run_at)
    return (is_first or left_behind) and _taken(free, name, holder, every, now)


def _taken(free: Q, name: str, holder: str, every: timedelta, now: datetime) -> bool:
    rested = TickLease.objects.filter(free, name=name).exclude(
        last_run_at__gt=now - every * GRACE, last_run_at__lte=now + LONGEST_RUN
    )
    changed = rested.update(
        holder=holder[:120], until=now + LONGEST_RUN, last_run_at=now, runs=F("runs") + 1
    )
    return bool(changed)


def _left_behind(lease: TickLease, now: datetime) -> bool:
    """Tell whether its holder was killed in the middle of the tick, and works again."""
    if lease.last_run_at is None or lease.until <= now:
        return False
    worker = Heartbeat.objects.filter(name=worker_of(lease.holder)).first()
    return worker is not None and begun_anew(worker, since=lease.last_run_at, now=now)


def give_back(*, name: str, holder: str, now: datetime, error: str = "") -> None:
    TickLease.objects.filter(name=name, holder=holder[:120]).update(
        until=now, last_error=error[:400]
    )
