"""Messages that come several times, in another order, late, and from everywhere."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

from hub.celery import app
from hub.delivery.hints import SEND_CHANNEL
from hub.delivery.ticks import TICKS
from spokes.channels.models import Channel
from tests.faults.bench import Bench
from tests.faults.count import Count

PRODUCERS = 3


def echoes(bench: Bench) -> list[Count]:
    """10. Each message five times, shuffled, with stale ones; strangers send some, too."""
    channels = bench.plan(600)
    over = threading.Event()
    producers = [
        threading.Thread(target=_shout, args=(bench.seed + number, channels, over))
        for number in range(PRODUCERS if bench.pair.redis else 0)
    ]
    with bench.crew(ECHO="yes", **bench.dig_troubles()):
        bench.make_due(timedelta(seconds=5))
        for producer in producers:
            producer.start()
        found = bench.settled("10. messages doubled, shuffled, stale")
        over.set()
        for producer in producers:
            producer.join()
        if bench.pair.redis:
            bench.pair.redis.ask("flushall")
    for row in found:
        row.faults, row.asked = bench.troubles_made().get("echo", 0), bench.due // 10
    return found


def _shout(seed: int, channels: list[Channel], over: threading.Event) -> None:
    """Send hints for these channels, for one that is gone, and ticks, in no order."""
    dice = random.Random(seed)
    while not over.wait(0.02):
        channel_id = dice.choice([*(channel.pk for channel in channels), 10**9])
        app.send_task(SEND_CHANNEL, args=[channel_id], queue="publish")
        if dice.random() < 0.2:
            tick = TICKS[dice.choice(["dispatch", "reap", "reconcile"])]
            name = "hub.delivery.tasks.run_tick_task"
            app.send_task(name, args=[tick.name], queue=tick.queue)


EXPERIMENTS = {"echoes": echoes}
