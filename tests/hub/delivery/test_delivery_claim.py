"""Who may take what, and how much of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from hub.delivery import actions
from hub.delivery.apart import Apart
from hub.delivery.claim import claim_due
from hub.delivery.exceptions import LeaseLost, TransitionRefused
from hub.delivery.gates import gate_name
from hub.delivery.models import Delivery, Gate, Hold
from hub.delivery.states import State
from spokes.channels.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claim(channel, network, now):
    """Claim on a channel whose calls are known to be quick."""

    def run(
        on: Channel = channel,
        *,
        limit: int = 10,
        worker: str = "w1",
        minutes: float = 0,
        apart: Apart | None = None,
    ) -> list[Delivery]:
        known = {"on_pace_at": now, "quick": True}
        Gate.objects.get_or_create(name=gate_name(on.pk), defaults=known)
        return claim_due(
            channel=on,
            apart=apart,
            capabilities=network.connector.capabilities,
            worker=worker,
            limit=limit,
            now=now + timedelta(minutes=minutes),
        )

    return run


def test_the_oldest_goes_first(plan, claim, now) -> None:
    later = plan(due_at=now - timedelta(minutes=1))
    earlier = plan(due_at=now - timedelta(minutes=2))
    assert [delivery.pk for delivery in claim()] == [earlier.pk, later.pk]


def test_what_one_has_claimed_the_other_does_not_get(plan, claim) -> None:
    plan()
    assert len(claim()) == 1
    assert claim(worker="w2") == []


def test_a_claim_takes_no_more_than_the_places_in_flight(plan, claim, channel) -> None:
    channel.max_inflight = 3
    channel.save()
    for _ in range(20):
        plan()
    # one claim is one place, for what it takes goes out one after the other
    assert [len(claim(limit=2)) for _ in range(4)] == [2, 2, 2, 0]


def test_eight_workers_at_once_claim_everything_once(plan, claim, channel) -> None:
    channel.max_inflight = 100
    channel.save()
    for _ in range(40):
        plan()
    got: list[int] = []

    def work(name: str) -> None:
        while claimed := claim(limit=3, worker=name):
            got.extend(delivery.pk for delivery in claimed)
        connection.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 40
    assert len(set(got)) == 40


def test_each_claim_has_a_new_token_and_old_ones_write_nothing(plan, claim) -> None:
    plan()
    (stale,) = claim()
    Delivery.objects.filter(pk=stale.pk).update(
        state=State.SCHEDULED, lease_until=None, lease_owner=""
    )
    (current,) = claim(worker="w2")
    assert current.lease_token == stale.lease_token + 1
    with pytest.raises(LeaseLost):
        stale.move(State.SENDING)


def test_a_step_that_the_table_does_not_have_is_refused(plan) -> None:
    delivery = plan()
    with pytest.raises(TransitionRefused):
        delivery.move(State.LIVE)


def test_a_paused_channel_gives_nothing(plan, claim, channel, now) -> None:
    plan()
    channel.paused_at = now
    channel.save()
    assert claim() == []


def test_everything_can_be_held_and_released(plan, claim, manager) -> None:
    plan()
    held = actions.hold(scope=Hold.Scope.ALL, actor=manager, reason="Fire drill")
    assert claim() == []
    actions.release_hold(hold=held, actor=manager)
    assert len(claim()) == 1


def test_a_held_post_or_artist_stops_only_its_own(
    plan, claim, manager, make_post, make_artist
) -> None:
    singer = make_artist("Somebody")
    with_singer, held_post, free = make_post(artists=[singer]), make_post(), make_post()
    plan(with_singer), plan(held_post), plan(free)
    actions.hold(scope=Hold.Scope.ARTIST, artist=singer, actor=manager, reason="Bad news")
    actions.hold(scope=Hold.Scope.POST, post=held_post, actor=manager, reason="A mistake")
    assert [delivery.post_id for delivery in claim()] == [free.pk]


def test_one_that_a_worker_died_with_is_claimed_alone(plan, claim) -> None:
    before, suspect, after = plan(), plan(crashes=1), plan()
    assert [delivery.pk for delivery in claim()] == [before.pk, after.pk]
    assert [delivery.pk for delivery in claim()] == [suspect.pk]


def test_when_it_is_the_oldest_nothing_else_is_taken_with_it(plan, claim) -> None:
    suspect, after = plan(crashes=1), plan()
    assert [delivery.pk for delivery in claim()] == [suspect.pk]
    assert [delivery.pk for delivery in claim()] == [after.pk]


def test_a_process_prepares_one_that_a_worker_died_with_at_a_time(
    plan, claim, make_channel, now
) -> None:
    elsewhere = make_channel(network="wire")
    suspect, another = plan(crashes=1), plan(channel=elsewhere, crashes=1)
    with Apart() as one, Apart() as two:
        assert [delivery.pk for delivery in claim(apart=one)] == [suspect.pk]
        assert claim(elsewhere, apart=two) == []
        one.end()
        assert [delivery.pk for delivery in claim(elsewhere, apart=two)] == [another.pk]


def test_what_is_due_behind_one_that_waits_for_its_turn_need_not_wait(plan, claim) -> None:
    suspect, after = plan(crashes=1), plan()
    with Apart() as one, Apart() as two:
        assert one.begin()
        assert [delivery.pk for delivery in claim(apart=two)] == [after.pk]
        one.end()
        assert [delivery.pk for delivery in claim(apart=two)] == [suspect.pk]


def test_what_nobody_died_with_waits_for_no_turn(plan, claim) -> None:
    plan()
    with Apart() as one, Apart() as two:
        assert one.begin()
        assert len(claim(apart=two)) == 1


@pytest.mark.parametrize("limit", [1, 3])
def test_one_that_a_worker_died_with_has_its_turn_among_ever_new_ones(
    plan, claim, limit, now
) -> None:
    plan(), plan()
    suspect = plan(crashes=1)
    rounds = []
    for _ in range(6):
        # there are always more fresh ones than a worker takes at once
        for _ in range(limit + 1):
            plan(due_at=now)
        rounds.append([delivery.pk for delivery in claim(limit=limit)])
    assert [suspect.pk] in rounds
    # what was due before goes before it
    assert suspect.pk not in rounds[0]


def test_one_that_a_worker_died_with_has_its_turn_behind_a_line_of_late_ones(
    plan, claim, channel, now
) -> None:
    channel.late_policy = "always"
    channel.late_spacing_minutes = 5
    channel.save()
    next_place = now + timedelta(minutes=5)
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, next_late_at=next_place)
    for _ in range(3):
        plan(due_at=now - timedelta(hours=1))
    suspect = plan(crashes=1)
    plan()
    assert [delivery.pk for delivery in claim(limit=2)] == [suspect.pk]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (lambda now: Delivery.objects.due(now).filter(channel=1), "delivery_due_by_channel"),
        (lambda now: Delivery.objects.due(now).order_by("next_try_at"), "delivery_by_next_try"),
        (
            lambda now: Delivery.objects.in_hand().filter(channel=1, lease_until__gt=now),
            "delivery_leased",
        ),
        (Delivery.objects.to_look_up, "delivery_by_next_try"),
    ],
)
def test_the_queue_is_read_by_the_index_made_for_it(query, index, now) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by what is in the tables, and these are empty")
    assert index in query(now).explain()
