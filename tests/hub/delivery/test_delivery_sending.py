"""From due to live, and what a network may answer on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery import engine, policy, ready
from hub.delivery.apart import Apart
from hub.delivery.models import Attempt, Delivery, Gate
from hub.delivery.ticks import resume_blocked
from spokes.channels.actions import reconnect_channel
from spokes.channels.connectors.base import (
    Accepted,
    AuthLost,
    Payload,
    RatePolicy,
    Refused,
    RetryAfter,
    Sent,
    Unknown,
)
from spokes.channels.exceptions import ContentRefused

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_a_due_delivery_goes_live_once(plan, send, wire) -> None:
    delivery = plan()
    assert send() == 1
    assert send() == 0
    delivery = fresh(delivery)
    assert delivery.state == "live"
    assert delivery.remote_id == f"remote-{delivery.key}"
    assert wire.posted == [delivery.key]


def test_what_is_not_due_yet_stays(plan, send, wire, now) -> None:
    delivery = plan(due_at=now + timedelta(minutes=5))
    assert send() == 0
    assert send(minutes=5) == 1
    assert fresh(delivery).state == "live"


def test_the_intent_is_committed_before_the_call(plan, send, wire) -> None:
    delivery = plan()
    seen = []
    wire.before_call = lambda letter: seen.append(
        (fresh(delivery).state, Attempt.objects.filter(delivery=delivery, outcome="").count())
    )
    send()
    assert seen == [("sending", 1)]


def test_the_attempt_keeps_what_the_network_said(plan, send, wire) -> None:
    delivery = plan()
    wire.answers = [Refused("No pictures of cats, please.")]
    send()
    attempt = delivery.attempts.get()
    assert (attempt.outcome, attempt.detail) == ("refused", "No pictures of cats, please.")
    assert attempt.ended_at is not None


def test_a_refusal_for_good_is_shown_with_its_reason(plan, send, wire) -> None:
    delivery = plan()
    wire.answers = [Refused("Too long.")]
    send()
    delivery = fresh(delivery)
    assert (delivery.state, delivery.reason) == ("refused", "Too long.")
    assert send(minutes=60) == 0


def test_surely_not_done_is_tried_again_later_with_the_same_key_and_payload(
    plan, send, wire
) -> None:
    delivery = plan()
    wire.answers = [RetryAfter("The line was busy.")]
    send()
    assert fresh(delivery).state == "waiting"
    send(minutes=14)
    assert fresh(delivery).state == "live"
    first, second = [letter for _, letter in wire.calls]
    assert first == second


def test_the_back_off_is_part_of_being_due(plan, send, wire) -> None:
    delivery = plan()
    wire.answers = [RetryAfter("Later, please.", timedelta(minutes=3))]
    send()
    assert send(minutes=2.9) == 0
    assert fresh(delivery).state == "waiting"


def test_a_wish_for_silence_holds_for_the_whole_channel_and_costs_no_try(
    plan, send, wire, now
) -> None:
    first, second = plan(), plan(due_at=now + timedelta(seconds=1))
    wire.answers = [RetryAfter("Slow down.", timedelta(minutes=10))]
    send(minutes=1)
    assert fresh(first).tries == 0
    assert fresh(second).state == "scheduled"
    assert len(wire.calls) == 1


def test_tries_run_out(plan, send, wire, network, now, channel) -> None:
    channel.late_policy = "always"
    channel.save()
    delivery = plan(tries=policy.MAX_TRIES - 1)
    wire.answers = [RetryAfter("Nobody home.")]
    send()
    delivery = fresh(delivery)
    assert delivery.state == "dead"
    assert "Nobody home." in delivery.reason


def test_a_retry_never_goes_past_the_expiry(plan, send, wire, make_post, now) -> None:
    delivery = plan(make_post(expires_at=now + timedelta(minutes=2)))
    wire.answers = [RetryAfter("Later.", timedelta(minutes=5))]
    send()
    assert fresh(delivery).state == "dead"


def test_lost_credentials_block_the_channel_and_cost_no_try(plan, send, wire, channel, now) -> None:
    first, second = plan(), plan(due_at=now + timedelta(seconds=1))
    wire.answers = [AuthLost("The token ran out.")]
    send(minutes=1)
    channel.refresh_from_db()
    assert (fresh(first).state, fresh(first).tries) == ("blocked", 0)
    assert fresh(second).state == "scheduled"
    assert channel.auth_lost_reason == "The token ran out."


def test_a_late_refusal_of_an_old_token_leaves_the_new_one_alone(
    plan, send, wire, channel, manager, now
) -> None:
    first, second = plan(), plan()
    wire.answers = [AuthLost("The token ran out.")]
    used: list[object] = []

    def connect_again(letter: object) -> None:
        if not used:
            reconnect_channel(channel=channel, credentials={"token": "new"}, actor=manager)
        used.append(letter)

    wire.before_call = connect_again
    send()
    channel.refresh_from_db()
    assert channel.auth_lost_at is None
    assert (fresh(first).state, fresh(second).state) == ("blocked", "live")
    resume_blocked(now)
    send()
    assert fresh(first).state == "live"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"title": "a\0b"}, "“title” has an invisible character"),
        ({"data": {"teaser": ["half \ud83c"]}}, "“teaser” has half of a character"),
        ({"data": {"length": float("inf")}}, "“length” is a number without an end"),
    ],
)
def test_what_no_database_keeps_is_refused_in_words(
    plan, send, wire, network, monkeypatch, payload, words
) -> None:
    delivery = plan()
    monkeypatch.setattr(network.connector, "prepare", lambda *args: payload)
    send()
    assert fresh(delivery).state == "refused"
    assert words in fresh(delivery).reason
    assert wire.calls == []


def test_no_answer_makes_it_unknown_and_never_sends_again_by_itself(plan, send, wire) -> None:
    delivery = plan()
    wire.answers = [Unknown("The answer never came.")]
    send()
    for minutes in range(1, 60, 10):
        send(minutes=minutes)
    assert fresh(delivery).state == "unknown"
    assert len(wire.calls) == 1


def test_a_connector_that_breaks_in_the_call_counts_as_not_known(plan, send, wire) -> None:
    delivery = plan()
    wire.answers = [ZeroDivisionError("oops")]
    send()
    assert fresh(delivery).state == "unknown"


def test_a_connector_that_breaks_in_prepare_stops_only_its_own_post(plan, send, wire) -> None:
    delivery = plan()
    wire.prepare_error = ZeroDivisionError("oops")
    send()
    assert fresh(delivery).state == "scheduled"
    send(minutes=2)
    assert fresh(delivery).state == "dead"
    wire.prepare_error = None
    other = plan()
    send(minutes=2)
    assert fresh(other).state == "live"
    assert len(wire.calls) == 1


def test_content_that_does_not_fit_is_refused_without_a_call(plan, send, wire) -> None:
    delivery = plan()
    wire.prepare_error = ContentRefused("The title is too long here.")
    send()
    assert (fresh(delivery).state, fresh(delivery).reason) == (
        "refused",
        "The title is too long here.",
    )
    assert wire.calls == []


def test_taken_but_still_processing_is_polled(plan, send, wire) -> None:
    delivery = plan()
    wire.answers = [Accepted("container-7")]
    send()
    delivery = fresh(delivery)
    assert (delivery.state, delivery.handle) == ("accepted", "container-7")


def test_a_worker_that_was_frozen_before_the_call_does_not_call(
    plan, send, wire, monkeypatch, channel
) -> None:
    delivery = plan()
    monkeypatch.setattr(policy, "GUARD_SECONDS", 0.0)
    send()
    assert wire.calls == []
    assert fresh(delivery).state == "waiting"
    assert Gate.objects.get(name=f"channel:{channel.pk}").failures_in_row == 0


def test_what_always_takes_too_long_to_prepare_ends(plan, send, monkeypatch) -> None:
    delivery = plan(tries=policy.MAX_TRIES - 1)
    monkeypatch.setattr(policy, "GUARD_SECONDS", 0.0)
    send()
    assert fresh(delivery).state == "dead"


def test_a_network_that_says_again_at_once_is_not_called_at_once(plan, send, wire) -> None:
    plan(), plan()
    wire.answers = [RetryAfter("Again.", timedelta(0))] * 20
    send()
    assert len(wire.calls) == 1


def test_a_fault_in_the_last_checks_stops_only_its_own_post(
    plan, make_channel, make_post, send, monkeypatch
) -> None:
    site = make_channel(network="site", max_inflight=10)
    bad, good = (plan(make_post(), channel=site) for _ in range(2))
    check = ready.reason_to_stop

    def checked(*, delivery: Delivery, **facts: object) -> object:
        if delivery == bad:
            raise RuntimeError("a broken row")
        return check(delivery=delivery, **facts)

    monkeypatch.setattr(ready, "reason_to_stop", checked)
    send(on=site)
    assert (fresh(bad).state, fresh(good).state) == ("scheduled", "live")
    assert fresh(bad).crashes == 1


def test_what_is_stopped_takes_no_place_in_the_pace(plan, send, network, now, wire) -> None:
    network.able(rate=RatePolicy(interval=timedelta(minutes=1)))
    for _ in range(3):
        plan(due_at=now - timedelta(hours=3))
    delivery = plan()
    assert send() == 4
    assert wire.posted == [delivery.key]


def test_a_probe_that_is_stopped_leaves_the_circuit_to_the_next(
    plan, send, wire, now, channel
) -> None:
    name = f"channel:{channel.pk}"
    Gate.objects.create(name=name, on_pace_at=now, opened_until=now, failures_in_row=9)
    plan(due_at=now - timedelta(hours=3))
    delivery = plan()
    send()
    assert wire.posted == [delivery.key]
    assert Gate.objects.get(name=name).opened_until is None


def test_an_answer_after_the_lease_was_lost_goes_to_the_attempt_only(plan, send, wire, now) -> None:
    delivery = plan()

    def reaped(_letter: object) -> None:
        fresh(delivery).move("unknown", uncertain=True, next_try_at=now)
        Delivery.objects.filter(pk=delivery.pk).update(lease_token=99)

    wire.before_call = reaped
    wire.answers = [Sent("remote-1", "https://example.org/1")]
    send()
    assert fresh(delivery).state == "unknown"
    attempt = delivery.attempts.get()
    assert (attempt.orphaned, attempt.outcome, attempt.remote_id) == (True, "sent", "remote-1")


def test_five_failures_in_a_row_open_the_circuit_and_one_probe_closes_it(
    plan, send, wire, now, channel
) -> None:
    channel.late_policy = "always"
    channel.save()
    for _ in range(policy.BREAKER_FAILURES + 1):
        plan()
    wire.answers = [Unknown("?")] * policy.BREAKER_FAILURES
    send()
    assert len(wire.calls) == policy.BREAKER_FAILURES
    assert Gate.objects.get(name=f"channel:{channel.pk}").opened_until is not None
    assert send() == 0
    assert send(minutes=2) == 1
    assert Gate.objects.get(name=f"channel:{channel.pk}").opened_until is None


def test_the_pace_of_the_network_is_kept(plan, send, wire, network, now) -> None:
    network.able(rate=RatePolicy(interval=timedelta(minutes=1), burst=2))
    for _ in range(5):
        plan()
    sent = [send(minutes=minutes) for minutes in (0, 0.5, 1, 2, 3)]
    assert sent == [2, 0, 1, 1, 1]


def test_a_worker_that_is_about_to_leave_claims_nothing_more(plan, send, wire) -> None:
    first, second = plan(), plan()
    wire.before_call = lambda letter: engine.leaving.set()
    try:
        assert send() == 1
    finally:
        engine.leaving.clear()
    assert (fresh(first).state, fresh(second).state) == ("live", "scheduled")


def test_the_log_says_what_fans_see_now(plan, send, wire, caplog, make_post) -> None:
    caplog.set_level("INFO", logger="hub.delivery")
    plan(make_post("First light"))
    refused = plan(make_post("Second thoughts"))
    wire.answers = [Sent("remote-1"), Refused("No.")]
    send()
    assert "live: “First light” on" in caplog.text
    assert "Second thoughts" not in caplog.text
    assert fresh(refused).state == "refused"


def test_one_that_a_worker_died_with_is_prepared_in_a_turn_that_ends_before_its_call(
    plan, send, network, monkeypatch
) -> None:
    is_free: list[bool] = []

    def look(*_: object) -> None:
        with Apart() as another:
            is_free.append(another.begin())

    prepare = network.connector.prepare

    def prepare_and_look(*args: object) -> Payload:
        look()
        return prepare(*args)

    monkeypatch.setattr(network.connector, "prepare", prepare_and_look)
    network.wire.before_call = look
    plan(crashes=1)
    send()
    assert is_free == [False, True]
    look()
    assert is_free[-1]
