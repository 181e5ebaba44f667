"""Nothing is claimed by a clock that can't be right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.delivery import engine
from hub.delivery.clock import MOST_AHEAD, ClockGuard
from hub.delivery.signs import clock_is_off


@pytest.fixture
def guard() -> Iterator[ClockGuard]:
    yield ClockGuard()
    clock_is_off.clear()


def test_a_clock_that_goes_on_as_time_does_is_trusted(guard, now) -> None:
    assert guard.look(now)
    assert guard.look(now + timedelta(seconds=1))
    assert not clock_is_off.is_set()


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=6)])
def test_after_a_jump_one_round_is_left_out(guard, now, caplog, jump) -> None:
    guard.look(now)
    assert not guard.look(now + jump)
    assert clock_is_off.is_set()
    assert "jumped" in caplog.text
    assert guard.look(now + jump)
    assert not clock_is_off.is_set()


@pytest.mark.parametrize("ahead", [MOST_AHEAD + 1, -MOST_AHEAD - 1])
def test_a_clock_far_from_the_databases_is_not_trusted_until_it_is_set(guard, now, ahead) -> None:
    guard.ahead = ahead
    assert not guard.look(now)
    assert not guard.look(now)
    guard.ahead = 2.0
    assert guard.look(now)


@pytest.mark.django_db(transaction=True)
def test_with_a_wrong_clock_nothing_is_claimed(guard, plan, send, channel, now) -> None:
    delivery = plan()
    clock_is_off.set()
    assert send() == 0
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"
    clock_is_off.clear()
    assert engine.send_channel(channel_id=channel.pk, worker="w", now=now) == 1
