from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from hub.celery import app, set_up_worker
from hub.delivery import policy, ticks
from hub.delivery.models import Heartbeat, TickLease
from hub.runtime.beat import TickScheduler, schedule_of_ticks
from hub.runtime.limits import KILL_AFTER, Running, longest_task
from hub.runtime.ticker import STUCK, Ticker, TickerStep, Watchdog
from spokes.channels.connectors.registry import CONNECTORS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def ticker(db: None, monkeypatch) -> Ticker:
    # the test's own connection stays open
    monkeypatch.setattr("hub.runtime.ticker.close_old_connections", lambda: None)
    monkeypatch.setattr("hub.runtime.ticker.connections.close_all", lambda: None)
    return Ticker(name="worker@here", interval=1.0)


def test_a_round_runs_every_tick_and_says_that_the_worker_lives(ticker) -> None:
    ticker.run_once()
    assert set(TickLease.objects.filter(runs=1).values_list("name", flat=True)) == set(ticks.TICKS)
    assert Heartbeat.objects.get().name == "worker@here"


def test_the_first_look_comes_soon_and_the_others_at_their_pace(ticker, monkeypatch) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) > 3

    rounds: list[None] = []
    monkeypatch.setattr(ticker.stopping, "wait", wait)
    monkeypatch.setattr(ticker, "run_once", lambda: rounds.append(None))
    ticker.interval = 10.0
    ticker.run()
    first, *others = waited
    assert 0 <= first <= 3
    assert all(7 <= seconds <= 13 for seconds in others)
    assert len(rounds) == len(others) == 3


def test_without_ticking_only_the_heart_beats(ticker) -> None:
    ticker.ticking = False
    ticker.run_once()
    assert not TickLease.objects.exists()
    assert Heartbeat.objects.exists()


def test_a_round_that_fails_is_logged_and_not_the_end(ticker, monkeypatch, caplog) -> None:
    def fail(**kwargs: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr("hub.runtime.ticker.run_due_ticks", fail)
    ticker.ran_at = 0.0
    ticker.run_once()
    assert "the next one comes" in caplog.text
    assert ticker.silent_for() < 60


def test_the_watchdog_leaves_when_the_ticker_hangs(ticker) -> None:
    codes: list[int] = []
    watchdog = Watchdog(ticker, patience=60.0, leave=codes.append)
    assert watchdog.look() is False
    ticker.ran_at -= 61
    assert watchdog.look() is True
    assert codes == [STUCK]


def test_the_watchdog_leaves_in_order_when_a_task_hangs(ticker, monkeypatch, settings) -> None:
    settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 0
    tasks = Running()
    monkeypatch.setattr("hub.runtime.ticker.running", tasks)
    left: list[object] = []
    watchdog = Watchdog(
        ticker,
        patience=60.0,
        longest_task=100.0,
        ask=lambda: left.append("asked"),
        leave=left.append,
    )
    tasks.begin("quick")
    tasks.begin("slow")
    tasks._since["slow"] -= 99
    assert watchdog.look() is False
    tasks._since["slow"] -= 2
    assert watchdog.look() is True
    assert left == ["asked", STUCK]


def test_a_task_that_ended_hangs_no_more(ticker) -> None:
    tasks = Running()
    tasks.begin("slow")
    tasks._since["slow"] -= 1000
    assert tasks.longest() > 999
    tasks.end("slow")
    assert tasks.longest() < 1


def test_no_task_is_cut_that_a_network_may_take_so_long_for(monkeypatch) -> None:
    """The longest honest task: at the end of its stay it prepares and sends one more."""
    limits = {"site": limits_of(monkeypatch, 20.0), "slow": limits_of(monkeypatch, 600.0)}
    assert limits["site"] > policy.STAY_SECONDS + 2 * 20.0
    assert limits["slow"] > policy.STAY_SECONDS + 2 * 600.0
    for network in CONNECTORS.values():
        honest = policy.STAY_SECONDS + 2 * network.capabilities.call_seconds
        assert longest_task() > honest


def limits_of(monkeypatch, call_seconds: float) -> float:
    site = CONNECTORS["site"]
    able = dataclasses.replace(site.capabilities, call_seconds=call_seconds)
    slow = type("Slow", (site,), {"capabilities": able})
    with monkeypatch.context() as patch:
        patch.setitem(CONNECTORS, "slow", slow)
        set_up_worker()
    assert app.conf.task_time_limit == app.conf.task_soft_time_limit + KILL_AFTER
    return app.conf.task_soft_time_limit


def test_beat_sends_every_tick_void_after_its_interval() -> None:
    schedule = schedule_of_ticks()
    assert set(schedule) == set(ticks.TICKS)
    for name, entry in schedule.items():
        assert entry["args"] == (name,)
        assert entry["schedule"] == ticks.TICKS[name].every
        assert entry["options"]["expires"] == ticks.TICKS[name].every.total_seconds()
        assert entry["options"]["queue"] in {queue.name for queue in app.conf.task_queues}


def test_the_task_that_beat_sends_exists_and_runs_the_tick(db) -> None:
    app.loader.import_default_modules()
    entry = schedule_of_ticks()["prune"]
    app.tasks[entry["task"]].apply(args=entry["args"], throw=True)
    assert TickLease.objects.get(name="prune").runs == 1


def test_a_worker_gets_its_ticker_and_beat_its_schedule() -> None:
    set_up_worker()
    assert TickerStep in app.steps["worker"]
    assert set(app.conf.beat_schedule) == set(ticks.TICKS)


def test_a_refused_broker_ends_the_start_of_a_worker(settings) -> None:
    settings.CELERY_BROKER_URL = "filesystem://"
    with pytest.raises(SystemExit, match=r"backbeat\.E001"):
        set_up_worker()


def test_beat_says_that_it_lives(db, monkeypatch) -> None:
    monkeypatch.setattr("hub.runtime.beat.close_old_connections", lambda: None)
    scheduler = TickScheduler(app)
    scheduler.tick()
    scheduler.tick()
    assert Heartbeat.objects.get().role == "beat"


def test_beat_keeps_its_schedule_in_memory() -> None:
    set_up_worker()
    scheduler = TickScheduler(app)
    assert set(scheduler.schedule) == set(ticks.TICKS)


def test_the_celery_application_is_imported_without_django_loaded() -> None:
    code = "import hub.celery, django.apps; assert not django.apps.apps.ready"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
