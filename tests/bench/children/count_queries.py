"""Send N due deliveries in this process and count the queries; prints JSON."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.db import connection
from django.utils import timezone

from hub.delivery.engine import send_channel
from hub.delivery.models import Delivery
from tests.bench.children import world


def main() -> None:
    wanted = int(sys.argv[1])
    now = timezone.now()
    channels = world.make_spokes()
    posts = world.make_posts(wanted // world.SPOKES_A_POST, channels, now)
    due = world.make_due(posts, channels, now)
    queries = 0

    def count(execute, *args):
        nonlocal queries
        queries += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        for channel in channels:
            send_channel(channel_id=channel.pk, worker="bench")
    live = Delivery.objects.filter(state="live").count()
    if live != due:
        raise SystemExit(f"{live} of {due} deliveries went live")
    print(json.dumps({"items": due, "queries": queries / due}))


if __name__ == "__main__":
    main()
