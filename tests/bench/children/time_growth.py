"""Time a claim and the rounds of the beat among ever more deliveries; prints a JSON list.

``time_growth SIZE...``: of each size, so many are planned far ahead and half as many are live.
With ``--plans`` the last line also has PostgreSQL's plans of what each round asks of deliveries.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import django

django.setup()

from django.db import connection, transaction
from django.utils import timezone

from hub.delivery.claim import claim_due
from hub.delivery.gates import gate_name
from hub.delivery.models import BY_HAND, Delivery, Gate
from hub.delivery.ticks import TICKS
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel
from tests.bench.children import world
from tests.bench.children.planned import plan_far_ahead

DUE = 100
CLAIMS, ROUNDS = 30, 10
# they ask nothing of deliveries: pictures, cards, feeds, names and files
OTHER_TICKS = ("renditions", "cards", "outdated-cards", "websub", "merged-tags", "prune")
TIMED_TICKS = tuple(name for name in TICKS if name not in OTHER_TICKS)


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    now = timezone.now()
    channels = world.make_spokes()
    stage = Stage(channels, now)
    rows, there = [], 0
    for size in sizes:
        plan_far_ahead(size - there, channels, now)
        plan_far_ahead((size - there) // 2, channels, now, state="live")
        there = size
        rows.append({"planned": size, **stage.measure()})
    plans = stage.plans() if "--plans" in sys.argv else []
    print(json.dumps({"rows": rows, "plans": plans}))


class Stage:
    """One channel with 100 due among all that is not."""

    def __init__(self, channels: list[Channel], now: datetime) -> None:
        self.channel = channels[0]
        self.now = now
        posts = world.make_posts(DUE, channels, now)
        self.ids = _one_each(posts, self.channel, now)
        # a rest that is over: "probe" looks whether something is due there
        Gate.objects.create(name=gate_name(self.channel.pk), on_pace_at=now, opened_until=now)

    def measure(self) -> dict[str, float]:
        found = {"claim": _median(self.claim, CLAIMS, before=self.again)}
        self.again()
        for name in TIMED_TICKS:
            tick = TICKS[name]
            found[name] = _median(lambda tick=tick: tick.run(self.now), ROUNDS)
        return found

    def again(self) -> None:
        Delivery.objects.filter(pk__in=self.ids).update(
            state="scheduled", next_try_at=self.now, lease_until=None, lease_owner=""
        )

    def claim(self) -> None:
        site = CONNECTORS["site"].capabilities
        claimed = claim_due(
            channel=self.channel, capabilities=site, worker="bench", limit=DUE, now=self.now
        )
        if len(claimed) != DUE:
            raise SystemExit(f"{len(claimed)} of {DUE} were claimed")

    def plans(self) -> list[dict[str, Any]]:
        """Explain what each round asks of the deliveries; nothing of it stays."""
        found = []
        for name in ("claim", *TIMED_TICKS):
            self.again()
            run = self.claim if name == "claim" else lambda name=name: TICKS[name].run(self.now)
            found += [{"round": name, "sql": sql, "plan": plan} for sql, plan in _explained(run)]
        return found


def _one_each(posts: Sequence[Any], channel: Channel, now: datetime) -> list[int]:
    rows = [
        Delivery(
            post=post,
            channel=channel,
            post_revision=1,
            **BY_HAND,
            key=f"due-{post.pk}",
            marker=f"due-{post.pk}",
            due_at=now,
            next_try_at=now,
            created_at=now,
        )
        for post in posts
    ]
    return [row.pk for row in Delivery.objects.bulk_create(rows)]


def _median(
    run: Callable[[], object], times: int, *, before: Callable[[], object] = lambda: None
) -> float:
    taken = []
    for _ in range(times):
        before()
        started = time.perf_counter()
        run()
        taken.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(taken), 2)


def _explained(run: Callable[[], object]) -> list[tuple[str, str]]:
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if '"delivery_delivery"' in sql and (sql, params) not in asked:
            asked.append((sql, params))
            # before it runs: afterwards there may be nothing left to find
            plans.append(_explain(sql, params))
        return execute(sql, params, many, context)

    plans: list[str] = []
    with transaction.atomic():
        with connection.execute_wrapper(listen):
            run()
        transaction.set_rollback(True)
    return [(sql, plan) for (sql, _), plan in zip(asked, plans, strict=True)]


def _explain(sql: str, params: Any) -> str:
    # a cursor below Django's, so that the listener does not hear itself; what it changes is undone
    with connection.connection.cursor() as cursor:
        cursor.execute("SAVEPOINT explained")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {sql}", params)
        lines = [row[0] for row in cursor.fetchall()]
        cursor.execute("ROLLBACK TO SAVEPOINT explained")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
