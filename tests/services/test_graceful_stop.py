"""A worker that is told to stop ends its call, sends nothing more, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from hub.delivery.models import Delivery
from tests.migrated import copy_sqlite
from tests.services.conftest import Processes
from tests.services.slow_network import plant, receiving

pytestmark = pytest.mark.services

CALL_SECONDS = 4.0
POSTS = 6
STATES = "select state, crashes, lease_until from delivery_delivery"


@pytest.fixture
def embedded(start_place: Callable[[str, str], Processes], tmp_path: Path) -> Processes:
    place = start_place(f"sqlite:///{tmp_path / 'db.sqlite3'}", "memory://")
    copy_sqlite(tmp_path / "db.sqlite3")
    return place


def states(tmp_path: Path) -> list[tuple[str, int, str | None]]:
    with closing(sqlite3.connect(tmp_path / "db.sqlite3", timeout=20)) as database:
        return database.execute(STATES).fetchall()


def test_the_runner_finishes_its_call_and_leaves_the_rest(embedded, tmp_path) -> None:
    with receiving(CALL_SECONDS) as receiver:
        embedded.run("-m", "tests.services.slow_network", receiver.url, str(POSTS))
        embedded.start("runner", "manage.py", "runner", ALLOW_PRIVATE_ADDRESSES="true")
        embedded.wait_until("a call runs", lambda: receiver.began)
        assert embedded.stop("runner") == 0
        found = states(tmp_path)
        assert sorted(receiver.began) == sorted(receiver.ended)
    live = [row for row in found if row[0] == "live"]
    rest = [row for row in found if row[0] != "live"]
    assert len(live) == len(receiver.began)
    assert set(rest) == {("scheduled", 0, None)}


def test_a_runner_whose_ticker_hangs_leaves_by_itself(embedded, tmp_path) -> None:
    ticks = "select count(*) from delivery_ticklease where runs > 0"
    runner = embedded.start("runner", "manage.py", "runner", BEAT="false", TICKER_PATIENCE="3")
    with closing(sqlite3.connect(tmp_path / "db.sqlite3", timeout=20)) as database:
        embedded.wait_until("it ticks", lambda: database.execute(ticks).fetchone() > (0,))
        # its ticker waits for a lock that nobody gives back
        database.isolation_level = None
        database.execute("begin immediate")
        embedded.wait_until("it left", lambda: runner.poll() is not None, within=30)
    assert embedded.stop("runner") == 70


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_celery_worker_finishes_its_call_and_leaves_the_rest(start_place, pool) -> None:
    if connection.vendor != "postgresql" or not settings.CELERY_BROKER_URL.startswith("redis"):
        pytest.fail("These tests need PostgreSQL and Redis: run make services-test.")
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    place = start_place(url, os.environ["CELERY_BROKER_URL"])
    command = ("-m", "celery", "-A", "hub", "--quiet", "worker", "--pool", pool)
    with receiving(CALL_SECONDS) as receiver:
        plant(receiver.url, POSTS)
        worker = place.start(
            "worker", *command, "--concurrency", "2", ALLOW_PRIVATE_ADDRESSES="true"
        )
        place.wait_until("a call runs", lambda: receiver.began)
        asked_at = time.monotonic()
        # to the main process alone, as systemd does with KillMode=mixed
        worker.send_signal(signal.SIGTERM)
        place.wait_until("it left", lambda: worker.poll() is not None, within=35)
        took = time.monotonic() - asked_at
        assert sorted(receiver.began) == sorted(receiver.ended)
    assert place.stop("worker") == 0
    assert took < 30
    found = list(Delivery.objects.values_list("state", "crashes", "lease_until"))
    assert [state for state, *_ in found].count("live") == len(receiver.began)
    assert {row for row in found if row[0] != "live"} == {("scheduled", 0, None)}
