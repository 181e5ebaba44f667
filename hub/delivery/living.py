"""Processes that say that they are alive; what a wrong clock noted says nothing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db.models import QuerySet

from hub.delivery.clock import TO_COME
from hub.delivery.models import Heartbeat


def seen_lately(now: datetime, within: timedelta) -> QuerySet[Heartbeat]:
    """Find the processes that were seen within that time, and not at a time to come."""
    return Heartbeat.objects.filter(seen_at__gt=now - within, seen_at__lte=now + TO_COME)


def claim_name(worker: str) -> str:
    """Make a name for one claim of a worker: what a later write must still find on the row."""
    return f"{worker[:100]}/{uuid.uuid4().hex[:12]}"


def worker_of(name: str) -> str:
    """Say whose claim it is, by its ``claim_name``, or whose tick, by its holder."""
    return name.rpartition("/")[0]


def begun_anew(worker: Heartbeat, *, since: datetime, now: datetime) -> bool:
    """Tell whether the process was started after that: what it had in hand then, nobody does."""
    # a start that is to come was noted by a wrong clock
    return since < worker.started_at <= now


def last_sign(beat: Heartbeat, now: datetime) -> datetime | None:
    """Say when it was surely alive; None when all its times are of a wrong clock."""
    times = (beat.seen_at, beat.started_at)
    return next((time for time in times if time <= now + TO_COME), None)
