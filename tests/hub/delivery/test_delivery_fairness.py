"""Slow networks, long lines and hanging look-ups: none of them keeps the others waiting."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.delivery import engine, policy, reconcile, ticks
from hub.delivery.claim import claim_due
from hub.delivery.gates import gate_name
from hub.delivery.models import Delivery, Gate, Heartbeat
from hub.delivery.shares import NO_LIMIT, Shares
from spokes.channels.connectors.base import Finding, NotThere, Sent
from spokes.channels.connectors.registry import connector_for

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
Task = tuple[Callable[..., object], int]


@pytest.fixture
def house(now) -> Callable[..., Heartbeat]:
    """A living worker process with so many places."""

    def make(slots: int, seen_at: Any = None) -> Heartbeat:
        return Heartbeat.objects.create(
            name=f"w{slots}", role="worker", started_at=now, seen_at=seen_at or now, slots=slots
        )

    return make


@contextmanager
def workers(monkeypatch) -> Iterator[queue.SimpleQueue[Task]]:
    """Four workers that do what they are hinted at, in order, as Celery's threads would."""
    hints: queue.SimpleQueue[Task] = queue.SimpleQueue()
    stop = threading.Event()

    def send(channel_id: int) -> None:
        engine.send_channel(channel_id=channel_id, worker="w")

    def look_up(channel_id: int) -> None:
        reconcile.look_up_channel(channel_id=channel_id)

    monkeypatch.setattr(ticks, "hint_channel", lambda pk: hints.put((send, pk)) or True)
    monkeypatch.setattr(ticks, "hints_waiting", hints.qsize)
    monkeypatch.setattr(reconcile, "hint_look_up", lambda pk: hints.put((look_up, pk)) or True)

    def work() -> None:
        while not stop.is_set():
            try:
                task, channel_id = hints.get(timeout=0.05)
            except queue.Empty:
                continue
            task(channel_id)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    try:
        yield hints
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def until(done: Callable[[], bool], tick: Callable[[], object], within: float = 40.0) -> bool:
    """Run a round about every tenth of a second until it is done."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not done() and time.monotonic() < deadline:
        tick()
        pause.wait(0.1)
    return done()


@pytest.mark.parametrize("known", [False, None], ids=["slow lately", "never called"])
def test_ten_hanging_channels_do_not_keep_a_quick_one_waiting(
    plan, make_post, make_channel, wire, house, monkeypatch, known
) -> None:
    now = timezone.now()
    house(WORKERS, seen_at=now)
    hanging = [make_channel(network="wire", max_inflight=5) for _ in range(10)]
    quick = make_channel(network="wire", max_inflight=5)
    for channel in hanging:
        Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=known)
    Gate.objects.create(name=gate_name(quick.pk), on_pace_at=now, quick=True)
    posts = [make_post() for _ in range(5)]
    keys = {
        plan(post, channel=channel, due_at=now).key: channel
        for channel in (*hanging, quick)
        for post in posts
    }
    enough = threading.Event()
    hangs: list[str] = []

    def hang(letter: Any) -> None:
        if keys[letter.key] != quick:
            hangs.append(letter.key)
            enough.wait(60)

    wire.before_call = hang
    live = Delivery.objects.live().filter(channel=quick)
    with workers(monkeypatch):
        try:
            ticks.dispatch(timezone.now())
            assert until(lambda: bool(hangs), lambda: None)
            # everything that may hang does so by now, and still the quick ones go out
            assert until(lambda: live.count() == 5, lambda: ticks.dispatch(timezone.now()))
            assert len(hangs) <= (2 if known is False else 3)
        finally:
            enough.set()
            Delivery.objects.planned().update(next_try_at=now + timedelta(days=1))


def test_a_channel_that_hangs_is_known_as_slow_before_its_call_ends(
    plan, channel, wire, monkeypatch
) -> None:
    monkeypatch.setattr(policy, "SLOW_CALL", timedelta(seconds=0.2))
    monkeypatch.setattr(policy, "RENEW_EVERY", timedelta(seconds=0.1))
    plan(due_at=timezone.now())
    gate = Gate.objects.filter(name=gate_name(channel.pk))
    seen = []
    wire.before_call = lambda letter: seen.append(
        until(lambda: gate.get().quick is False, lambda: None)
    )
    engine.send_channel(channel_id=channel.pk, worker="w")
    assert seen == [True]


def test_a_quick_call_makes_a_slow_channel_quick_again(plan, channel, send, now) -> None:
    gate = Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=False)
    plan()
    send()
    gate.refresh_from_db()
    assert gate.quick is True


@pytest.mark.parametrize(
    ("slots", "quick", "places"),
    [(8, True, 6), (8, False, 2), (8, None, 2), (4, True, 3), (4, False, 1), (1, True, 1)],
)
def test_the_share_of_a_channel(house, channel, now, slots, quick, places) -> None:
    house(slots)
    assert Shares(now).free(channel.pk, quick=quick) == places


def test_without_a_worker_that_lives_there_are_no_shares(house, channel, now) -> None:
    house(8, seen_at=now - timedelta(minutes=1))
    assert Shares(now).free(channel.pk, quick=False) == NO_LIMIT


@pytest.mark.parametrize(
    ("begun", "places"),
    [(timedelta(minutes=-1), 0), (timedelta(seconds=1), 2), (timedelta(hours=1), 0)],
    ids=["lives since", "begun anew", "begun by a wrong clock"],
)
def test_what_a_dead_worker_had_in_hand_takes_no_place_of_the_one_after_it(
    plan, make_channel, house, now, begun, places
) -> None:
    worker = house(8)
    for _ in range(6):
        channel = make_channel(network="wire")
        plan(channel=channel, due_at=now)
        able = connector_for(channel).capabilities
        assert claim_due(channel=channel, capabilities=able, worker=worker.name, limit=1, now=now)
    later = now + timedelta(seconds=2)
    Heartbeat.objects.update(started_at=now + begun, seen_at=later)
    another = make_channel(network="wire")
    assert Shares(later).free(another.pk, quick=None) == places


def test_one_hanging_network_does_not_keep_the_look_ups_of_others(
    plan, make_post, make_channel, network, house, monkeypatch
) -> None:
    now = timezone.now()
    house(WORKERS, seen_at=now)
    channels = [make_channel(network="wire") for _ in range(6)]
    posts = [make_post() for _ in range(5)]
    for channel in channels:
        for post in posts:
            plan(post, channel=channel, state="unknown", due_at=now, uncertain=True)
    enough = threading.Event()
    hanging = channels[0].pk
    asked: list[int] = []

    def find(self: Any, trace: object) -> Finding:
        asked.append(self.channel.pk)
        if self.channel.pk == hanging:
            enough.wait(60)
            return NotThere()
        return Sent("r1")

    monkeypatch.setattr(network.connector, "find", find)
    live = Delivery.objects.live()
    with workers(monkeypatch):
        try:
            others = (len(channels) - 1) * len(posts)
            assert until(
                lambda: live.count() == others, lambda: reconcile.ask_for_look_ups(timezone.now())
            )
            # one worker at a time is with it
            assert asked.count(hanging) == 1
        finally:
            Delivery.objects.filter(channel=hanging).update(next_try_at=now + timedelta(days=1))
            enough.set()


def test_without_a_broker_look_ups_are_made_by_who_would_ask_for_them(
    plan, make_channel, network, wire, monkeypatch, now
) -> None:
    monkeypatch.setattr(reconcile, "hint_look_up", lambda channel_id: False)
    for _ in range(2):
        plan(channel=make_channel(network="wire"), state="unknown", uncertain=True)
    wire.findings = [Sent("r1"), Sent("r2")]
    reconcile.ask_for_look_ups(now)
    assert Delivery.objects.live().count() == 2


def test_late_ones_that_wait_for_their_place_are_not_claimed(
    plan, make_channel, send, wire, now
) -> None:
    channel = make_channel(network="wire", late_policy="always")
    late = [plan(channel=channel, due_at=now - timedelta(hours=3)) for _ in range(20)]
    on_time = plan(channel=channel)
    assert send(on=channel) == 2
    assert set(wire.posted) == {late[0].key, on_time.key}
    claimed = Delivery.objects.filter(lease_token__gt=0)
    assert claimed.count() == 2
    assert send(on=channel, minutes=1) == 0
    assert send(on=channel, minutes=2.1) == 1
    assert claimed.count() == 3


def test_what_is_not_sent_late_is_missed_without_waiting_in_a_line(
    plan, make_post, make_channel, send, now
) -> None:
    channel = make_channel(network="wire", late_policy="standard")
    hour_ago = now - timedelta(hours=1)
    for _ in range(2):
        plan(make_post(evergreen=True), channel=channel, due_at=hour_ago)
    for _ in range(3):
        plan(channel=channel, due_at=hour_ago)
    send(on=channel)
    assert Delivery.objects.filter(state="missed").count() == 3
    assert Delivery.objects.live().count() == 1


def test_a_withdrawal_passes_a_line_of_late_ones(plan, make_channel, send, wire, now) -> None:
    channel = make_channel(network="wire", late_policy="always")
    for _ in range(3):
        plan(channel=channel, due_at=now - timedelta(hours=3))
    live = plan(channel=channel, state="live", remote_id="r1")
    plan(live.post, channel=channel, kind="withdraw", target=live, due_at=now - timedelta(hours=1))
    send(on=channel)
    assert [call for call, _ in wire.calls] == ["commit", "withdraw"]


def test_a_batch_on_the_site_takes_one_late_place_and_all_that_is_on_time(
    plan, make_channel, send, now
) -> None:
    site = make_channel(network="site", late_policy="always", max_inflight=100)
    for _ in range(10):
        plan(channel=site, due_at=now - timedelta(hours=3))
    for _ in range(5):
        plan(channel=site)
    send(on=site)
    assert Delivery.objects.live().count() == 6
    assert Delivery.objects.filter(lease_token__gt=0).count() == 6


def test_a_claim_costs_no_more_queries_beside_a_long_line(plan, make_channel, send, now) -> None:
    channel = make_channel(network="wire", late_policy="always")
    for _ in range(30):
        plan(channel=channel, due_at=now - timedelta(hours=3))
    send(on=channel)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert send(on=channel, minutes=1) == 0
    assert len(asked) <= 14, [query["sql"] for query in asked]
