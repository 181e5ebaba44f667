"""``dispatch``: from due to live through Celery, beside Wagtail's publish_scheduled."""

from __future__ import annotations

import contextlib
from typing import Any

from tests.bench.places import Place
from tests.bench.shell import OWN_PYTHON, PEER_PYTHON, run, run_json, running

MODULE = "tests.bench.children"


def measure(place: Place, *, items: int, pages: int) -> list[dict[str, Any]]:
    ours = _through_celery(place, items)
    queries = run_json([OWN_PYTHON, "-m", f"{MODULE}.count_queries", "1000"], place.own_env())
    wagtail = run_json(
        [PEER_PYTHON, "-m", "tests.bench.peers.wagtail_publish", str(pages)], place.peer_env()
    )
    noop = run_json(
        [PEER_PYTHON, "-m", "tests.bench.peers.celery_noop", str(min(items, 5_000)), "4"],
        place.peer_env(),
    )
    ours_ms = ours["seconds"] / ours["items"] * 1000
    wagtail_ms = wagtail["seconds"] / wagtail["items"] * 1000
    return [
        {
            "place": place.name,
            "deliveries": ours["items"],
            "deliveries_per_second": round(ours["items"] / ours["seconds"], 1),
            "ms_per_delivery": round(ours_ms, 3),
            "queries_per_delivery": round(queries["queries"], 2),
            "wagtail_pages": wagtail["items"],
            "wagtail_ms_per_page": round(wagtail_ms, 2),
            "wagtail_queries_per_page": round(wagtail["queries"], 1),
            "times_wagtail": round(wagtail_ms / ours_ms, 1),
            "celery_noop_per_second": round(noop["items"] / noop["seconds"], 1),
        }
    ]


def _through_celery(place: Place, items: int) -> dict[str, Any]:
    env = place.own_env()
    run([OWN_PYTHON, "-m", f"{MODULE}.seed_due", str(items)], env)
    with contextlib.ExitStack() as stack:
        for command in place.workers(2, 2):
            stack.enter_context(running(command, env, place.scratch / "dispatch.log"))
        return run_json([OWN_PYTHON, "-m", f"{MODULE}.time_dispatch", "600"], env)
