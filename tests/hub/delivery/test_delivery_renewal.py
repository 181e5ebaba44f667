"""A call may take longer than a lease: it is renewed while the call runs, and by no one else."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from content.editorial.models import Post
from hub.delivery import engine, policy
from hub.delivery.last_checks import key_protects
from hub.delivery.models import Delivery
from hub.delivery.reap import reap
from hub.delivery.reconcile import reconcile
from hub.delivery.renewal import renewals
from hub.delivery.signs import leaving
from spokes.channels.connectors.base import Dedupe, Envelope, Payload, RatePolicy

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = 3.0


@pytest.fixture
def short_leases(monkeypatch) -> None:
    """The engine's times, twenty times shorter; once a thread that goes by the old ones is gone."""
    deadline = time.monotonic() + 30
    while renewing() and time.monotonic() < deadline:
        pass_time(0.05)
    monkeypatch.setattr(policy, "LEASE", timedelta(seconds=LEASE))
    monkeypatch.setattr(policy, "RENEW_EVERY", timedelta(seconds=LEASE / 12))
    monkeypatch.setattr(policy, "GUARD_SECONDS", 0.4 * LEASE)


@pytest.fixture
def delivery(plan) -> Delivery:
    return plan(due_at=timezone.now())


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def renewing() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "renewal"]


def pass_time(seconds: float) -> None:
    threading.Event().wait(seconds)


def reap_for(seconds: float) -> int:
    """Take back whatever lease runs out meanwhile, as another worker would."""
    taken = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        taken += reap(timezone.now())
        pass_time(0.05)
    return taken


def send(channel) -> None:
    engine.send_channel(channel_id=channel.pk, worker="w1")


def test_a_call_longer_than_its_lease_keeps_it(
    short_leases, delivery, channel, wire, network
) -> None:
    network.able(call_seconds=60.0)
    taken = []
    wire.before_call = lambda letter: taken.append(reap_for(2 * LEASE))
    send(channel)
    assert taken == [0]
    assert (fresh(delivery).state, wire.posted) == ("live", [delivery.key])


def test_a_long_upload_before_the_call_keeps_it_too(
    short_leases, delivery, channel, wire, network, monkeypatch
) -> None:
    def upload(self: object, post: Post, envelope: Envelope) -> Payload:
        assert reap_for(2 * LEASE) == 0
        return {"title": post.title}

    network.able(call_seconds=60.0)
    monkeypatch.setattr(network.connector, "prepare", upload)
    send(channel)
    assert (fresh(delivery).state, len(wire.calls)) == ("live", 1)


def test_a_call_that_never_ends_loses_its_lease(
    short_leases, delivery, channel, wire, network
) -> None:
    network.able(call_seconds=0.1)
    taken = []
    wire.before_call = lambda letter: taken.append(reap_for(2 * LEASE))
    send(channel)
    assert taken == [1]
    assert fresh(delivery).state == "unknown"


def test_a_key_must_outlive_the_longest_call(delivery, network) -> None:
    network.able(dedupe=Dedupe.KEY, key_lifetime=timedelta(minutes=5))
    assert key_protects(delivery, network.connector.capabilities, timezone.now())
    network.able(call_seconds=400.0)
    assert not key_protects(delivery, network.connector.capabilities, timezone.now())


def test_a_call_that_may_still_run_is_not_believed_absent(plan, network, now) -> None:
    network.able(call_seconds=600.0)
    delivery = plan(state="unknown", uncertain=True, first_sent_at=now, absences=5)
    reconcile(now + timedelta(minutes=9))
    assert fresh(delivery).state == "unknown"
    reconcile(now + timedelta(minutes=20))
    assert fresh(delivery).state == "waiting"


def test_a_lost_lease_is_noticed_and_its_late_answer_still_counts(
    short_leases, delivery, channel, wire, network, caplog
) -> None:
    network.able(call_seconds=60.0)

    def taken_away(letter: object) -> None:
        fresh(delivery).move("unknown", uncertain=True, next_try_at=timezone.now())
        pass_time(LEASE)

    wire.before_call = taken_away
    send(channel)
    assert "its lease was lost during the call" in caplog.text
    assert fresh(delivery).state == "unknown"
    assert delivery.attempts.get().orphaned
    reconcile(timezone.now())
    assert (fresh(delivery).state, len(wire.posted)) == ("live", 1)


def test_a_frozen_worker_renews_nothing_and_is_heard_when_it_wakes(
    delivery, channel, wire, monkeypatch
) -> None:
    # its thread sleeps as long as the whole process does
    monkeypatch.setattr(policy, "LEASE", timedelta(seconds=0.2))
    wire.before_call = lambda letter: reap_for(0.5)
    send(channel)
    assert fresh(delivery).state == "unknown"
    reconcile(timezone.now())
    assert (fresh(delivery).state, len(wire.posted)) == ("live", 1)


def test_one_thread_renews_all_and_ends_with_the_last_call(short_leases, plan, network) -> None:
    deliveries = [plan(state="claimed", lease_until=timezone.now()) for _ in range(5)]

    def hold(rest: list[Delivery]) -> None:
        if not rest:
            assert renewing() == ["renewal"]
            pass_time(4 * LEASE / 12)
            return
        with renewals.keep(rest[:1], claimed_at=time.monotonic() - LEASE, seconds=60):
            hold(rest[1:])

    hold(deliveries)
    now = timezone.now()
    assert Delivery.objects.filter(lease_until__gt=now).count() == 5
    deadline = time.monotonic() + 20
    while renewing() and time.monotonic() < deadline:
        pass_time(0.05)
    assert renewing() == []


def test_a_process_that_was_forked_renews_nothing_of_its_parents(plan) -> None:
    with renewals.keep([plan()], claimed_at=time.monotonic(), seconds=1.0), renewals._lock:
        child = os.fork()
        if not child:
            os._exit(renewals._lock.locked() or bool(renewals._held) or bool(renewals._thread))
        assert os.waitpid(child, 0)[1] == 0


def test_a_worker_that_leaves_hands_back_what_it_has_not_sent(
    delivery, channel, wire, network, monkeypatch
) -> None:
    network.able(rate=RatePolicy(interval=timedelta(minutes=1)))

    def prepare(self: object, post: Post, envelope: Envelope) -> Payload:
        leaving.set()
        return {"title": post.title}

    with monkeypatch.context() as patch:
        patch.setattr(network.connector, "prepare", prepare)
        try:
            send(channel)
        finally:
            leaving.clear()
    delivery = fresh(delivery)
    assert (delivery.state, delivery.crashes, delivery.tries) == ("scheduled", 0, 0)
    assert (delivery.lease_until, wire.calls) == (None, [])
    # at once, and without waiting for a place that nobody used
    send(channel)
    assert wire.posted == [delivery.key]


def test_a_worker_that_leaves_finishes_the_call_that_it_has_begun(delivery, channel, wire) -> None:
    wire.before_call = lambda letter: leaving.set()
    try:
        send(channel)
    finally:
        leaving.clear()
    assert fresh(delivery).state == "live"
