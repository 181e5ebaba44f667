"""One holder for each tick, however many beats and workers run it; any number is harmless."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from hub.delivery.models import TickLease

# a holder that did not come back after this long is taken for dead
LONGEST_RUN = timedelta(seconds=60)

# two timers of the same interval never meet to the millisecond
GRACE = 0.9


def take(*, name: str, holder: str, every: timedelta, now: datetime) -> bool:
    """Take the tick's lease, if it is free and its interval has passed since the last run."""
    if _taken(name, holder, every, now):
        return True
    # nearly always it is there already, and somebody else's
    _, is_first = TickLease.objects.get_or_create(
        name=name, defaults={"until": now - LONGEST_RUN, "last_run_at": None}
    )
    return is_first and _taken(name, holder, every, now)


def _taken(name: str, holder: str, every: timedelta, now: datetime) -> bool:
    # later than any holder may have it: the clock was set back meanwhile
    impossible = now + LONGEST_RUN
    free = Q(until__lte=now) | Q(until__gt=impossible)
    rested = TickLease.objects.filter(free, name=name).exclude(
        last_run_at__gt=now - every * GRACE, last_run_at__lte=impossible
    )
    changed = rested.update(
        holder=holder[:120], until=now + LONGEST_RUN, last_run_at=now, runs=F("runs") + 1
    )
    return bool(changed)


def give_back(*, name: str, holder: str, now: datetime, error: str = "") -> None:
    TickLease.objects.filter(name=name, holder=holder[:120]).update(
        until=now, last_error=error[:400]
    )
