"""``lateness``: how long after its due time a delivery reaches the network, under a steady load."""

from __future__ import annotations

import contextlib
from typing import Any

from tests.bench.deliveries import CHILDREN, Network, network
from tests.bench.places import Place
from tests.bench.shell import OWN_PYTHON, run, run_json, running

WORKERS, THREADS = 2, 4


def measure(
    place: Place, *, planned: int, seconds: int, rates: tuple[int, ...]
) -> list[dict[str, Any]]:
    env = {**place.own_env(), "ALLOW_PRIVATE_ADDRESSES": "true"}
    with network(place) as counting:
        seed = [OWN_PYTHON, "-m", f"{CHILDREN}.seed_planned", str(planned), counting.url]
        run(seed, env, timeout=3_600)
        return [
            {
                "place": place.name,
                "planned": planned,
                "due_per_second": rate,
                "for_seconds": seconds,
                **_under(place, env, counting, rate, seconds),
            }
            for rate in rates
        ]


def _under(
    place: Place, env: dict[str, str], counting: Network, rate: int, seconds: int
) -> dict[str, Any]:
    items = str(rate * seconds)
    run([OWN_PYTHON, "-m", f"{CHILDREN}.seed_remote", items, counting.url], env)
    counting.forget()
    workers = 1 if place.embedded else WORKERS
    with contextlib.ExitStack() as stack:
        for command in place.workers(workers, THREADS):
            stack.enter_context(running(command, env, place.scratch / "lateness.log"))
        child = [OWN_PYTHON, "-m", f"{CHILDREN}.time_lateness", str(workers), str(rate)]
        found = run_json([*child, str(seconds)], env)
    told = counting.ledger()
    if told["twice"]:
        raise SystemExit(f"the network counted some twice: {told}")
    return {
        "went_out": round(found["live"] / found["due"], 3),
        **{name: told[name] for name in ("p50", "p95", "p99", "longest")},
    }
