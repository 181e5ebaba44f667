"""The clock was an hour ahead, and is right again: nothing waits for the hour to pass."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery.gates import gate_name
from hub.delivery.models import Attempt, Delivery, Gate
from hub.delivery.reap import reap
from hub.delivery.reconcile import channels_to_look_up, reconcile
from spokes.channels.models import Channel

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


@pytest.mark.parametrize("state", ["scheduled", "waiting"])
def test_what_had_no_late_place_while_the_clock_was_wrong_does_not_wait_the_hour(
    plan, channel, now, state
) -> None:
    delivery = plan(state=state, reason="Late; released at a pace.")
    Delivery.objects.update(next_try_at=now + HOUR)
    Gate.objects.create(
        name=gate_name(channel.pk), on_pace_at=now, next_late_at=now + HOUR + channel.late_spacing
    )
    reap(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at < now + timedelta(minutes=1)
    assert Gate.objects.get().next_late_at == now + channel.late_spacing


def test_a_long_line_of_late_ones_keeps_its_places(plan, channel, now) -> None:
    Channel.objects.update(late_spacing_minutes=60)
    delivery = plan(reason="Late; released at a pace.")
    place = now + timedelta(minutes=58)
    Delivery.objects.update(next_try_at=place)
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, next_late_at=place)
    reap(now)
    delivery.refresh_from_db()
    assert (delivery.next_try_at, Gate.objects.get().next_late_at) == (place, place)


def test_what_comes_under_an_embargo_after_its_time_waits_for_the_end_of_it(
    plan, make_post, now
) -> None:
    delivery = plan(make_post(embargo_until=now + HOUR), reason="Under embargo.")
    Delivery.objects.update(next_try_at=now + HOUR)
    reap(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + HOUR


def test_what_a_wrong_clock_sent_before_its_time_is_looked_up_all_the_same(plan, now) -> None:
    half = now + HOUR / 2
    delivery = plan(state="unknown", tries=1, first_sent_at=now, due_at=half, reason="no answer")
    tried(delivery, now + HOUR)
    Delivery.objects.update(next_try_at=now + HOUR + timedelta(seconds=5))
    reap(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + timedelta(seconds=5)


def test_what_is_planned_for_later_is_not_brought_forward(plan, now) -> None:
    delivery = plan(due_at=now + HOUR)
    reap(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + HOUR


def test_a_wish_of_the_network_is_counted_from_now_once(plan, now) -> None:
    delivery = plan(state="waiting", tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now + HOUR, outcome="retry_after")
    Delivery.objects.update(next_try_at=now + HOUR + timedelta(minutes=20))
    for seconds in (0, 10):
        reap(now + timedelta(seconds=seconds))
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + timedelta(minutes=20)


def test_who_was_killed_at_a_look_up_while_the_clock_was_wrong_keeps_nobody_from_it(
    plan, channel, now
) -> None:
    plan(state="unknown", tries=1, first_sent_at=now, reason="no answer")
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, looking_until=now + HOUR)
    assert channels_to_look_up(now) == []
    reap(now)
    assert channels_to_look_up(now) == [channel.pk]


def test_a_call_of_an_hour_ahead_is_believed_not_to_have_arrived_as_soon_as_any(
    plan, network, now
) -> None:
    delivery = plan(
        state="unknown", uncertain=True, tries=1, first_sent_at=now + HOUR, reason="no answer"
    )
    tried(delivery, now + HOUR)
    for seconds in (10, 25, 70):
        Delivery.objects.update(next_try_at=now)
        reconcile(now + timedelta(seconds=seconds))
    delivery.refresh_from_db()
    # the look-ups alone prove nothing before some time has passed
    assert delivery.state == "unknown"
    reconcile(delivery.next_try_at)
    delivery.refresh_from_db()
    assert delivery.state == "waiting"
