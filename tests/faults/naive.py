"""The scheduler that most write first, to be broken by the same probes.

A row for each post; every second a Celery task is sent for each row that is due, and the row is
marked as queued. The task posts, then marks the row as published; an exception is retried. It
has all that Celery's manual advises: late acknowledgement, tasks of lost workers put back,
nothing prefetched, back-off with jitter, and a broker that gives a dead worker's message to the
next one within seconds.
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from typing import Any

import httpx
from celery import Celery, Task
from django.db import close_old_connections, connection

from tests.faults.connector import CALL_SECONDS, die_at

TABLE = "naive_post"
PUBLISHED, FAILED = "published", "failed"
MAX_RETRIES = 5

app = Celery("naive")
app.conf.update(
    broker_url=os.environ.get("CELERY_BROKER_URL", "memory://"),
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 6, "polling_interval": 0.05},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="naive",
    worker_prefetch_multiplier=1,
)


class NetworkFault(Exception):
    """The network did not say that it worked."""


@app.task(
    bind=True,
    autoretry_for=(Exception,),
    max_retries=MAX_RETRIES,
    retry_backoff=1,
    retry_backoff_max=5,
)
def publish(self: Task[[int], None], post_id: int) -> None:
    close_old_connections()
    state, url, title = ask(f"SELECT state, url, title FROM {TABLE} WHERE id = %s", post_id)[0]
    if state == PUBLISHED:
        return
    try:
        post(url, title)
    except Exception:
        if self.request.retries == MAX_RETRIES:
            mark(post_id, FAILED)
        raise
    die_at("after_answer", f"naive-{post_id}")
    mark(post_id, PUBLISHED)


def post(url: str, title: str) -> None:
    answer = httpx.post(
        url,
        content=json.dumps({"title": title, "link": "https://listen.example.org"}),
        headers={"x-key": uuid.uuid4().hex, "x-pid": str(os.getpid())},
        timeout=CALL_SECONDS,
    )
    if answer.status_code != 200:
        raise NetworkFault(answer.status_code)


def dispatch() -> None:
    """Send a task for each row that is due, every second, for ever."""
    while True:
        try:
            close_old_connections()
            due = f"SELECT id FROM {TABLE} WHERE state = 'planned' AND due_at <= %s"
            for (post_id,) in ask(due, time.time()):
                publish.delay(post_id)
                mark(post_id, "queued")
        except Exception as fault:  # noqa: BLE001  # broker or database may be down: try again
            print("the naive dispatcher goes on:", repr(fault), flush=True)
            connection.close()
        # its beat: once a second
        time.sleep(1)


def run(part: str) -> None:
    """Be a worker, the dispatcher, or both in one process, as the embedded broker needs it."""
    if part == "dispatcher":
        dispatch()
    elif part == "both":
        threading.Thread(target=dispatch, daemon=True).start()
        app.worker_main(["worker", "--pool", "threads", "--concurrency", "8"])
    else:
        app.worker_main(["worker", "--concurrency", "2", "--hostname", f"{part}@%h"])


def plan(url: str, posts: int) -> None:
    """Make the table anew, with posts that are due when ``make_due`` says so."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(
            f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, title text, url text,"
            " due_at double precision, state text)"
        )
        cursor.executemany(
            f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s, 'planned')",
            [(number, f"Naive {number}", url, time.time() + 10**6) for number in range(posts)],
        )


def make_due() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET due_at = %s", [time.time()])


def mark(post_id: int, state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET state = %s WHERE id = %s", [state, post_id])


def ask(query: str, *parameters: float | str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
