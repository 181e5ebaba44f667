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
    TickLease.objects.get_or_create(
        name=name, defaults={"until": now - LONGEST_RUN, "last_run_at": None}
    )
    # later than any holder may have it: the clock was set back meanwhile
    impossible = now + LONGEST_RUN
    free = Q(until__lte=now) | Q(until__gt=impossible)
    rested = TickLease.objects.filter(free, name=name).exclude(
        last_run_at__gt=now - every * GRACE, last_run_at__lte=impossible
    )
    return bool(
        rested.update(
            holder=holder[:120], until=now + LONGEST_RUN, last_run_at=now, runs=F("runs") + 1
        )
    )


def give_back(*, name: str, holder: str, now: datetime, error: str = "") -> None:
    TickLease.objects.filter(name=name, holder=holder[:120]).update(
        until=now, last_error=error[:400]
    )
