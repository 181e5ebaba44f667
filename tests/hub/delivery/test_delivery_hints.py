"""Hints from outside of a worker: they may be late or lost, and hold nobody up."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery.signals import before_task_publish

from hub.delivery.hints import Asked, asked, hint_channel_from_outside


class Broker:
    """Takes hints only when it is let."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.channels: list[int] = []

    def take(self, body: Any, **_: Any) -> None:
        assert self.may_go_on.wait(20)
        self.channels.append(body[0][0])


@pytest.fixture
def broker(settings: Any) -> Iterator[Broker]:
    # nobody listens there
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0}
    hanging = Broker()
    before_task_publish.connect(hanging.take)
    yield hanging
    hanging.may_go_on.set()
    ended()
    before_task_publish.disconnect(hanging.take)


def ended() -> None:
    for thread in threading.enumerate():
        if thread.name == "hints":
            thread.join(20)


def test_a_broker_that_hangs_holds_nobody_up_and_is_told_later(broker) -> None:
    for channel in (7, 8, 9):
        hint_channel_from_outside(channel)
    assert broker.channels == []
    broker.may_go_on.set()
    ended()
    assert sorted(broker.channels) == [7, 8, 9]


def test_however_often_a_channel_is_asked_for_it_waits_once(broker) -> None:
    for _ in range(50):
        hint_channel_from_outside(7)
    assert len([one for one in threading.enumerate() if one.name == "hints"]) == 1
    broker.may_go_on.set()
    ended()
    # the first may have been on its way when the others came
    assert len(broker.channels) <= 2


def test_who_asks_after_all_were_told_is_told_too(broker) -> None:
    broker.may_go_on.set()
    for _ in range(2):
        hint_channel_from_outside(7)
        ended()
    assert broker.channels == [7, 7]


def test_the_embedded_broker_gets_no_hint_from_outside(broker, settings) -> None:
    settings.CELERY_BROKER_URL = "memory://"
    hint_channel_from_outside(7)
    assert not asked.telling


def test_a_process_that_was_forked_tells_by_a_thread_of_its_own() -> None:
    asked.telling = True
    try:
        child = os.fork()
        if not child:
            os._exit(asked.telling)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        vars(asked).update(vars(Asked()))
