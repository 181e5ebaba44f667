"""Celery's own speed on the same broker: tasks that do nothing, as many as go a second."""

from __future__ import annotations

import json
import os
import sys
import threading
import time

from celery import Celery
from celery.contrib.testing.worker import start_worker

app = Celery("noop", broker=os.environ["BENCH_BROKER_URL"])
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    task_default_queue="bench-noop",
    broker_transport_options={"polling_interval": 0.05}
    if os.environ["BENCH_BROKER_URL"].startswith("memory")
    else {},
)

done = threading.Semaphore(0)


@app.task(name="noop")
def noop() -> None:
    done.release()


def main() -> None:
    number, threads = int(sys.argv[1]), int(sys.argv[2])
    for _ in range(number):
        noop.delay()
    with start_worker(
        app, pool="threads", concurrency=threads, perform_ping_check=False, loglevel="ERROR"
    ):
        done.acquire()
        started = time.perf_counter()
        for _ in range(number - 1):
            done.acquire()
        seconds = time.perf_counter() - started
    print(json.dumps({"items": number - 1, "seconds": seconds}))


if __name__ == "__main__":
    main()
