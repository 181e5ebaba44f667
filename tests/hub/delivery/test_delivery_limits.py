"""Never faster than the networks allow, however many workers there are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from hub.delivery import engine, gates, policy
from hub.delivery.claim import claim_due
from hub.delivery.exceptions import NoGate
from hub.delivery.gates import Passage, gate_name
from hub.delivery.models import Delivery, Gate
from hub.delivery.shares import Shares
from spokes.channels.connectors.base import RatePolicy, RetryAfter, Unknown

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 8
RATE = RatePolicy(interval=timedelta(milliseconds=100), burst=3)


def all_at_once(work: Callable[[int], object]) -> None:
    """Let eight workers, each with its own connection, do something at the same moment."""
    start = threading.Barrier(WORKERS)

    def one(number: int) -> None:
        start.wait()
        try:
            work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("limit", ["rate", "app_rate"])
def test_eight_workers_together_keep_the_pace(
    plan, network, wire, make_channel, make_post, limit
) -> None:
    """The clock of the far end counts: never more than the burst and what the time allows."""
    network.able(**{limit: RATE})
    channels = [make_channel(network="wire", max_inflight=20) for _ in range(2)]
    if limit == "rate":
        channels = channels[:1]
    for post in [make_post() for _ in range(30 // len(channels))]:
        for channel in channels:
            plan(post, channel=channel, due_at=timezone.now())
    called: list[float] = []
    wire.before_call = lambda letter: called.append(time.monotonic())
    began = time.monotonic()

    def work(number: int) -> None:
        pause = threading.Event()
        while time.monotonic() < began + 1.5:
            engine.send_channel(channel_id=channels[number % len(channels)].pk, worker=f"w{number}")
            pause.wait(0.01)

    all_at_once(work)
    assert len(called) > RATE.burst
    for count, moment in enumerate(sorted(called), start=1):
        assert count <= RATE.burst + (moment - began) / RATE.interval.total_seconds()
    assert Delivery.objects.filter(state="live").count() == len(called)


def test_a_place_that_was_not_used_is_not_moved_to_a_later_time(channel, network, now) -> None:
    network.able(rate=RatePolicy(interval=timedelta(seconds=10)))
    capabilities = network.connector.capabilities
    first, second = (Passage(channel.pk, capabilities) for _ in range(2))
    later = now + timedelta(seconds=60)
    first.open_gates(now)
    for passage, moment in ((first, now), (second, later)):
        with transaction.atomic():
            passage.lock()
            passage.take(calls=1, now=moment)
    first.take_back(calls=1, now=now)
    third = Passage(channel.pk, capabilities)
    with transaction.atomic():
        third.lock()
    assert third.places(wanted=1, now=later) == 0


def test_a_gate_that_is_missing_is_not_made_while_others_are_held(channel, network, now) -> None:
    network.able(app_rate=RatePolicy(interval=timedelta(seconds=10)))
    passage = Passage(channel.pk, network.connector.capabilities)
    Gate.objects.create(name="network:wire", on_pace_at=now)
    with pytest.raises(NoGate), transaction.atomic():
        passage.lock()
    passage.open_gates(now)
    with transaction.atomic():
        passage.lock()
    assert set(passage.gates) == {f"channel:{channel.pk}", "network:wire"}


def test_channels_on_another_instance_have_a_pace_of_their_own(
    plan, network, make_channel, send, wire
) -> None:
    network.able(app_rate=RatePolicy(interval=timedelta(minutes=1)), instance="one.example")
    first, second = (make_channel(network="wire") for _ in range(2))
    plan(channel=first), plan(channel=second)
    send(on=first)
    assert send(on=second) == 0
    network.able(instance="two.example")
    assert send(on=second) == 1
    assert len(wire.posted) == 2


@pytest.mark.parametrize("seconds", [1, 2, 7, 30, 60, 120])
def test_retry_after_is_obeyed_to_the_second(plan, send, wire, seconds) -> None:
    asked, other = plan(), plan()
    wire.answers = [RetryAfter("Slow down.", timedelta(seconds=seconds))]
    send()
    assert send(minutes=(seconds - 0.1) / 60) == 0
    assert len(wire.calls) == 1
    assert send(minutes=(seconds + 0.9) / 60) == 2
    assert set(wire.posted) == {asked.key, other.key}
    assert Delivery.objects.get(pk=asked.pk).tries == 1


def test_a_wish_for_the_whole_app_silences_its_other_channels(
    plan, send, wire, make_channel
) -> None:
    other = make_channel(network="wire")
    plan(), plan(channel=other)
    wire.answers = [RetryAfter("All of you.", timedelta(seconds=90), app_wide=True)]
    send()
    assert send(on=other, minutes=1) == 0
    assert send(on=other, minutes=1.6) == 1


def test_a_wish_for_one_account_silences_no_other(plan, send, wire, make_channel) -> None:
    other = make_channel(network="wire")
    plan(), plan(channel=other)
    wire.answers = [RetryAfter("You.", timedelta(seconds=90))]
    send()
    assert send(on=other) == 1


def test_what_backs_off_is_not_even_found_before_its_time(plan, wire, send, now) -> None:
    delivery = plan()
    wire.answers = [RetryAfter("The line was busy.")]
    send()
    next_try_at = Delivery.objects.get(pk=delivery.pk).next_try_at
    assert next_try_at > now
    assert not Delivery.objects.due(next_try_at - timedelta(milliseconds=1)).exists()
    assert Delivery.objects.due(next_try_at).exists()


@pytest.fixture
def broken_circuit(channel, plan, now) -> Gate:
    for _ in range(WORKERS):
        plan()
    return Gate.objects.create(
        name=gate_name(channel.pk), on_pace_at=now, opened_until=now, failures_in_row=5, openings=1
    )


def probes(channel, network, now) -> int:
    claimed: list[Delivery] = []

    def work(number: int) -> None:
        claimed.extend(
            claim_due(
                channel=channel,
                capabilities=network.connector.capabilities,
                worker=f"w{number}",
                limit=1,
                now=now,
            )
        )

    all_at_once(work)
    return len(claimed)


def test_of_eight_workers_one_tries_whether_the_network_is_back(
    broken_circuit, channel, network, now
) -> None:
    assert probes(channel, network, now) == 1
    # while it tries, nobody else does
    assert probes(channel, network, now + timedelta(seconds=30)) == 0


def test_a_probe_that_dies_frees_the_circuit_after_its_lease(
    broken_circuit, channel, network, now
) -> None:
    assert probes(channel, network, now) == 1
    assert probes(channel, network, now + policy.LEASE) == 1


def test_a_probe_that_fails_opens_the_circuit_for_longer(
    broken_circuit, send, wire, now, channel
) -> None:
    wire.answers = [Unknown("No answer.")]
    assert send() == 1
    gate = Gate.objects.get(name=gate_name(channel.pk))
    assert gate.opened_until is not None
    assert gate.opened_until - now >= policy.breaker_pause(1)
    assert gate.openings == 2


def test_calls_that_were_on_their_way_when_the_circuit_opened_open_it_no_longer(
    channel, now
) -> None:
    """A network that is away for a second is not taken to have failed its probes."""
    for _ in range(2 * WORKERS):
        with transaction.atomic():
            gates.note_failure(channel_id=channel.pk, now=now, probe=False)
    gate = Gate.objects.get(name=gate_name(channel.pk))
    assert (gate.openings, gate.opened_until) == (1, now + policy.breaker_pause(0))


def test_retries_that_were_used_up_come_back_with_time(channel, now) -> None:
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now)

    def spent(minutes: float) -> int:
        moment = now + timedelta(minutes=minutes)
        return sum(gates.spend_retry(channel_id=channel.pk, now=moment) for _ in range(30))

    assert spent(0) == policy.RETRY_CREDIT_LIMIT
    assert spent(1) == 0
    assert spent(20) == 3
    # what is saved has an end
    assert spent(10_000) == policy.RETRY_CREDIT_LIMIT
    # nor is a clock that was set back a way to more
    assert spent(0) == 0


def test_without_a_retry_left_it_is_tried_again_before_it_is_late(
    plan, send, wire, channel, now
) -> None:
    channel.late_policy = "never"
    channel.save()
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, retry_credit=0)
    delivery = plan()
    wire.answers = [RetryAfter("Nobody home.")]
    send()
    wait = Delivery.objects.get(pk=delivery.pk).next_try_at - now
    assert policy.LATE_AFTER / 3 <= wait <= policy.LATE_AFTER * 2 / 3
    send(minutes=policy.LATE_AFTER.total_seconds() / 60)
    assert Delivery.objects.get(pk=delivery.pk).state == "live"


def test_shares_are_read_without_a_lock_that_a_forked_worker_would_inherit() -> None:
    remembered = {name: vars(Shares)[name] for name in ("slots", "busy", "not_quick")}
    # Python 3.11's own cached_property has one for all instances
    assert [name for name, found in remembered.items() if hasattr(found, "lock")] == []
