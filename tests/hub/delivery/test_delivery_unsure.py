"""What may be out already is never sent blindly, never dropped silently."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery import actions, ticks
from hub.delivery.models import Attempt, Delivery
from hub.delivery.reconcile import reconcile
from hub.schedule.actions import withdraw_delivery
from spokes.channels.connectors.base import Accepted, Dedupe, Sent, Unknown

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


@pytest.mark.parametrize("state", ["scheduled", "waiting", "blocked"])
def test_cancelling_what_may_be_out_leads_to_review(plan, manager, state) -> None:
    delivery = plan(state=state, uncertain=True, tries=1)
    actions.cancel_delivery(delivery=delivery, actor=manager)
    assert fresh(delivery).state == "review"


def test_what_waited_for_the_connection_is_a_repeat_when_it_was_tried(plan, now) -> None:
    delivery = plan(state="blocked", uncertain=True, tries=1)
    ticks.resume_blocked(now)
    assert (fresh(delivery).state, fresh(delivery).uncertain) == ("waiting", True)


def test_what_the_network_took_but_never_showed_is_not_dropped_by_a_withdrawal(
    plan, wire, manager, now
) -> None:
    delivery = plan(state="accepted", handle="c1", first_sent_at=now, tries=1)
    for minutes in (31, 32, 33):
        wire.findings = [Accepted("c1")]
        reconcile(now + timedelta(minutes=minutes))
    assert fresh(delivery).state == "review"
    withdrawal = withdraw_delivery(delivery=fresh(delivery), actor=manager)
    assert (withdrawal.kind, fresh(delivery).state) == ("withdraw", "review")


def test_a_key_that_ran_out_while_the_repeat_waited_is_not_trusted(
    plan, send, network, wire, now, make_post
) -> None:
    network.able(dedupe=Dedupe.KEY, can_find=False, key_lifetime=timedelta(minutes=50))
    delivery = plan(make_post(evergreen=True), state="waiting", uncertain=True, tries=1)
    Delivery.objects.update(first_sent_at=now)
    send(minutes=51)
    assert wire.calls == []
    reconcile(now + timedelta(minutes=52))
    assert fresh(delivery).state == "review"


def test_not_seen_while_the_key_lives_is_no_proof_for_later(plan, network, now) -> None:
    network.able(dedupe=Dedupe.KEY, key_lifetime=timedelta(minutes=50))
    delivery = plan(state="unknown", uncertain=True, tries=1, first_sent_at=now)
    reconcile(now)
    assert (fresh(delivery).state, fresh(delivery).uncertain) == ("waiting", True)


def test_absence_is_proved_from_the_last_call_not_from_the_first(plan, send, wire, now) -> None:
    delivery = plan(first_sent_at=now - timedelta(minutes=20), tries=1, state="waiting")
    wire.answers = [Unknown("No answer.")]
    send()
    for seconds in (6, 25, 59):
        Delivery.objects.update(next_try_at=now)
        reconcile(now + timedelta(seconds=seconds))
    assert (fresh(delivery).absences, fresh(delivery).state) == (3, "unknown")


def test_one_sent_again_by_hand_days_later_is_looked_up_for_as_long_as_any(
    plan, send, wire, now, make_post
) -> None:
    delivery = plan(first_sent_at=now - timedelta(days=2), state="scheduled")
    wire.answers = [Unknown("No answer.")]
    send()
    reconcile(now + timedelta(seconds=10))
    assert fresh(delivery).state == "unknown"


def test_an_answer_that_came_late_stops_the_repeat(plan, send, wire, now) -> None:
    delivery = plan(state="waiting", tries=1, first_sent_at=now, lease_token=2)
    Attempt.objects.create(
        delivery=delivery,
        number=1,
        lease_token=1,
        worker="w",
        started_at=now,
        ended_at=now,
        outcome="sent",
        orphaned=True,
        remote_id="remote-5",
    )
    send()
    assert wire.calls == []
    reconcile(now)
    assert (fresh(delivery).state, fresh(delivery).remote_id) == ("live", "remote-5")


def test_a_change_is_simply_said_again_without_asking(plan, network, wire, now) -> None:
    live = plan(state="live", remote_id="r1")
    edit = plan(live.post, kind="edit", target=live, state="unknown", tries=1)
    wire.findings = [Unknown("Their list is down.")]
    reconcile(now)
    assert (fresh(edit).state, len(wire.findings)) == ("waiting", 1)


@pytest.mark.parametrize("finding", [Sent("r" * 400, "u" * 700), Accepted("h" * 400)])
def test_long_answers_end_it_as_short_ones_do(plan, wire, now, finding) -> None:
    delivery = plan(state="unknown", uncertain=True, tries=1, first_sent_at=now)
    wire.findings = [finding]
    reconcile(now)
    assert fresh(delivery).state in ("live", "accepted")


def test_an_answer_with_a_nought_in_it_can_be_kept(plan, send, wire) -> None:
    delivery = plan()
    wire.answers = [Unknown("half an ans\x00")]
    send()
    assert fresh(delivery).state == "unknown"


def test_a_text_that_changed_during_the_review_is_not_sent_in_its_old_words(
    plan, send, wire, manager, make_post, now
) -> None:
    post = make_post(title="New words", revision=2)
    old = {"payload": {"title": "Old words"}, "first_sent_at": now, "post_revision": 1}
    delivery = plan(post, state="review", uncertain=True, **old)
    actions.retry_delivery(delivery=delivery, actor=manager)
    Delivery.objects.update(due_at=now, next_try_at=now)
    send()
    assert wire.calls[0][1].payload["title"] == "New words"


def test_nothing_is_told_to_a_network_about_a_post_whose_id_nobody_knows(
    plan, send, wire, manager
) -> None:
    live = plan(state="live", remote_id="")
    withdrawal = plan(live.post, kind="withdraw", target=live)
    send()
    assert (fresh(withdrawal).state, wire.calls) == ("refused", [])
    assert "by hand" in fresh(withdrawal).reason
