"""Queue N tasks that do nothing, let W workers loose on them together; prints JSON. Redis only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import redis

from tests.bench.peers.noop import QUEUE, app, noop

IDLE = f"{QUEUE}-idle"


def main() -> None:
    number, workers, threads = (int(word) for word in sys.argv[1:])
    broker = redis.Redis.from_url(os.environ["BENCH_BROKER_URL"])
    broker.delete(QUEUE, IDLE)
    for _ in range(number):
        noop.delay()
    running = [_start(index, threads) for index in range(workers)]
    try:
        _wait_for(workers)
        app.control.add_consumer(QUEUE)
        while broker.llen(QUEUE) == number:
            time.sleep(0.001)
        started = time.perf_counter()
        while broker.llen(QUEUE):
            time.sleep(0.01)
        seconds = time.perf_counter() - started
    finally:
        for process in running:
            process.kill()
            process.wait()
    print(json.dumps({"items": number, "seconds": seconds}))


def _start(index: int, threads: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "tests.bench.peers.noop", "--quiet", "worker"]
    options = ["--pool", "threads", "--concurrency", str(threads), "--queues", IDLE]
    options += ["--hostname", f"noop-{index}@bench", "--loglevel", "ERROR"]
    return subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)


def _wait_for(workers: int) -> None:
    give_up = time.monotonic() + 60
    while len(app.control.ping(timeout=1.0)) < workers:
        if time.monotonic() > give_up:
            raise SystemExit("Celery's workers did not start")


if __name__ == "__main__":
    main()
