"""The scheduler that most write first, to be broken by the same probes.

A row for each post; every second a Celery task is sent for each row that is due, and the row is
marked as queued. The task posts, notes it in its log, then marks the row as published; an exception
is retried. It has all that Celery's manual advises: late acknowledgement, tasks of lost workers put
back, nothing prefetched, back-off with jitter, and a broker that gives what a dead worker held to
one that starts six seconds later.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import uuid
from typing import Any

import httpx
from celery import Celery, Task
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from tests.faults.connector import CALL_SECONDS, die_at
from tests.faults.troubles import POISONS, echoed

TABLE = "naive_post"
PUBLISHED, FAILED, CANCELLED = "published", "failed", "cancelled"
ENDED = (PUBLISHED, FAILED, CANCELLED)
MAX_RETRIES = 5
VISIBLE_SECONDS = 6

log = logging.getLogger("hub.naive")

app = Celery("naive")
app.conf.update(
    broker_url=os.environ.get("CELERY_BROKER_URL", "memory://"),
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": VISIBLE_SECONDS, "polling_interval": 0.05},
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
    if state in ENDED:
        return
    die_at("before_call", f"naive-{post_id}")
    try:
        post(url, title)
        die_at("after_answer", f"naive-{post_id}")
        log.info("%s is out", title)
        mark(post_id, PUBLISHED)
    except Exception:
        if self.request.retries == MAX_RETRIES:
            mark(post_id, FAILED)
        raise
    die_at("after_commit", f"naive-{post_id}")


def post(url: str, title: str) -> None:
    poison = POISONS.get(title.partition(":")[0], str)
    words = {"title": title, "link": "https://listen.example.org", "poison": poison()}
    answer = httpx.post(
        url,
        content=json.dumps(words),
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
            due = f"SELECT id FROM {TABLE} WHERE state = 'planned' AND due_at <= %s ORDER BY id"
            for (post_id,) in ask(due, timezone.now().timestamp()):
                publish.delay(post_id)
                mark(post_id, "queued")
        except Exception as fault:  # noqa: BLE001  # broker or database may be down: try again
            print("the naive dispatcher goes on:", repr(fault), flush=True)
            connection.close()
        # its beat: at every full second, as cron and Celery's crontab do it
        time.sleep(1 - time.time() % 1)


def run(part: str) -> None:
    """Be a worker, the dispatcher, or both in one process, as the embedded broker needs it."""
    app.send_task = echoed(app.send_task)
    if part == "dispatcher":
        dispatch()
    elif part == "both":
        threading.Thread(target=dispatch, daemon=True).start()
        app.worker_main(["worker", "--pool", "threads", "--concurrency", "8"])
    else:
        app.worker_main(["worker", "--concurrency", "2", "--hostname", f"{part}@%h"])


def plan(posts: list[tuple[str, str]]) -> None:
    """Make the table anew, with titles and addresses of posts that ``make_due`` makes due."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(
            f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, title text, url text,"
            " due_at double precision, state text)"
        )
        cursor.executemany(
            f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s, 'planned')",
            [
                (number, title, url, time.time() + 10**6)
                for number, (title, url) in enumerate(posts)
            ],
        )


def make_due(within: float = 0.0) -> None:
    """Make all due, one after the other ``within`` so many seconds."""
    spread = f"UPDATE {TABLE} SET due_at = %s + id * %s / (SELECT count(*) FROM {TABLE})"
    with connection.cursor() as cursor:
        cursor.execute(spread, [time.time(), within])


def mark(post_id: int, state: str) -> None:
    # a worker may be quicker than the dispatcher's own note
    marked = f"UPDATE {TABLE} SET state = %s WHERE id = %s AND state <> 'published'"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(marked, [state, post_id])
        die_at("in_a_write")


def cancel(post_id: int) -> bool:
    """Cancel it as its editor's button would; returns whether it says that this was done."""
    cancelled = f"UPDATE {TABLE} SET state = %s WHERE id = %s AND state IN ('planned', 'queued')"
    with connection.cursor() as cursor:
        cursor.execute(cancelled, [CANCELLED, post_id])
        return bool(cursor.rowcount)


def ask(query: str, *parameters: float | str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
