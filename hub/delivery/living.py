"""Processes that say that they are alive; what a wrong clock noted says nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from hub.delivery.clock import TO_COME
from hub.delivery.models import Heartbeat


def seen_lately(now: datetime, within: timedelta) -> QuerySet[Heartbeat]:
    """Find the processes that were seen within that time, and not at a time to come."""
    return Heartbeat.objects.filter(seen_at__gt=now - within, seen_at__lte=now + TO_COME)


def last_sign(beat: Heartbeat, now: datetime) -> datetime | None:
    """Say when it was surely alive; None when all its times are of a wrong clock."""
    times = (beat.seen_at, beat.started_at)
    return next((time for time in times if time <= now + TO_COME), None)
