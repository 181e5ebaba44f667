"""The whole of it with real processes: web, workers, beat, PostgreSQL and Redis."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hub.delivery.models import Delivery, Heartbeat, TickLease
from hub.delivery.states import State
from hub.delivery.ticks import TICKS
from spokes.site.models import Publication
from tests.services import newsroom
from tests.services.conftest import Processes, fetch

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

CELERY = ("-m", "celery", "-A", "hub", "--quiet")
POSTS_UNDER_FIRE = 60


@pytest.fixture
def place(grown_up_place: Processes) -> Processes:
    return grown_up_place


def start_worker(place: Processes, name: str, *, ticker: bool) -> None:
    command = (*CELERY, "worker", "--concurrency", "2", "--hostname", f"{name}@%h")
    place.start(name, *command, TICKER=str(ticker).lower())


def start_beat(place: Processes) -> None:
    place.start("beat", *CELERY, "beat")


def worker_seen(name: str) -> bool:
    return Heartbeat.objects.filter(name__startswith=f"{name}@").exists()


def test_a_post_goes_live_through_redis_and_is_read_on_hub_and_spoke(place) -> None:
    newsroom.plant()
    place.start("web", "-m", "gunicorn", "-c", "python:hub.runtime.web", "hub.wsgi")
    # nobody ticks: only the hint in Redis can bring a worker to the post
    start_worker(place, "one", ticker=False)
    start_worker(place, "two", ticker=False)
    place.wait_until("ready", lambda: fetch(place, "/readyz")[0] == 200)
    slug = newsroom.publish("A night at the Vanguard")
    place.wait_until("live", lambda: Publication.objects.count() == 2, within=20)
    for path in (f"/hub/{slug}/", f"/jazz/{slug}/", "/", "/jazz/"):
        status, text = fetch(place, path)
        assert status == 200, path
        assert "A night at the Vanguard" in text, path
    assert place.stop("one") == 0
    assert place.stop("web") == 0


def test_the_running_beat_reaches_every_tick_through_redis(place) -> None:
    start_worker(place, "one", ticker=False)
    start_beat(place)

    def reached() -> set[str]:
        return set(TickLease.objects.filter(runs__gte=1).values_list("name", flat=True))

    place.wait_until("every tick ran", lambda: reached() == set(TICKS), within=45)
    # sent by beat to a worker, whose tasks sign with their id
    assert not TickLease.objects.filter(holder__endswith="/ticker").exists()
    assert not TickLease.objects.exclude(last_error="").exists()
    assert Heartbeat.objects.filter(role="beat").exists()
    assert place.stop("beat") == 0


def test_killed_workers_lose_nothing_and_double_nothing(place) -> None:
    place.environment["FASTER"] = "5"
    newsroom.plant()
    start_beat(place)
    soon = timezone.now() + timedelta(seconds=15)
    for number in range(POSTS_UNDER_FIRE):
        newsroom.publish(f"Post {number}", soon + timedelta(milliseconds=100 * number))
    for name in ("one", "two"):
        start_worker(place, name, ticker=True)
    live = Delivery.objects.live()
    place.wait_until("some are live", live.exists)
    for name in ("one", "two"):
        place.kill(name)
        start_worker(place, name, ticker=True)
    everything = 2 * POSTS_UNDER_FIRE
    # what a killed worker held comes back when its lease has run out
    place.wait_until("all live", lambda: live.count() == everything, within=150)
    assert not Delivery.objects.exclude(state=State.LIVE).exists()
    assert Publication.objects.count() == everything
    assert Publication.objects.values("post_ref", "spoke").distinct().count() == everything
