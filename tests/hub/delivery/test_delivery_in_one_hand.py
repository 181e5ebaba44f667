"""Where a doubt is resolved by key or by look-up, intents are written together, then all called."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.delivery import actions, engine, intent, policy
from hub.delivery.engine import Pace
from hub.delivery.gates import gate_name
from hub.delivery.intent import may_go_together
from hub.delivery.models import Attempt, Delivery, Gate, Hold
from hub.delivery.reap import reap
from hub.delivery.reconcile import reconcile
from hub.delivery.signs import leaving
from spokes.channels.actions import pause_channel
from spokes.channels.connectors.base import (
    Accepted,
    AuthLost,
    Dedupe,
    NotThere,
    Refused,
    RetryAfter,
    Sent,
    Unknown,
)
from spokes.channels.connectors.registry import connector_for
from spokes.channels.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(network, channel, now, monkeypatch) -> Gate:
    """A channel whose calls are known to be quick, and a machine that has time for them."""
    network.able(dedupe=Dedupe.KEY, can_find=False)
    monkeypatch.setattr(policy, "QUICK_BATCH_TIME", timedelta(minutes=5))
    return Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=True)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def outcomes() -> list[str]:
    return list(Attempt.objects.order_by("delivery", "pk").values_list("outcome", flat=True))


def once(channel: Channel) -> None:
    """Send one hand of it."""
    now = Delivery.objects.latest("due_at").due_at
    engine.send_next(connector=connector_for(channel), worker="w", now=now)


class Killed(BaseException):
    """The process is gone: nothing in it can catch this."""


def die() -> None:
    raise Killed


def test_the_first_call_shows_how_quick_it_is_and_the_rest_are_begun_together(
    plan, send, wire
) -> None:
    for _ in range(4):
        plan()
    seen: list[tuple[list[str], int]] = []
    wire.before_call = lambda letter: seen.append(
        (states(), Attempt.objects.filter(ended_at=None).count())
    )
    assert send() == 4
    assert seen == [
        (["sending", "claimed", "claimed", "claimed"], 1),
        (["live", "sending", "sending", "sending"], 3),
        (["live", "sending", "sending", "sending"], 3),
        (["live", "sending", "sending", "sending"], 3),
    ]
    assert states() == ["live"] * 4
    assert outcomes() == ["sent"] * 4
    rows = Delivery.objects.exclude(remote_id="").filter(lease_owner="", lease_until=None, tries=1)
    assert rows.exclude(payload_hash="").filter(first_sent_at__isnull=False).count() == 4


@pytest.mark.parametrize(
    ("outcome", "ends"),
    [
        (RetryAfter("Slow down.", timedelta(minutes=5)), "waiting"),
        (RetryAfter("No connection."), "waiting"),
        (Unknown("The line was cut."), "unknown"),
        (AuthLost("The token is not accepted."), "blocked"),
    ],
)
def test_a_call_that_goes_wrong_in_the_middle_gives_back_those_that_were_not_called(
    plan, wire, channel, outcome, ends
) -> None:
    for _ in range(5):
        plan()
    before = list(Delivery.objects.order_by("pk").values()[3:])
    wire.answers = [Sent("r1"), Sent("r2"), outcome]
    Gate.objects.update(retry_credit=0)
    once(channel)
    assert states() == ["live", "live", ends, "scheduled", "scheduled"]
    assert len(wire.calls) == 3
    after = list(Delivery.objects.order_by("pk").values()[3:])
    # as they were, but for the number of the claim
    assert [{**row, "lease_token": 0} for row in after] == before
    assert outcomes()[3:] == ["not_called", "not_called"]
    assert not Attempt.objects.filter(ended_at=None).exists()


def test_what_was_given_back_goes_out_later_as_if_nothing_had_been(plan, send, wire) -> None:
    for _ in range(4):
        plan()
    wire.answers = [Sent("r1"), RetryAfter("Slow down.", timedelta(seconds=30))]
    send()
    send(minutes=2)
    send(minutes=4)
    assert states() == ["live"] * 4
    assert sorted(wire.posted) == sorted(Delivery.objects.values_list("key", flat=True))
    assert list(Delivery.objects.order_by("pk").values_list("tries", flat=True)) == [1, 1, 1, 1]


def test_one_that_is_refused_or_still_processed_does_not_stop_the_next(plan, send, wire) -> None:
    for _ in range(4):
        plan()
    wire.answers = [Sent("r1"), Refused("No cats."), Accepted("container")]
    send()
    assert states() == ["live", "refused", "accepted", "live"]


@pytest.mark.parametrize("dedupe", [Dedupe.KEY, Dedupe.LOOKUP])
@pytest.mark.parametrize("call", [2, 3])
def test_a_worker_killed_among_the_calls_leaves_nothing_twice_and_nothing_lost(
    plan, send, wire, network, now, monkeypatch, on_call, dedupe, call
) -> None:
    network.able(dedupe=dedupe, can_find=dedupe is Dedupe.LOOKUP)
    for _ in range(4):
        plan()
    on_call(call, die)
    with pytest.raises(Killed):
        send()
    assert states() == ["live", "sending", "sending", "sending"]
    wire.before_call = lambda letter: None
    there = set(wire.posted)
    monkeypatch.setattr(
        network.connector,
        "find",
        lambda self, trace: Sent("found") if trace.key in there else self.wire.findings.pop(),
    )
    sent_again = _resolve(send, wire, now)
    assert states() == ["live"] * 4
    # by its key, the network drops what it has; by the look-up, it is not even sent
    assert sent_again & there == (there - {"key-0"} if dedupe is Dedupe.KEY else set())
    assert there | sent_again == set(Delivery.objects.values_list("key", flat=True))
    # those that died with it are under no suspicion
    assert set(Delivery.objects.values_list("crashes", flat=True)) == {0}


def _resolve(send: Callable[..., int], wire: Any, now: Any) -> set[str]:
    """Let time pass until all is known; returns the keys that were sent meanwhile."""
    before = len(wire.posted)
    for minutes in range(2, 14, 2):
        moment = now + timedelta(minutes=minutes)
        wire.findings = [NotThere() for _ in range(10)]
        reap(moment)
        reconcile(moment)
        send(minutes=minutes)
    return set(wire.posted[before:])


def test_what_its_worker_may_have_died_of_is_not_begun_with_others(plan, network, now) -> None:
    able = network.connector.capabilities
    assert may_go_together(plan(), able, now)
    tried = plan(state="waiting", tries=1, first_sent_at=now)
    assert not may_go_together(tried, able, now)
    assert not may_go_together(plan(crashes=1), able, now)
    assert not may_go_together(plan(uncertain=True, first_sent_at=now), able, now)


def test_only_what_is_resolved_without_a_person_is_begun_together(plan, network, now) -> None:
    delivery = plan()

    def may(**changes: Any) -> bool:
        network.able(**changes)
        return may_go_together(delivery, network.connector.capabilities, now)

    assert may(dedupe=Dedupe.LOOKUP, can_find=True)
    assert not may(dedupe=Dedupe.LOOKUP, can_find=False)
    assert not may(dedupe=Dedupe.NONE, can_find=True)
    assert may(dedupe=Dedupe.KEY, key_lifetime=timedelta(hours=1))
    # the key is forgotten before a call that hangs is over
    assert not may(dedupe=Dedupe.KEY, key_lifetime=timedelta(seconds=30))


@pytest.mark.parametrize("what", ["all", "post", "channel"])
def test_a_stop_in_the_middle_holds_for_what_is_not_called_yet(
    plan, send, wire, channel, manager, monkeypatch, on_call, what
) -> None:
    monkeypatch.setattr(policy, "LOOK_AGAIN", timedelta(0))
    plan(), plan()
    third, fourth = plan(), plan()

    def stop() -> None:
        if what == "channel":
            pause_channel(channel=channel, reason="Stop.", actor=manager)
        else:
            post = third.post if what == "post" else None
            actions.hold(scope=Hold.Scope(what), actor=manager, reason="Stop.", post=post)

    on_call(2, stop)
    send()
    assert states()[:3] == ["live", "live", "scheduled"]
    # the held one holds up nobody
    assert Delivery.objects.get(pk=fourth.pk).state == ("live" if what == "post" else "scheduled")
    assert third.attempts.get().outcome == "not_called"


def test_a_wish_that_another_worker_was_told_holds_for_what_is_not_called_yet(
    plan, send, wire, channel, now, monkeypatch, on_call
) -> None:
    monkeypatch.setattr(policy, "LOOK_AGAIN", timedelta(0))
    plan(), plan(), plan()
    until = now + timedelta(minutes=5)
    gate = Gate.objects.filter(name=gate_name(channel.pk))
    on_call(2, lambda: gate.update(not_before=until))
    send()
    assert states() == ["live", "live", "scheduled"]


def test_a_look_that_fails_costs_the_calls_before_it_nothing(
    plan, send, wire, monkeypatch, on_call
) -> None:
    def fail(*args: object) -> None:
        raise OperationalError("gone away")

    for _ in range(4):
        plan()
    monkeypatch.setattr(policy, "LOOK_AGAIN", timedelta(0))
    on_call(2, lambda: monkeypatch.setattr(engine, "look_for_stops", fail))
    send()
    assert states()[:2] == ["live", "live"]
    assert len(wire.posted) == len(set(wire.posted))
    assert not Delivery.objects.in_hand().exists()


def test_one_that_is_cancelled_before_its_intent_is_passed_over(
    plan, send, wire, manager, on_call
) -> None:
    plan(), plan()
    third, _ = plan(), plan()

    def cancel() -> None:
        claimed = Delivery.objects.get(pk=third.pk)
        actions.cancel_delivery(delivery=claimed, actor=manager)

    on_call(1, cancel)
    send()
    assert states() == ["live", "live", "cancelled", "live"]
    assert len(wire.posted) == 3


def test_an_answer_whose_lease_was_lost_is_kept_and_the_others_are_settled(
    plan, send, wire, now, on_call
) -> None:
    plan()
    second, _ = plan(), plan()

    def reaped() -> None:
        Delivery.objects.get(pk=second.pk).move("unknown", uncertain=True, next_try_at=now)

    on_call(3, reaped)
    send()
    assert states() == ["live", "unknown", "live"]
    attempt = second.attempts.get()
    assert (attempt.orphaned, attempt.outcome) == (True, "sent")


def test_a_lease_that_is_lost_before_the_call_is_left_to_the_look_up(
    plan, send, wire, now, on_call
) -> None:
    plan(), plan()
    third = plan()

    def reaped() -> None:
        Delivery.objects.get(pk=third.pk).move("unknown", uncertain=True, next_try_at=now)

    wire.answers = [Sent("r1"), Unknown("The line was cut.")]
    on_call(2, reaped)
    send()
    assert states() == ["live", "unknown", "unknown"]
    assert third.attempts.get().outcome == "not_called"


def test_a_worker_that_was_held_up_among_the_calls_makes_no_more(
    plan, channel, wire, monkeypatch, on_call
) -> None:
    for _ in range(4):
        plan()
    on_call(2, lambda: monkeypatch.setattr(policy, "GUARD_SECONDS", -1.0))
    once(channel)
    assert len(wire.calls) == 2
    # the one at hand costs a try, those behind it nothing
    assert states() == ["live", "live", "waiting", "scheduled"]


def test_a_worker_that_leaves_hands_back_what_waits_behind_its_call(
    plan, send, wire, on_call
) -> None:
    for _ in range(4):
        plan()
    on_call(2, leaving.set)
    try:
        send()
    finally:
        leaving.clear()
    assert states() == ["live", "live", "scheduled", "scheduled"]
    assert outcomes() == ["sent", "sent", "not_called", "not_called"]


def test_what_waits_behind_a_call_that_hangs_goes_back_while_it_hangs(
    plan, channel, monkeypatch, on_call
) -> None:
    now = timezone.now()
    for _ in range(4):
        plan(due_at=now)
    seen: list[list[str]] = []

    def hang() -> None:
        monkeypatch.setattr(policy, "SLOW_CALL", timedelta(seconds=0.2))
        deadline = time.monotonic() + 20
        pause = threading.Event()
        while "scheduled" not in states() and time.monotonic() < deadline:
            pause.wait(0.05)
        seen.append(states())
        Delivery.objects.planned().update(next_try_at=now + timedelta(days=1))

    monkeypatch.setattr(policy, "RENEW_EVERY", timedelta(seconds=0.1))
    on_call(2, hang)
    engine.send_channel(channel_id=channel.pk, worker="w")
    assert seen == [["live", "sending", "scheduled", "scheduled"]]
    assert states() == ["live", "live", "scheduled", "scheduled"]
    assert set(Attempt.objects.filter(outcome="not_called").values_list("orphaned")) == {(False,)}


def test_an_intent_that_can_not_be_written_is_found_one_by_one(
    plan, send, wire, monkeypatch
) -> None:
    note = intent._note_intents

    def fail_together(batch: Any, **words: Any) -> Any:
        if len(batch) > 1:
            raise ValueError("can't be stored")
        return note(batch, **words)

    for _ in range(3):
        plan()
    monkeypatch.setattr(intent, "_note_intents", fail_together)
    send()
    assert states() == ["live"] * 3
    assert len(wire.posted) == 3


def test_the_gate_is_told_of_each_call(plan, send, wire, channel) -> None:
    Gate.objects.update(retry_credit=0)
    for _ in range(4):
        plan()
    wire.answers = [Sent("r1"), Sent("r2"), Sent("r3"), Unknown("The line was cut.")]
    send()
    gate = Gate.objects.get(name=gate_name(channel.pk))
    assert gate.retry_credit == pytest.approx(3 * policy.RETRY_CREDIT_EARNED)
    assert gate.failures_in_row == 1


def test_a_hand_is_as_large_as_a_moment_is_enough_for(monkeypatch) -> None:
    monkeypatch.setattr(policy, "QUICK_BATCH_TIME", timedelta(seconds=1))
    assert Pace().hand == policy.QUICK_BATCH
    assert Pace(whole=0.1).hand == 10
    assert Pace(whole=3.0).hand == 1
    assert Pace(whole=0.0).hand == policy.QUICK_BATCH_LIMIT
    assert Pace().calls_in(1.0) == 1
    assert Pace(seconds=0.3).calls_in(1.0) == 3
    assert Pace(seconds=7.0).calls_in(1.0) == 1


def test_a_call_costs_few_queries_among_others(plan, send, make_post) -> None:
    for _ in range(policy.QUICK_BATCH):
        plan(make_post())
    with CaptureQueriesContext(connection) as asked:
        assert send() == policy.QUICK_BATCH
    each = len(asked) / policy.QUICK_BATCH
    assert each <= 4, f"{each} queries"


def test_a_worker_that_knows_a_quick_network_begins_with_a_whole_round(plan, send, wire) -> None:
    plan()
    send()
    wire.calls.clear()
    for _ in range(3):
        plan()
    noted: list[int] = []
    wire.before_call = lambda letter: noted.append(Attempt.objects.filter(outcome="").count())
    send()
    assert noted == [3, 3, 3]


def test_a_worker_that_knows_a_slow_network_begins_with_one_call(plan, send, wire, channel) -> None:
    engine.last_call_seconds[channel.pk] = 200.0
    for _ in range(3):
        plan()
    noted: list[int] = []
    wire.before_call = lambda letter: noted.append(Attempt.objects.filter(outcome="").count())
    send()
    assert noted[0] == 1
