"""Wait until all deliveries have left the queue, then say how long it took; prints JSON."""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from django.db.models import Count, Max, Min

from hub.delivery.models import Attempt, Delivery


def main() -> None:
    give_up = time.monotonic() + float(sys.argv[1])
    while Delivery.objects.still_open().exists():
        if time.monotonic() > give_up:
            states = dict(Delivery.objects.values_list("state").annotate(Count("pk")).order_by())
            raise SystemExit(f"not done in time: {states}")
        time.sleep(0.5)
    live = Delivery.objects.live().count()
    if live != Delivery.objects.count():
        raise SystemExit(f"only {live} went live")
    span = Attempt.objects.aggregate(first=Min("started_at"), last=Max("ended_at"))
    seconds = (span["last"] - span["first"]).total_seconds()
    print(json.dumps({"items": live, "seconds": seconds}))


if __name__ == "__main__":
    main()
