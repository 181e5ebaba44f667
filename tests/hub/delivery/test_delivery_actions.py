"""What a person may do with a delivery, and when it is too late for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from content.audit.models import AuditEntry
from hub.delivery import actions
from hub.delivery.exceptions import NotPossibleNow
from hub.delivery.models import Delivery
from tests.hub.steps import put

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_a_planned_delivery_can_be_cancelled(plan, manager, send, wire) -> None:
    delivery = plan()
    actions.cancel_delivery(delivery=delivery, actor=manager)
    send()
    assert (fresh(delivery).state, wire.calls) == ("cancelled", [])
    assert AuditEntry.objects.about(delivery).get().actor == manager


def test_what_is_being_sent_can_not_be_cancelled(plan, manager) -> None:
    delivery = plan()
    put(delivery, "sending", lease_token=1)
    with pytest.raises(NotPossibleNow, match="at this moment"):
        actions.cancel_delivery(delivery=delivery, actor=manager)


def test_cancelling_what_may_be_out_leads_to_review(plan, manager) -> None:
    delivery = plan(state="waiting", uncertain=True, tries=1)
    actions.cancel_delivery(delivery=delivery, actor=manager)
    assert fresh(delivery).state == "review"


@pytest.mark.parametrize("state", ["refused", "missed", "dead", "review"])
def test_a_person_sends_again_under_the_same_key(plan, manager, state, send, wire) -> None:
    delivery = plan(state=state, reason="Something", tries=8)
    actions.retry_delivery(delivery=delivery, actor=manager)
    Delivery.objects.update(due_at=delivery.created_at, next_try_at=delivery.created_at)
    send()
    assert fresh(delivery).state == "live"
    assert wire.calls[0][1].key == delivery.key


@pytest.mark.parametrize("state", ["scheduled", "live", "unknown", "cancelled"])
def test_only_what_needs_a_person_can_be_sent_again(plan, manager, state) -> None:
    with pytest.raises(NotPossibleNow):
        actions.retry_delivery(delivery=plan(state=state), actor=manager)


def test_a_person_who_saw_it_there_settles_it(plan, manager) -> None:
    delivery = plan(state="review", uncertain=True)
    actions.confirm_live(delivery=delivery, actor=manager, url="https://example.org/p/1")
    assert (fresh(delivery).state, fresh(delivery).remote_url) == (
        "live",
        "https://example.org/p/1",
    )


def test_a_planned_delivery_can_be_moved(plan, manager, now, send) -> None:
    delivery = plan()
    actions.move_in_time(delivery=delivery, at=now + timedelta(hours=1), actor=manager)
    assert send() == 0
    assert send(minutes=60) == 1


def test_withdrawing_drops_the_edits_that_have_not_begun(plan, manager, now) -> None:
    live = plan(state="live")
    edit = plan(live.post, kind="edit", target=live)
    actions.withdraw_live(delivery=live, actor=manager, reason="Wrong", now=now)
    assert fresh(edit).state == "cancelled"


def test_asking_twice_for_a_withdrawal_plans_one(plan, manager, now) -> None:
    live = plan(state="live")
    first = actions.withdraw_live(delivery=live, actor=manager, reason="Wrong", now=now)
    second = actions.withdraw_live(delivery=live, actor=manager, reason="Wrong", now=now)
    assert first == second


def test_a_post_that_lost_its_approval_is_not_sent_again(plan, manager, make_post) -> None:
    delivery = plan(make_post(state="draft"), state="refused")
    with pytest.raises(NotPossibleNow, match="must be approved"):
        actions.retry_delivery(delivery=delivery, actor=manager)


def test_where_the_network_can_not_take_it_down_a_person_is_asked(
    plan, manager, network, send, wire, now
) -> None:
    network.able(can_withdraw=False)
    live = plan(state="live")
    withdrawal = actions.withdraw_live(delivery=live, actor=manager, reason="Wrong", now=now)
    send()
    assert fresh(withdrawal).state == "refused"
    assert "remove it there" in fresh(withdrawal).reason
    assert fresh(live).withdrawn_at is None


def test_a_withdrawal_of_what_never_went_out_is_dropped(plan, manager, send, now) -> None:
    missed = plan(state="missed")
    withdrawal = plan(missed.post, kind="withdraw", target=missed)
    send()
    assert fresh(withdrawal).state == "cancelled"


def test_a_person_who_took_it_down_by_hand_settles_the_withdrawal(
    plan, manager, network, send, now
) -> None:
    network.able(can_withdraw=False)
    live = plan(state="live")
    withdrawal = actions.withdraw_live(delivery=live, actor=manager, reason="Wrong", now=now)
    send()
    actions.confirm_live(delivery=fresh(withdrawal), actor=manager)
    assert fresh(withdrawal).state == "live"
    assert fresh(live).withdrawn_at is not None


def test_a_refused_post_is_not_there_because_somebody_says_so(plan, manager) -> None:
    with pytest.raises(NotPossibleNow):
        actions.confirm_live(delivery=plan(state="refused"), actor=manager)
