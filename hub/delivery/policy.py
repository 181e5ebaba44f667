"""The numbers of the engine, and the decisions that follow from them alone.

The order of times keeps a call inside its lease: connect 5 s < call 20 s < soft shutdown 30 s
< lease 60 s < kill 90 s. A network whose calls may take longer says so (``call_seconds``), and its
leases are renewed while they run.
"""

from __future__ import annotations

import enum
import random
from datetime import datetime, timedelta

from spokes.channels.models import LatePolicy

LEASE = timedelta(seconds=60)
# a worker that has held a claim longer than this does not open a socket any more
GUARD_SECONDS = 0.4 * LEASE.total_seconds()
# while a call runs, its lease is looked after this often, and is renewed when older than two looks
RENEW_EVERY = LEASE / 12

# a call that takes longer keeps a worker from others: its channel has a smaller share of them
SLOW_CALL = timedelta(seconds=5)

# deliveries of one channel that a worker takes at once, when they only write our own database
LOCAL_BATCH = 100
# of a channel whose calls are quick, a worker claims some together and sends one after the other:
# so many, until it knows how quick; then as many as it has time for, up to the limit
QUICK_BATCH = 24
QUICK_BATCH_LIMIT = 64
# what it has not begun after this time goes back
QUICK_BATCH_TIME = timedelta(seconds=1)
# of what is to be called soon, it looks again after this time whether somebody has stopped it
LOOK_AGAIN = timedelta(seconds=0.1)
# a worker stays with one channel no longer than this before it looks at the others
STAY_SECONDS = 15.0

# what a task may wait for the database, all in all
DATABASE_SECONDS = 60.0

MAX_TRIES = 8
# failures of its own, before anything was sent
MAX_CRASHES = 2
# workers that died with it in hand: two more, for it may have been another's fault, and the first
# time there may have been many others in the same hand
MAX_DEATHS = 4
FIRST_BACKOFF = timedelta(seconds=15)
LONGEST_BACKOFF = timedelta(minutes=15)
# a network that says "again, at once" is not taken at its word
SHORTEST_WISH = timedelta(seconds=1)
# retries that a channel may owe: each success earns a fifth of one, and each six minutes one
RETRY_CREDIT_LIMIT = 10.0
RETRY_CREDIT_EARNED = 0.2
RETRY_CREDIT_EVERY = timedelta(minutes=6)

BREAKER_FAILURES = 5
BREAKER_FIRST = timedelta(seconds=30)
BREAKER_LONGEST = timedelta(minutes=15)

LOOKUP_WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 45, 120, 600))
ABSENCES_NEEDED = 3
ABSENCE_TIME = timedelta(minutes=2)
# after this long without an answer a person decides
LOOKUP_BUDGET = timedelta(minutes=30)

# what was called is settled, though the database is away for so long
SETTLE_PATIENCE = LEASE / 4

LATE_AFTER = timedelta(minutes=15)
TOO_LATE_AFTER = timedelta(hours=2)


class Lateness(enum.Enum):
    ON_TIME = "on time"
    LATE = "late, still sent"
    NEXT_SLOT = "late, sent in the next free slot"
    MISSED = "too late"


def lateness(*, due_at: datetime, now: datetime, policy: str, evergreen: bool) -> Lateness:
    late_by = now - due_at
    if late_by <= LATE_AFTER:
        return Lateness.ON_TIME
    if policy == LatePolicy.ALWAYS:
        return Lateness.LATE
    if policy == LatePolicy.NEXT_SLOT:
        return Lateness.NEXT_SLOT
    if policy == LatePolicy.NEVER:
        return Lateness.MISSED
    return Lateness.LATE if evergreen and late_by <= TOO_LATE_AFTER else Lateness.MISSED


def longest_task(call_seconds: float) -> float:
    """Say how many seconds a task may take whose network's calls take up to ``call_seconds``.

    At the very end of its stay it may claim one more, prepare it, and send it.
    """
    return STAY_SECONDS + 2 * call_seconds + DATABASE_SECONDS


def backoff(tries: int) -> timedelta:
    """Full jitter: anything up to 15 s, 30 s, 1 min … 15 min for the first, second … try."""
    longest = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** max(0, tries - 1))
    return longest * random.random()  # noqa: S311  # spreads load, guards no secret


def backoff_without_credit() -> timedelta:
    """Wait long, but not so long that what was on time is too late by then."""
    return LATE_AFTER * random.uniform(1 / 3, 2 / 3)  # noqa: S311  # spreads load, guards no secret


def breaker_pause(openings: int) -> timedelta:
    return min(BREAKER_LONGEST, BREAKER_FIRST * 2.0 ** min(openings, 10))


def lookup_wait(lookups: int) -> timedelta:
    return LOOKUP_WAITS[min(lookups, len(LOOKUP_WAITS) - 1)]
