"""Wait for N workers, make all that is planned due at once, wait until it is live; prints JSON.

Each channel was called once before, as in a house that is at work. The time runs from the first
call to the last answer that is settled.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime

import django

django.setup()

from django.db.models import Count, F, Max, Min, QuerySet
from django.utils import timezone

from hub.delivery.models import Attempt, Delivery, Heartbeat, Outcome


def main() -> None:
    workers, patience = int(sys.argv[1]), float(sys.argv[2])
    started = timezone.now()
    wait(lambda: alive(started) >= workers, 60, "the workers did not start")
    first = Delivery.objects.planned().order_by().values("channel").annotate(first=Min("pk"))
    _send(Delivery.objects.filter(pk__in=first.values("first")), patience)
    began = timezone.now()
    items = _send(Delivery.objects.planned(), patience)
    attempts = _sent_since(began)
    span = attempts.aggregate(first=Min("started_at"), last=Max("ended_at"))
    live = attempts.filter(delivery__state="live").count()
    if live != items:
        raise SystemExit(f"{live} of {items} went live: {_states()}")
    seconds = (span["last"] - span["first"]).total_seconds()
    print(
        json.dumps(
            {"items": live, "seconds": seconds, "on_the_network": _sent_since(started).count()}
        )
    )


def wait(done: Callable[[], bool], seconds: float, otherwise: str) -> None:
    give_up = time.monotonic() + seconds
    while not done():
        if time.monotonic() > give_up:
            raise SystemExit(f"{otherwise}: {_states()}")
        time.sleep(0.5)


def alive(since: datetime) -> int:
    return Heartbeat.objects.filter(role="worker", started_at__gte=since).count()


def _send(deliveries: QuerySet[Delivery], patience: float) -> int:
    """Make them due at once, and wait until they are over; returns how many."""
    now = timezone.now()
    items = deliveries.update(due_at=now, next_try_at=now, created_at=F("due_at"))
    under_way = Delivery.objects.still_open().filter(due_at__lte=now)
    wait(lambda: not under_way.exists(), patience, "not done in time")
    return items


def _sent_since(moment: datetime) -> QuerySet[Attempt]:
    # what was noted and then not called, for somebody else was quicker, is noted once more
    return Attempt.objects.filter(started_at__gte=moment, outcome=Outcome.SENT)


def _states() -> list[tuple[str, str, int]]:
    return list(
        Delivery.objects.values_list("state", "reason").annotate(Count("pk")).order_by()[:10]
    )


if __name__ == "__main__":
    main()
