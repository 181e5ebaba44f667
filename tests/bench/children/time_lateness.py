"""Wait for N workers, then let R deliveries come due every second for S seconds; prints JSON.

Takes those that are due within two days; what is planned for later stays where it is.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import timedelta

import django

django.setup()

from django.utils import timezone

from hub.delivery.models import Delivery
from tests.bench.children.time_remote import alive, wait

# so long after the last due time, what has not gone out is counted as not gone out
PATIENCE = 60.0


def main() -> None:
    workers, rate, seconds = (int(word) for word in sys.argv[1:4])
    started = timezone.now()
    wait(lambda: alive(started) >= workers, 60, "the workers did not start")
    ids = _plan(rate, seconds)
    give_up = time.monotonic() + seconds + PATIENCE
    time.sleep(seconds)
    mine = Delivery.objects.filter(pk__in=ids)
    while time.monotonic() < give_up and mine.still_open().exists():
        time.sleep(0.5)
    print(json.dumps({"due": len(ids), "live": mine.filter(state="live").count()}))


def _plan(rate: int, seconds: int) -> list[int]:
    soon = Delivery.objects.planned().filter(due_at__lte=timezone.now() + timedelta(days=2))
    rows = list(soon.only("pk")[: rate * seconds])
    random.shuffle(rows)
    begin = timezone.now() + timedelta(seconds=3)
    for number, row in enumerate(rows):
        row.due_at = row.next_try_at = begin + timedelta(seconds=number // rate)
    Delivery.objects.bulk_update(rows, ["due_at", "next_try_at"], batch_size=200)
    return [row.pk for row in rows]


if __name__ == "__main__":
    main()
