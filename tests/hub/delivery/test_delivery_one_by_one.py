"""What is claimed together goes out one by one where a doubt would be a person's to resolve."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.delivery import actions, engine, gates, intent, policy
from hub.delivery.gates import gate_name
from hub.delivery.models import Attempt, Delivery, Gate, Hold
from hub.delivery.signs import leaving
from spokes.channels.actions import pause_channel
from spokes.channels.connectors.base import Dedupe, RatePolicy, Refused, RetryAfter, Sent, Unknown

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(network, channel, now, monkeypatch) -> Gate:
    """A channel whose calls are known to be quick, and a machine that has time for them.

    Its network can't be asked, and knows no key.
    """
    network.able(dedupe=Dedupe.NONE, can_find=False)
    monkeypatch.setattr(policy, "QUICK_BATCH_TIME", timedelta(minutes=5))
    return Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=True)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_only_the_one_whose_call_is_next_is_being_sent(plan, send, wire) -> None:
    for _ in range(4):
        plan()
    seen: list[list[str]] = []
    wire.before_call = lambda letter: seen.append(states())
    assert send() == 4
    assert seen == [
        ["sending", "claimed", "claimed", "claimed"],
        ["live", "sending", "claimed", "claimed"],
        ["live", "live", "sending", "claimed"],
        ["live", "live", "live", "sending"],
    ]
    assert states() == ["live"] * 4


def test_each_call_has_an_attempt_of_its_own_that_is_on_record_before_it(plan, send, wire) -> None:
    for _ in range(3):
        plan()
    open_ones: list[int] = []
    wire.before_call = lambda letter: open_ones.append(
        Attempt.objects.filter(delivery__key=letter.key, ended_at=None).count()
    )
    send()
    assert open_ones == [1, 1, 1]
    assert not Attempt.objects.filter(ended_at=None).exists()


def test_a_channel_that_was_never_called_begins_with_one(plan, send, wire, quick) -> None:
    Gate.objects.update(quick=None)
    plan(), plan(), plan()
    seen: list[list[str]] = []
    wire.before_call = lambda letter: seen.append(states())
    send()
    assert seen[0] == ["sending", "scheduled", "scheduled"]
    assert seen[1] == ["live", "sending", "claimed"]


def test_on_a_paced_network_each_place_is_taken_when_its_call_is_made(
    plan, send, wire, network
) -> None:
    network.able(rate=RatePolicy(interval=timedelta(seconds=1), burst=5))
    plan(), plan()
    seen: list[list[str]] = []
    wire.before_call = lambda letter: seen.append(states())
    send()
    assert seen[0] == ["sending", "scheduled"]


@pytest.mark.parametrize(
    ("outcome", "ends"),
    [
        (RetryAfter("Slow down.", timedelta(minutes=5)), "waiting"),
        (Unknown("The line was cut."), "unknown"),
    ],
)
def test_after_a_call_that_went_wrong_the_rest_goes_back_unharmed(
    plan, send, wire, monkeypatch, outcome, ends
) -> None:
    monkeypatch.setattr(policy, "BREAKER_FAILURES", 1)
    for _ in range(4):
        plan()
    wire.answers = [Sent("r1"), outcome]
    send()
    assert states() == ["live", ends, "scheduled", "scheduled"]
    rest = Delivery.objects.filter(state="scheduled")
    assert {(row.crashes, row.tries, row.lease_owner) for row in rest} == {(0, 0, "")}


def test_one_that_is_refused_does_not_stop_the_next(plan, send, wire) -> None:
    for _ in range(3):
        plan()
    wire.answers = [Sent("r1"), Refused("No cats.")]
    send()
    assert states() == ["live", "refused", "live"]


@pytest.mark.parametrize("what", ["all", "post", "channel"])
def test_a_stop_during_a_call_stops_what_is_claimed_behind_it(
    plan, send, wire, channel, manager, on_call, what
) -> None:
    _, second, third = plan(), plan(), plan()

    def stop() -> None:
        if what == "channel":
            pause_channel(channel=channel, reason="Stop.", actor=manager)
        else:
            post = second.post if what == "post" else None
            actions.hold(scope=Hold.Scope(what), actor=manager, reason="Stop.", post=post)

    on_call(1, stop)
    send()
    assert states()[:2] == ["live", "scheduled"]
    assert Delivery.objects.get(pk=third.pk).state == ("live" if what == "post" else "scheduled")


def test_a_wish_that_another_worker_was_told_holds_for_what_is_claimed_already(
    plan, send, wire, channel, now, on_call
) -> None:
    plan(), plan()
    until = now + timedelta(minutes=5)
    on_call(1, lambda: gates.note_wish(name=gate_name(channel.pk), not_before=until, now=now))
    send()
    assert states() == ["live", "scheduled"]


def test_one_that_is_cancelled_behind_a_call_is_passed_over(
    plan, send, wire, manager, on_call
) -> None:
    _, second, _ = plan(), plan(), plan()

    def cancel() -> None:
        claimed = Delivery.objects.get(pk=second.pk)
        actions.cancel_delivery(delivery=claimed, actor=manager)

    on_call(1, cancel)
    send()
    assert states() == ["live", "cancelled", "live"]


def test_an_answer_whose_lease_was_lost_is_kept_and_the_next_still_goes_out(
    plan, send, wire, now, on_call
) -> None:
    first, _ = plan(), plan()

    def reaped() -> None:
        Delivery.objects.get(pk=first.pk).move("unknown", uncertain=True, next_try_at=now)

    on_call(1, reaped)
    send()
    assert states() == ["unknown", "live"]
    attempt = first.attempts.get()
    assert (attempt.orphaned, attempt.outcome) == (True, "sent")


def test_a_fault_in_the_next_intent_costs_the_call_before_nothing(
    plan, send, wire, monkeypatch, on_call
) -> None:
    first, second = plan(), plan()

    def fail(*args: object, **words: object) -> None:
        raise ValueError("can't be stored")

    on_call(1, lambda: monkeypatch.setattr(intent, "_note_intents", fail))
    with pytest.raises(ValueError, match="stored"):
        send()
    assert Delivery.objects.get(pk=first.pk).state == "live"
    assert Delivery.objects.get(pk=second.pk).tries == 0
    assert len(wire.calls) == 1


def test_a_hook_that_fails_after_the_commit_changes_nothing(plan, send, wire) -> None:
    def hook(instance: Attempt, **words: object) -> None:
        def fail() -> None:
            raise RuntimeError("the exporter is down")

        if instance.outcome and instance.delivery_id != last.pk:
            transaction.on_commit(fail)

    plan(), plan()
    last = plan()
    post_save.connect(hook, sender=Attempt)
    try:
        send()
    finally:
        post_save.disconnect(hook, sender=Attempt)
    assert states() == ["live"] * 3
    assert not Attempt.objects.filter(orphaned=True).exists()


def test_a_worker_that_leaves_hands_back_what_waits_behind_its_call(
    plan, send, wire, on_call
) -> None:
    for _ in range(3):
        plan()
    on_call(1, leaving.set)
    try:
        send()
    finally:
        leaving.clear()
    assert states() == ["live", "scheduled", "scheduled"]


def test_what_can_not_be_begun_in_a_moment_is_left_to_others(plan, send, wire, monkeypatch) -> None:
    monkeypatch.setattr(policy, "QUICK_BATCH_TIME", timedelta(0))
    for _ in range(3):
        plan()
    seen: list[list[str]] = []
    wire.before_call = lambda letter: seen.append(states())
    send()
    assert states() == ["live"] * 3
    assert Delivery.objects.filter(lease_token=1).count() == 1
    assert [attempt.worker for attempt in Attempt.objects.all()] == ["w1"] * 3


def test_what_waits_behind_a_call_that_hangs_goes_back_while_it_hangs(
    plan, channel, monkeypatch, on_call
) -> None:
    monkeypatch.setattr(policy, "SLOW_CALL", timedelta(seconds=0.2))
    monkeypatch.setattr(policy, "RENEW_EVERY", timedelta(seconds=0.1))
    now = timezone.now()
    for _ in range(3):
        plan(due_at=now)
    seen: list[list[str]] = []

    def hang() -> None:
        deadline = time.monotonic() + 20
        pause = threading.Event()
        while "claimed" in states() and time.monotonic() < deadline:
            pause.wait(0.05)
        seen.append(states())
        Delivery.objects.planned().update(next_try_at=now + timedelta(days=1))

    on_call(1, hang)
    engine.send_channel(channel_id=channel.pk, worker="w")
    assert seen == [["sending", "scheduled", "scheduled"]]
    assert Delivery.objects.live().count() == 1


def test_a_call_costs_few_queries_beside_others(plan, send, make_post) -> None:
    for _ in range(policy.QUICK_BATCH):
        plan(make_post())
    with CaptureQueriesContext(connection) as asked:
        assert send() == policy.QUICK_BATCH
    each = len(asked) / policy.QUICK_BATCH
    assert each <= 17, f"{each} queries"
