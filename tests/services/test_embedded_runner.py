"""The embedded default with real processes: one runner, SQLite, the memory:// broker."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hub.delivery.ticks import TICKS
from tests.migrated import copy_sqlite
from tests.services.conftest import Processes, fetch

pytestmark = pytest.mark.services

RUNNER = ("manage.py", "runner")


@pytest.fixture
def ask(tmp_path: Path) -> Callable[[str], list[tuple[object, ...]]]:
    """Ask the SQLite file of the processes."""

    def ask(query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(tmp_path / "db.sqlite3", timeout=20)) as database:
            return database.execute(query).fetchall()

    return ask


@pytest.fixture
def place(start_place: Callable[[str, str], Processes], tmp_path: Path) -> Processes:
    place = start_place(f"sqlite:///{tmp_path / 'db.sqlite3'}", "memory://")
    copy_sqlite(tmp_path / "db.sqlite3")
    return place


@pytest.mark.parametrize(
    ("beat", "ticker", "signature"),
    [("true", "false", "/________-%"), ("false", "true", "/ticker")],
)
def test_beat_alone_or_the_ticker_alone_reaches_every_tick(
    place, ask, beat, ticker, signature
) -> None:
    place.start("runner", *RUNNER, BEAT=beat, TICKER=ticker)
    query = f"select name from delivery_ticklease where runs > 0 and holder like '%{signature}'"
    place.wait_until("every tick ran", lambda: {name for (name,) in ask(query)} == set(TICKS))
    assert ask("select name from delivery_ticklease where last_error != ''") == []
    assert place.stop("runner") == 0


def test_a_post_goes_live_on_hub_and_spoke(place, ask) -> None:
    place.start("web", "-m", "gunicorn", "-c", "python:hub.runtime.web", "hub.wsgi")
    place.start("runner", *RUNNER)
    place.run("-m", "tests.services.newsroom", "A night at the Vanguard")
    place.wait_until(
        "live", lambda: ask("select count(*) from delivery_delivery where state='live'") == [(2,)]
    )
    [(slug,)] = ask("select slug from editorial_post")
    for path in (f"/hub/{slug}/", f"/jazz/{slug}/"):
        place.wait_until("read", lambda path=path: fetch(place, path)[0] == 200)
    assert place.stop("runner") == 0


def test_a_killed_runner_is_followed_by_one_that_finishes_its_work(place, ask) -> None:
    place.environment["FASTER"] = "5"
    place.run("-m", "tests.services.newsroom", *(f"Post {number}" for number in range(15)))
    live = "select count(*) from delivery_delivery where state='live'"
    place.start("runner", *RUNNER)
    place.wait_until("some live", lambda: ask(live) > [(0,)])
    place.kill("runner")
    place.start("runner", *RUNNER)
    place.wait_until("all live", lambda: ask(live) == [(30,)], within=120)
    assert ask("select count(*) from site_publication") == [(30,)]
