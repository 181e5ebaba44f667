from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.delivery.models import Attempt, Delivery
from hub.delivery.ticks import TICKS
from tests.bench import plans, report
from tests.bench.children.time_growth import OTHER_TICKS, TIMED_TICKS


def row(share: float, *, tasks: float, calls: float, workers: int = 1) -> dict[str, object]:
    return {
        "place": "Here",
        "worker_processes": workers,
        "deliveries": 400,
        "celery_noop_per_second": tasks,
        "bare_calls_per_second": calls,
        "share_of_the_tighter_limit": share,
    }


def test_below_the_deliveries_stands_what_was_reached_of_which_limit() -> None:
    rows = [row(0.35, tasks=900, calls=2_000), row(0.5, tasks=900, calls=800, workers=4)]
    assert (
        "\n\nThe aim is met in 1 of 2: Here, 1 worker process: 35% of the tasks that do nothing; "
        "Here, 4 worker processes: 50% of the bare calls.\n\n"
    ) in report.section("deliveries", rows)


@pytest.mark.django_db
@pytest.mark.parametrize("name", OTHER_TICKS)
def test_a_round_that_growth_leaves_out_asks_nothing_of_deliveries(name, now) -> None:
    with CaptureQueriesContext(connection) as asked:
        TICKS[name].run(now)
    read = "".join(query["sql"] for query in asked.captured_queries)
    assert [model for model in (Delivery, Attempt) if model._meta.db_table in read] == []


@pytest.mark.parametrize("name", ["claim", *TIMED_TICKS])
def test_the_plans_of_each_timed_round_are_explained(name) -> None:
    assert plans.READING[name]
