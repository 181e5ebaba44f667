"""A task that hangs for ever costs a worker's place for some minutes, not for ever."""

from __future__ import annotations

import os

import pytest

from hub.celery import app
from hub.delivery.models import Delivery
from hub.runtime.ticker import STUCK
from tests.services.newsroom import plant, publish

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

# beside the usual queue one that no worker of another test reads
QUEUES = f"publish,hang-{os.getpid()}"
WORKER = ("-m", "celery", "-A", "hub", "--quiet", "worker", "--concurrency", "1", "-Q", QUEUES)


@pytest.fixture
def place(grown_up_place):
    place = grown_up_place
    plant()
    place.environment["TASK_SECONDS"] = "1"
    app.send_task("tests.services.hang", queue=QUEUES.split(",")[1])
    return place


def test_a_process_of_the_pool_is_replaced_and_the_next_one_works(place) -> None:
    place.start("worker", *WORKER, "--pool", "prefork")
    place.wait_until("it was ended", lambda: "Hard time limit" in place.logs())
    publish("After the hang")
    place.wait_until("live", lambda: Delivery.objects.live().count() == 2)
    assert place.stop("worker") == 0


def test_a_worker_of_threads_leaves_for_another_to_take_its_place(place) -> None:
    patience = {"TICKER_PATIENCE": "10", "SOFT_SECONDS": "1"}
    worker = place.start("worker", *WORKER, "--pool", "threads", **patience)
    place.wait_until("it left", lambda: worker.poll() is not None)
    assert place.stop("worker") == STUCK
    assert "A task has hung" in place.logs()
