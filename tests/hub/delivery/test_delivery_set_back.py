"""The clock was an hour ahead, and is right again: nothing waits for the hour to pass."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery.models import Attempt, Delivery, Gate
from hub.delivery.reap import reap

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def tried(delivery: Delivery, at, outcome="unknown") -> None:
    Attempt.objects.create(
        delivery=delivery,
        number=1,
        lease_token=1,
        worker="w",
        started_at=at,
        ended_at=at,
        outcome=outcome,
    )


@pytest.mark.parametrize("state", ["waiting", "unknown"])
def test_a_wait_that_a_wrong_clock_began_is_counted_from_now(plan, now, state) -> None:
    delivery = plan(state=state, tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now + HOUR)
    Delivery.objects.update(next_try_at=now + HOUR + timedelta(minutes=2))
    reap(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + timedelta(minutes=2)


@pytest.mark.parametrize("state", ["waiting", "unknown"])
def test_a_wait_that_began_without_a_try_while_the_clock_was_wrong_is_over(
    plan, now, state
) -> None:
    delivery = plan(state=state, tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now)
    Delivery.objects.update(next_try_at=now + HOUR)
    reap(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at < now + timedelta(minutes=1)


def test_what_a_worker_died_with_while_the_clock_was_wrong_is_tried_again(plan, now) -> None:
    delivery = plan(crashes=1, reason="The worker died while preparing it.")
    Delivery.objects.update(next_try_at=now + HOUR)
    reap(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at < now + timedelta(minutes=1)


def test_a_long_wait_that_the_network_asked_for_stays(plan, now) -> None:
    delivery = plan(state="waiting", tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now, outcome="retry_after")
    Delivery.objects.update(next_try_at=now + 2 * HOUR)
    reap(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + 2 * HOUR


def test_a_lease_of_an_hour_ahead_is_taken_back(plan, now) -> None:
    lease = {"lease_owner": "w", "lease_until": now + HOUR, "lease_token": 1}
    delivery = plan(state="claimed", **lease)
    reap(now)
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"


def test_a_breaker_of_an_hour_ahead_opens_soon(now) -> None:
    gate = Gate.objects.create(name="channel:1", on_pace_at=now, opened_until=now + HOUR)
    reap(now)
    gate.refresh_from_db()
    assert gate.opened_until == now + timedelta(seconds=30)
