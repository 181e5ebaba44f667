"""A Celery that does nothing: what its workers manage on the broker is the limit of any task."""

from __future__ import annotations

import os

from celery import Celery

QUEUE = "bench-noop"

app = Celery("noop", broker=os.environ.get("BENCH_BROKER_URL", "memory://"))
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=1, task_default_queue=QUEUE)


@app.task(name="noop")
def noop() -> None:
    pass
