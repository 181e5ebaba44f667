"""Claim 100 due deliveries among N planned, many times; prints the median in milliseconds."""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import timedelta

import django

django.setup()

from django.db import connection, transaction
from django.utils import timezone

from hub.delivery.claim import claim_due
from hub.delivery.models import Delivery
from spokes.channels.connectors.registry import CONNECTORS
from tests.bench.children import world

DUE = 100
ROUNDS = 30


def plan_far_ahead(number: int, channels: list, now) -> None:
    """Insert planned deliveries by copying posts in the database: a million in seconds."""
    posts = number // len(channels)
    made = world.make_posts(1, channels, now)[0]
    _copy_rows("editorial_post", made.pk, posts, {"slug": "'copy-' || n"})
    first_copy = (
        connection.cursor()
        .execute("SELECT min(id) FROM editorial_post WHERE slug LIKE 'copy-%'")
        .fetchone()[0]
    )
    for channel in channels:
        template = Delivery.objects.create(
            post_id=made.pk,
            channel=channel,
            post_revision=1,
            key=f"t{channel.pk}",
            marker=f"t{channel.pk}",
            due_at=now + timedelta(days=1),
            next_try_at=now + timedelta(days=1),
            created_at=now,
        )
        _copy_rows(
            "delivery_delivery",
            template.pk,
            posts,
            {
                "key": f"'{channel.pk}-' || n",
                "marker": f"'{channel.pk}-' || n",
                "post_id": f"{first_copy} + n - 1",
            },
        )


def _copy_rows(table: str, pk: int, number: int, changes: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        fields = [
            column.name
            for column in connection.introspection.get_table_description(cursor, table)
            if column.name != "id"
        ]
        wanted = ", ".join(changes.get(name, f'"{name}"') for name in fields)
        into = ", ".join(f'"{name}"' for name in fields)
        series = (
            f"generate_series(1, {number}) AS numbers(n)"
            if connection.vendor == "postgresql"
            else f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
            f"WHERE n < {number}) SELECT n FROM c) AS numbers"
        )
        cursor.execute(
            f"INSERT INTO {table} ({into}) SELECT {wanted} FROM {table}, {series} "
            f"WHERE {table}.id = {pk}"
        )


def main() -> None:
    planned = int(sys.argv[1])
    now = timezone.now()
    channels = world.make_spokes(10)
    with transaction.atomic():
        plan_far_ahead(planned, channels, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    channel = channels[0]
    ids = list(
        Delivery.objects.filter(channel=channel).order_by("-pk").values_list("pk", flat=True)[:DUE]
    )
    again = {"state": "scheduled", "next_try_at": now, "lease_until": None, "lease_owner": ""}
    times = []
    for _ in range(ROUNDS):
        Delivery.objects.filter(pk__in=ids).update(**again)
        started = time.perf_counter()
        claimed = claim_due(
            channel=channel,
            capabilities=CONNECTORS["site"].capabilities,
            worker="bench",
            limit=DUE,
            now=now,
        )
        times.append((time.perf_counter() - started) * 1000)
        if len(claimed) != DUE:
            raise SystemExit(f"{len(claimed)} of {DUE} were claimed")
    print(json.dumps({"planned": planned, "milliseconds": statistics.median(times)}))


if __name__ == "__main__":
    main()
