"""What expires comes down by itself; where it can't, a person is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.delivery import ticks
from hub.delivery.actions import cancel_delivery, confirm_live, withdraw_live
from hub.delivery.models import Delivery
from hub.delivery.reconcile import reconcile
from spokes.channels.connectors.base import Accepted, Refused, RetryAfter, Sent
from tests.hub.steps import put

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def expire(now) -> Delivery | None:
    ticks.expire(now)
    return Delivery.objects.filter(kind="withdraw").exclude(state="cancelled").first()


@pytest.fixture
def short(make_post, now):
    """A post that expires in an hour."""
    return make_post(expires_at=now + HOUR)


@pytest.fixture
def live(plan, send, short) -> Delivery:
    delivery = plan(short)
    send()
    return fresh(delivery)


def test_where_a_network_can_not_take_down_a_person_is_told_to_do_it_there(
    network, live, send, now
) -> None:
    network.able(can_withdraw=False)
    withdrawal = expire(now + HOUR)
    send(minutes=60)
    row = fresh(withdrawal)
    assert (row.state, network.wire.calls[1:]) == ("refused", [])
    assert "please remove it there" in row.reason
    # the same is not asked again, and "done by hand" ends it
    ticks.expire(now + 2 * HOUR)
    assert Delivery.objects.filter(kind="withdraw").count() == 1
    confirm_live(delivery=row, actor=None)
    assert fresh(live).withdrawn_at is not None


def test_a_network_that_is_busy_then_is_asked_again(wire, live, send, now) -> None:
    wire.answers = [RetryAfter("Slow down.", timedelta(minutes=5)), RetryAfter("Nobody home.")]
    withdrawal = expire(now + HOUR)
    send(minutes=60)
    assert fresh(withdrawal).state == "waiting"
    send(minutes=66)
    assert fresh(withdrawal).state == "waiting"
    send(minutes=90)
    assert fresh(withdrawal).state == "live"
    assert fresh(live).withdrawn_at is not None


def test_what_a_network_refuses_to_take_down_waits_for_a_person(wire, live, send, now) -> None:
    wire.answers = [Refused("Too old to delete")]
    withdrawal = expire(now + HOUR)
    send(minutes=60)
    assert (fresh(withdrawal).state, fresh(withdrawal).reason) == ("refused", "Too old to delete")
    assert fresh(live).withdrawn_at is None


def test_what_is_accepted_when_it_expires_comes_down_once_it_is_there(
    wire, plan, send, short, now
) -> None:
    wire.answers = [Accepted("h1")]
    delivery = plan(short)
    send()
    assert expire(now + HOUR) is None
    wire.findings = [Sent("r1")]
    reconcile(now + HOUR)
    assert fresh(delivery).state == "live"
    withdrawal = expire(now + HOUR)
    send(minutes=61)
    assert (fresh(withdrawal).state, wire.calls[-1][1].remote_id) == ("live", "r1")


def test_a_doubtful_one_that_has_expired_comes_down_when_a_person_has_seen_it(
    plan, send, short, manager, wire, now
) -> None:
    delivery = plan(short, state="review", uncertain=True)
    assert expire(now + HOUR) is None
    confirm_live(delivery=delivery, actor=manager, remote_id=" r9 ")
    withdrawal = expire(now + HOUR)
    send(minutes=61)
    assert (fresh(withdrawal).state, wire.calls[-1][1].remote_id) == ("live", "r9")


def test_a_withdrawal_that_was_called_off_before_does_not_keep_it_there(live, manager, now) -> None:
    early = withdraw_live(delivery=live, actor=manager, reason="Wrong", now=now)
    cancel_delivery(delivery=early, actor=manager)
    assert expire(now + HOUR) is not None


def test_a_withdrawal_that_a_person_called_off_after_the_expiry_stays_off(
    live, manager, now
) -> None:
    withdrawal = expire(now + HOUR)
    cancel_delivery(delivery=withdrawal, actor=manager)
    assert expire(now + 2 * HOUR) is None


def test_a_webhook_goes_by_our_key_also_for_what_a_person_saw(
    make_channel, make_post, plan, manager
) -> None:
    hook = make_channel(network="webhook")
    delivery = plan(make_post(), channel=hook, state="review", uncertain=True)
    confirm_live(delivery=delivery, actor=manager)
    assert fresh(delivery).remote_id == delivery.key


def test_elsewhere_an_id_that_nobody_gave_is_not_made_up(plan, manager) -> None:
    delivery = plan(state="review", uncertain=True)
    confirm_live(delivery=delivery, actor=manager)
    assert fresh(delivery).remote_id == ""


def test_an_edit_of_what_has_expired_is_not_sent(live, plan, send, wire, now) -> None:
    edit = plan(live.post, kind="edit", target=live, due_at=now + HOUR)
    send(minutes=60)
    assert fresh(edit).state == "missed"
    assert [call for call, _ in wire.calls] == ["commit"]


def test_an_edit_that_is_on_the_wire_is_followed_by_the_withdrawal(live, plan, send, now) -> None:
    edit = plan(live.post, kind="edit", target=live)
    put(edit, "sending")
    withdrawal = expire(now + HOUR)
    send(minutes=60)
    assert fresh(withdrawal).state == "scheduled"
    put(edit, "live")
    send(minutes=61)
    assert fresh(withdrawal).state == "live"


def test_what_comes_up_days_after_its_expiry_is_taken_down_by_the_rarer_round(
    live, wire, now
) -> None:
    late = now + HOUR + ticks.EXPIRED_LATELY
    assert ticks.expire(late) == 0
    assert ticks.expire_all(late) == 1
    assert ticks.expire_all(late) == 0


def test_the_round_reads_the_index_of_expiries_and_no_other_posts(now) -> None:
    with CaptureQueriesContext(connection) as asked:
        ticks.expire(now)
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a table as small as this one whole, whatever indexes it has")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "post_by_expiry" in plan
    assert "SCAN" not in plan
