"""Several hands on one post at the same moment: workers, ticks and people."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection, transaction

from hub.delivery import actions
from hub.delivery.exceptions import NotPossibleNow
from hub.delivery.last_checks import Stop
from hub.delivery.models import Delivery
from hub.delivery.reap import reap
from hub.delivery.reconcile import reconcile
from hub.delivery.settle import settle_stop
from hub.delivery.states import State
from hub.schedule.actions import schedule_post, update_live_post, withdraw_delivery, withdraw_post

pytestmark = pytest.mark.django_db(transaction=True)
reaping = import_module("hub.delivery.reap")


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Let ``second`` begin, elsewhere, while the transaction of ``first`` is still open."""

    def elsewhere() -> None:
        try:
            second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            running = pool.submit(elsewhere)
            # long enough to get as far as it can before the commit
            wait([running], 0.3)
        running.result(10)


@pytest.fixture
def ending(plan, make_post, make_channel, now):
    """Two deliveries of one locked post, both in hand, each about to end."""
    post = make_post(locked_at=now)
    lease = {"state": "claimed", "lease_until": now + timedelta(minutes=1), "lease_token": 1}
    return [plan(post, channel=make_channel(network="wire"), **lease) for _ in range(2)]


def test_a_post_is_unlocked_when_its_last_two_deliveries_end_at_once(ending, now) -> None:
    stop = Stop(State.MISSED, "Too late.")
    meanwhile(
        lambda: settle_stop(delivery=ending[0], stop=stop, now=now),
        lambda: settle_stop(delivery=ending[1], stop=stop, now=now),
    )
    post = ending[0].post
    post.refresh_from_db()
    assert post.locked_at is None


def test_a_post_that_is_planned_anew_while_a_delivery_ends_stays_locked(
    ending, make_channel, editor, now
) -> None:
    ending[1].move(State.MISSED)
    stop = Stop(State.MISSED, "Too late.")
    other = make_channel(network="wire")
    meanwhile(
        lambda: schedule_post(post=ending[0].post, actor=editor, channels=[other]),
        lambda: settle_stop(delivery=ending[0], stop=stop, now=now),
    )
    post = ending[0].post
    post.refresh_from_db()
    assert post.locked_at is not None


def test_two_people_withdraw_at_once_and_one_withdrawal_is_planned(plan, manager) -> None:
    live = plan(state="live", remote_id="r1")
    meanwhile(
        lambda: withdraw_delivery(delivery=live, actor=manager),
        lambda: withdraw_delivery(delivery=fresh(live), actor=manager),
    )
    assert Delivery.objects.filter(kind="withdraw").count() == 1


def test_who_withdraws_again_what_could_not_be_taken_down_tries_it_again(
    plan, send, wire, manager
) -> None:
    live = plan(state="live", remote_id="r1")
    dead = plan(live.post, kind="withdraw", target=live, state="dead", tries=8)
    assert withdraw_delivery(delivery=live, actor=manager) == dead
    assert (fresh(dead).state, fresh(dead).tries) == ("scheduled", 0)
    assert Delivery.objects.filter(kind="withdraw").count() == 1


def test_a_worker_claims_while_a_person_withdraws_and_nothing_goes_out(
    plan, make_post, manager, send, wire
) -> None:
    delivery = plan()
    meanwhile(lambda: withdraw_post(post=delivery.post, actor=manager), send)
    assert (fresh(delivery).state, wire.posted) == ("cancelled", [])


def test_what_is_being_withdrawn_does_not_go_out_any_more(plan, manager, send, wire, now) -> None:
    delivery = plan(state="sending", lease_until=now + timedelta(minutes=1), lease_token=1)
    withdrawal = withdraw_delivery(delivery=delivery, actor=manager)
    delivery.move(State.WAITING, next_try_at=now)
    Delivery.objects.filter(pk=withdrawal.pk).update(due_at=now, next_try_at=now)
    send()
    assert (fresh(delivery).state, wire.calls) == ("cancelled", [])
    send(minutes=1)
    assert fresh(withdrawal).state == "cancelled"


def test_what_is_being_withdrawn_can_not_be_sent_again_by_hand(plan, manager, now) -> None:
    delivery = plan(state="review", uncertain=True)
    withdraw_delivery(delivery=delivery, actor=manager)
    with pytest.raises(NotPossibleNow, match="taken down"):
        actions.retry_delivery(delivery=delivery, actor=manager)


def test_an_edit_never_follows_a_withdrawal(plan, manager, send, wire, now) -> None:
    live = plan(state="live", remote_id="r1")
    edit = plan(live.post, kind="edit", target=live, state="sending", lease_until=now)
    withdrawal = actions.withdraw_live(delivery=live, actor=manager, reason="Wrong", now=now)
    send()
    # the edit may still arrive: the withdrawal waits for it
    assert (fresh(withdrawal).state, wire.calls) == ("scheduled", [])
    edit.move(State.WAITING, next_try_at=now)
    send()
    assert (fresh(edit).state, wire.calls) == ("cancelled", [])
    send(minutes=1)
    assert fresh(withdrawal).state == "live"


@pytest.mark.parametrize("state", ["claimed", "waiting", "refused"])
def test_a_newer_text_takes_the_place_of_an_edit_that_was_not_sent(plan, manager, state) -> None:
    live = plan(state="live", remote_id="r1")
    edit = plan(live.post, kind="edit", target=live, state=state)
    (newer,) = update_live_post(post=live.post, actor=manager)
    assert (fresh(edit).state, newer.state) == ("cancelled", "scheduled")


def test_a_newer_text_says_that_an_edit_is_just_being_sent(plan, manager, now) -> None:
    live = plan(state="live", remote_id="r1")
    plan(live.post, kind="edit", target=live, state="sending", lease_until=now)
    with pytest.raises(NotPossibleNow, match="sent"):
        update_live_post(post=live.post, actor=manager)


def test_an_edit_whose_worker_died_may_be_replaced_for_it_hurts_nobody_twice(
    plan, manager, now
) -> None:
    live = plan(state="live", remote_id="r1")
    edit = plan(live.post, kind="edit", target=live, state="sending", lease_until=now, tries=1)
    reap(now)
    reconcile(now)
    assert (fresh(edit).state, fresh(edit).uncertain) == ("waiting", False)
    (newer,) = update_live_post(post=live.post, actor=manager)
    assert newer.state == "scheduled"


def test_a_late_reaper_counts_no_crash_against_a_worker_that_came_back(plan, now) -> None:
    delivery = plan(state="claimed", lease_until=now, lease_token=1)
    seen_by_reaper = fresh(delivery)
    delivery.move(State.SENDING, first_sent_at=now)
    stop = Stop(State.SCHEDULED, "The worker died.", crashes=1)
    settle_stop(delivery=seen_by_reaper, stop=stop, now=now)
    assert (fresh(delivery).state, fresh(delivery).crashes) == ("sending", 0)


@pytest.mark.parametrize("state", ["claimed", "sending"])
def test_a_lease_that_is_renewed_while_the_reaper_looks_stays_with_its_worker(
    plan, now, monkeypatch, state
) -> None:
    delivery = plan(state=state, lease_until=now, lease_token=1, lease_owner="w1")
    taking = reaping._take_back

    def renewed(seen: Delivery, *words: Any) -> None:
        lease_until = now + timedelta(minutes=1)
        Delivery.objects.filter(pk=delivery.pk).update(lease_until=lease_until)
        taking(seen, *words)

    monkeypatch.setattr(reaping, "_take_back", renewed)
    reap(now)
    assert (fresh(delivery).state, fresh(delivery).crashes) == (state, 0)
    monkeypatch.setattr(reaping, "_take_back", taking)
    reap(now + timedelta(minutes=2))
    assert fresh(delivery).state != state
