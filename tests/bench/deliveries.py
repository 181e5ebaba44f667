"""``deliveries``: calls of a network through the whole engine, beside its two limits."""

from __future__ import annotations

import contextlib
import json
import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.bench.places import Place
from tests.bench.shell import OWN_PYTHON, run, run_json, running, started

CHILDREN = "tests.bench.children"
# the threads of one worker process
THREADS = 2
# what hub/runtime/management/commands/runner.py gives its only process
RUNNER_THREADS = 8
AIM = 0.5


class Network:
    """The process of ``tests/bench/network.py``, and how to talk to it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ledger(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/ledger", timeout=30) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        return told

    def forget(self) -> None:
        request = urllib.request.Request(self.url, method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()


@contextlib.contextmanager
def network(place: Place) -> Iterator[Network]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [OWN_PYTHON, "-m", "tests.bench.network", str(port)]
    with running(command, {}, place.scratch / "network.log"):
        _wait_for(port)
        yield Network(port)


def measure(place: Place, *, items: int) -> list[dict[str, Any]]:
    env = {**place.own_env(), "ALLOW_PRIVATE_ADDRESSES": "true"}
    with network(place) as counting:
        return [
            _row(place, env, counting, workers, items)
            for workers in ((1,) if place.embedded else (1, 2, 4))
        ]


def verdict(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say of each row how much of which limit it reaches, and whether that is the aim."""
    met = sum(row["share_of_the_tighter_limit"] >= AIM for row in rows)
    return f"The aim is met in {met} of {len(rows)}: {'; '.join(map(_reached, rows))}."


def _reached(row: Mapping[str, Any]) -> str:
    tasks_are_tighter = row["celery_noop_per_second"] < row["bare_calls_per_second"]
    limit = "the tasks that do nothing" if tasks_are_tighter else "the bare calls"
    number = row["worker_processes"]
    workers = f"{number} worker process{'es' if number > 1 else ''}"
    return f"{row['place']}, {workers}: {row['share_of_the_tighter_limit']:.0%} of {limit}"


def _row(
    place: Place, env: dict[str, str], counting: Network, workers: int, items: int
) -> dict[str, Any]:
    ours = _through_celery(place, env, counting, workers, items)
    tasks = _tasks(place, workers, items)
    threads = RUNNER_THREADS if place.embedded else THREADS
    calls = _calls(env, counting, workers, threads, items)
    return {
        "place": place.name,
        "worker_processes": workers,
        "deliveries": items,
        "deliveries_per_second": round(ours, 1),
        "celery_noop_per_second": round(tasks, 1),
        "bare_calls_per_second": round(calls, 1),
        "share_of_the_tighter_limit": round(ours / min(tasks, calls), 2),
    }


def _through_celery(
    place: Place, env: dict[str, str], counting: Network, workers: int, items: int
) -> float:
    run([OWN_PYTHON, "-m", f"{CHILDREN}.seed_remote", str(items), counting.url], env)
    counting.forget()
    with contextlib.ExitStack() as stack:
        for command in place.workers(workers, THREADS):
            stack.enter_context(running(command, env, place.scratch / "deliveries.log"))
        found = run_json([OWN_PYTHON, "-m", f"{CHILDREN}.time_remote", str(workers), "600"], env)
    told = counting.ledger()
    if told["came"] != found["on_the_network"] or told["twice"]:
        raise SystemExit(f"the network counted otherwise than the engine: {told}")
    return float(found["items"] / found["seconds"])


def _tasks(place: Place, workers: int, items: int) -> float:
    env = {"BENCH_BROKER_URL": place.broker}
    if place.embedded:
        command = ["tests.bench.peers.celery_noop", str(items), str(RUNNER_THREADS)]
    else:
        command = ["tests.bench.peers.noop_workers", str(items), str(workers), str(THREADS)]
    found = run_json([OWN_PYTHON, "-m", *command], env)
    return float(found["items"] / found["seconds"])


def _calls(
    env: dict[str, str], counting: Network, processes: int, threads: int, items: int
) -> float:
    """Make as many calls from as many processes and threads as the workers have."""
    begin = time.monotonic() + 3
    command = [OWN_PYTHON, "-m", f"{CHILDREN}.time_calls", str(items // processes), str(threads)]
    children = [started([*command, counting.url, str(begin)], env) for _ in range(processes)]
    told = [json.loads(child.communicate(timeout=300)[0].splitlines()[-1]) for child in children]
    counting.forget()
    return float(sum(one["items"] for one in told) / (max(one["ended"] for one in told) - begin))


def _wait_for(port: int) -> None:
    give_up = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return
