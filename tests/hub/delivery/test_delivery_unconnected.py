"""What waits for its channel's connection: it ends when it is too late, or goes on with it."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.db import connection

from hub.delivery import ticks, unconnected
from hub.delivery.models import Delivery
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.states import State
from hub.delivery.unconnected import end_unsent
from hub.delivery.waves import drop_wave, waves
from hub.schedule.actions import withdraw_delivery
from hub.schedule.models import Slot
from spokes.channels.actions import change_channel
from spokes.channels.connectors.base import AuthLost
from spokes.channels.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
# in nobody's hand, and not sent
WAITING = ("scheduled", "waiting", "blocked")


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def lose(channel: Channel, now) -> None:
    Channel.objects.filter(pk=channel.pk).update(
        auth_lost_at=now - HOUR, auth_lost_reason="The token was revoked."
    )


def connect(channel: Channel, now) -> None:
    Channel.objects.filter(pk=channel.pk).update(auth_lost_at=None, auth_lost_reason="")
    ticks.resume_blocked(now)


@pytest.fixture(autouse=True)
def lost(channel, now) -> Channel:
    """The wire channel, whose network refused our credentials an hour ago."""
    lose(channel, now)
    return channel


def follow(channel: Channel, policy: str) -> None:
    change_channel(channel=channel, fields={"late_policy": policy})


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", WAITING)
def test_one_whose_post_expires_is_missed_and_says_what_it_waited_for(
    plan, make_post, lost, now, state
) -> None:
    follow(lost, "always")
    delivery = plan(make_post(expires_at=now), state=state)
    assert end_unsent(now - SECOND) == 0
    assert end_unsent(now + SECOND) == 1
    assert fresh(delivery).state == "missed"
    assert fresh(delivery).settled_at == now + SECOND
    assert fresh(delivery).reason == (
        "The post expired at 2026-06-15 12:00 UTC. "
        "Its channel has had no connection since 2026-06-15 11:00 UTC. The token was revoked."
    )


@pytest.mark.parametrize("state", WAITING)
@pytest.mark.parametrize(
    ("policy", "evergreen", "missed_after"),
    [("never", True, 15), ("standard", False, 15), ("standard", True, 120)],
)
def test_one_that_its_channels_policy_misses_is_missed_as_soon_as_it_is_too_late(
    plan, make_post, lost, now, state, policy, evergreen, missed_after
) -> None:
    follow(lost, policy)
    delivery = plan(make_post(evergreen=evergreen), state=state)
    last_moment = now + timedelta(minutes=missed_after)
    assert end_unsent(last_moment) == 0
    assert end_unsent(last_moment + SECOND) == 1
    assert fresh(delivery).state == "missed"
    assert "too late for this channel. Its channel has had no connection" in fresh(delivery).reason


@pytest.mark.parametrize("policy", ["always", "next_slot"])
@pytest.mark.parametrize("state", WAITING)
def test_one_that_is_never_too_late_for_its_channel_waits_on(
    plan, lost, now, policy, state
) -> None:
    follow(lost, policy)
    delivery = plan(state=state)
    assert end_unsent(now + timedelta(days=30)) == 0
    assert fresh(delivery).state == state


@pytest.mark.parametrize("state", ["scheduled", "waiting"])
def test_on_a_connected_channel_the_claim_ends_it(
    plan, make_post, make_channel, now, state
) -> None:
    here = make_channel(network="wire", late_policy="never")
    delivery = plan(make_post(expires_at=now), channel=here, state=state, due_at=now - HOUR)
    assert end_unsent(now) == 0
    assert fresh(delivery).state == state


def test_what_may_be_out_already_is_left_to_a_person(plan, lost, now) -> None:
    follow(lost, "never")
    doubtful = plan(due_at=now - HOUR, state="blocked", uncertain=True)
    assert end_unsent(now) == 1
    assert fresh(doubtful).state == "review"
    assert "The token was revoked." in fresh(doubtful).reason
    assert fresh(doubtful).reason.endswith("please look whether it is there.")


def test_an_edit_ends_with_its_post_and_not_by_being_late(plan, make_post, lost, now) -> None:
    follow(lost, "never")
    post = make_post(expires_at=now + HOUR)
    target = plan(post, state="live")
    edit = plan(post, kind="edit", target=target, state="blocked")
    assert end_unsent(now + HOUR - SECOND) == 0
    assert end_unsent(now + HOUR) == 1
    assert fresh(edit).state == "missed"


def test_to_take_something_down_is_never_too_late(plan, make_post, lost, now) -> None:
    follow(lost, "never")
    post = make_post(expires_at=now)
    down = plan(post, kind="withdraw", target=plan(post, state="live"), state="blocked")
    assert end_unsent(now + timedelta(days=30)) == 0
    assert fresh(down).state == "blocked"


def test_what_was_withdrawn_while_it_was_on_the_wire_ends_with_its_withdrawal(
    plan, send, wire, on_call, lost, manager, now
) -> None:
    connect(lost, now)
    follow(lost, "always")
    delivery = plan()
    wire.answers = [AuthLost("The token was revoked.")]
    on_call(1, lambda: withdraw_delivery(delivery=delivery, actor=manager))
    send()
    assert fresh(delivery).state == "blocked"
    # it was asked for at the time of this machine, not of this test
    Delivery.objects.filter(kind="withdraw").update(due_at=now)
    end_unsent(now + HOUR)
    end_unsent(now + HOUR)
    assert [row.state for row in Delivery.objects.order_by("pk")] == ["cancelled", "cancelled"]
    assert "being withdrawn" in fresh(delivery).reason


def test_one_that_can_not_be_ended_stops_no_other(plan, make_post, now, monkeypatch) -> None:
    first, second = (plan(make_post(expires_at=now), state="blocked") for _ in range(2))
    settle = unconnected.settle_stop

    def settled(*, delivery: Delivery, **words: object) -> None:
        if delivery == first:
            raise RuntimeError("its row is broken")
        settle(delivery=delivery, **words)

    monkeypatch.setattr(unconnected, "settle_stop", settled)
    assert end_unsent(now + SECOND) == 1
    assert [fresh(row).state for row in (first, second)] == ["blocked", "missed"]


def test_one_that_was_moved_or_sent_on_since_it_was_found_is_left_alone(
    plan, make_post, lost, now, monkeypatch
) -> None:
    follow(lost, "never")
    moved, sent_on = (plan(due_at=now - HOUR, state=state) for state in ("scheduled", "blocked"))
    lock = unconnected.lock_posts

    def act_before(post_ids) -> None:
        Delivery.objects.filter(pk=moved.pk).update(due_at=now + HOUR, next_try_at=now + HOUR)
        Delivery.objects.filter(pk=sent_on.pk, state="blocked").update(state="cancelled")
        lock(post_ids)

    monkeypatch.setattr(unconnected, "lock_posts", act_before)
    assert end_unsent(now) == 0
    assert [fresh(row).state for row in (moved, sent_on)] == ["scheduled", "cancelled"]


def test_a_channel_that_was_connected_since_it_was_found_sends_by_itself(
    plan, lost, now, monkeypatch
) -> None:
    follow(lost, "never")
    delivery = plan(due_at=now - HOUR, state="blocked")
    lock = unconnected.lock_posts

    def connect_before(post_ids) -> None:
        Channel.objects.update(auth_lost_at=None)
        lock(post_ids)

    monkeypatch.setattr(unconnected, "lock_posts", connect_before)
    assert end_unsent(now) == 0
    assert fresh(delivery).state == "blocked"


def test_its_end_lets_the_post_be_edited_again(plan, make_post, now) -> None:
    delivery = plan(make_post(expires_at=now, locked_at=now), state="blocked")
    end_unsent(now + SECOND)
    assert fresh(delivery).post.locked_at is None


def test_where_all_are_connected_the_round_asks_once(lost, now, django_assert_num_queries) -> None:
    connect(lost, now)
    with django_assert_num_queries(1):
        end_unsent(now)


def test_neither_the_round_nor_a_wave_is_sought_among_all_that_was_ever_published(
    lost, now
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by what is in the tables, and these are empty")
    blocked: DeliveryQuerySet = unconnected._in_vain(State.BLOCKED, now)
    for rows in (blocked, Delivery.objects.late(now).on(lost.pk)):
        plan_of_database = rows.explain()
        for index in ("delivery_by_channel", "delivery_by_kind", "delivery_by_time"):
            assert index not in plan_of_database


# --- the wave -------------------------------------------------------------------------------------


def test_blocked_ones_are_of_the_wave_and_are_dropped_with_it(plan, lost, manager, now) -> None:
    follow(lost, "always")
    rows = [plan(due_at=now - HOUR, state=state) for state in WAITING]
    (wave,) = waves(Channel.objects.all(), now=now).first
    assert (wave.going, wave.done_by) == (3, None)
    assert drop_wave(channel=lost, actor=manager, now=now) == 3
    assert {fresh(row).state for row in rows} == {"missed"}
    assert waves(Channel.objects.all(), now=now).first == []


def test_a_blocked_one_that_may_be_out_is_dropped_into_review(plan, lost, manager, now) -> None:
    follow(lost, "always")
    doubtful = plan(due_at=now - HOUR, state="blocked", uncertain=True)
    assert drop_wave(channel=lost, actor=manager, now=now) == 1
    assert fresh(doubtful).state == "review"


# --- with the connection --------------------------------------------------------------------------


def test_what_was_blocked_keeps_the_pace_of_the_wave_when_the_connection_is_back(
    plan, send, wire, lost, now
) -> None:
    follow(lost, "always")
    for _ in range(3):
        plan(due_at=now - 5 * HOUR, state="blocked")
    assert end_unsent(now) == 0
    connect(lost, now)
    gone_out = []
    for minute in range(5):
        send(minutes=minute)
        send(minutes=minute)
        gone_out.append(len(wire.posted))
    assert gone_out == [1, 1, 2, 2, 3]


def test_what_was_blocked_takes_the_next_free_slot_when_the_connection_is_back(
    plan, send, wire, lost, now
) -> None:
    follow(lost, "next_slot")
    for day in range(7):
        Slot.objects.create(channel=lost, weekday=day, wall_time=time(15), zone="UTC")
    delivery = plan(due_at=now - 5 * HOUR, state="blocked")
    assert end_unsent(now) == 0
    connect(lost, now)
    send()
    assert (fresh(delivery).state, fresh(delivery).due_at.hour) == ("scheduled", 15)
    assert wire.posted == []
    send(minutes=3 * 60)
    assert fresh(delivery).state == "live"
