"""The rounds: any number of beats and workers may run them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hub.delivery import leases, ticks
from hub.delivery.actions import hold, withdraw_live
from hub.delivery.hints import hints_waiting
from hub.delivery.models import Delivery, Gate, Heartbeat, TickLease
from spokes.site import cards
from spokes.site.models import Publication

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hinted(monkeypatch, publish_queue) -> list[int]:
    """The channels that the dispatch would have sent to the broker."""
    channels: list[int] = []

    def hint(channel_id: int) -> bool:
        channels.append(channel_id)
        return True

    monkeypatch.setattr(ticks, "hint_channel", hint)
    return channels


def test_dispatch_names_the_channels_that_have_something_due(
    plan, hinted, now, channel, make_channel
) -> None:
    plan(), plan()
    quiet = make_channel(network="wire")
    plan(channel=quiet, due_at=now + timedelta(hours=1))
    ticks.dispatch(now)
    assert hinted == [channel.pk, channel.pk]


def test_dispatch_hints_no_more_than_there_are_free_places(plan, hinted, now, channel) -> None:
    channel.max_inflight = 2
    channel.save()
    plan(state="sending", lease_until=now + timedelta(minutes=1))
    plan(), plan(), plan()
    ticks.dispatch(now)
    assert hinted == [channel.pk]


def test_dispatch_leaves_out_what_no_call_would_get_through_to(
    plan, hinted, now, make_channel, manager, make_genre, make_spoke
) -> None:
    held = make_channel(make_spoke(make_genre("Polka")), network="wire")
    quiet, broken = make_channel(network="wire"), make_channel(network="wire")
    for channel in (held, quiet, broken):
        plan(channel=channel)
    hold(scope="spoke", spoke=held.spoke, actor=manager, reason="A scandal")
    later = now + timedelta(minutes=5)
    Gate.objects.create(name=f"channel:{quiet.pk}", on_pace_at=now, not_before=later)
    Gate.objects.create(name=f"channel:{broken.pk}", on_pace_at=now, opened_until=later)
    ticks.dispatch(now)
    assert hinted == []
    ticks.dispatch(later)
    assert hinted == [quiet.pk, broken.pk]


def test_dispatch_adds_no_hints_to_those_that_no_worker_has_taken_yet(
    plan, now, make_channel, publish_queue
) -> None:
    for _ in range(2):
        plan(channel=make_channel(network="wire"))
    assert ticks.dispatch(now) == 2
    assert ticks.dispatch(now) == 0
    assert hints_waiting() == 2
    publish_queue.purge()
    assert ticks.dispatch(now) == 2


def test_dispatch_asks_a_broker_that_is_down_once_and_sends_a_little_itself(
    plan, now, monkeypatch, make_channel, wire, publish_queue
) -> None:
    asked = []
    monkeypatch.setattr(ticks, "hint_channel", asked.append)
    for _ in range(3):
        plan(channel=make_channel(network="wire"))
    assert ticks.dispatch(now) == 0
    assert len(asked) == 1
    assert len(wire.posted) == 1
    for _ in range(2):
        ticks.dispatch(now)
    assert len(wire.posted) == 3


def test_a_tick_that_somebody_runs_is_not_run_by_another(now, db) -> None:
    every = timedelta(seconds=10)
    assert leases.take(name="x", holder="a", every=every, now=now)
    assert not leases.take(name="x", holder="b", every=every, now=now + timedelta(seconds=11))
    leases.give_back(name="x", holder="a", now=now)
    assert not leases.take(name="x", holder="b", every=every, now=now + timedelta(seconds=5))
    assert leases.take(name="x", holder="b", every=every, now=now + timedelta(seconds=11))


def test_the_tick_of_a_dead_holder_is_taken_over(now, db) -> None:
    every = timedelta(seconds=10)
    leases.take(name="x", holder="a", every=every, now=now)
    assert leases.take(name="x", holder="b", every=every, now=now + timedelta(seconds=61))


@pytest.mark.parametrize(
    ("begun", "is_taken"),
    [(timedelta(minutes=-1), False), (timedelta(seconds=1), True), (timedelta(hours=1), False)],
    ids=["lives since", "begun anew", "begun by a wrong clock"],
)
def test_the_tick_of_a_worker_that_died_waits_no_longer_than_it(now, begun, is_taken, db) -> None:
    every = timedelta(seconds=1)
    leases.take(name="x", holder="w@here/ticker", every=every, now=now)
    later = now + timedelta(seconds=2)
    Heartbeat.objects.create(
        name="w@here", role="worker", started_at=now + begun, seen_at=later, slots=2
    )
    assert leases.take(name="x", holder="v@here/ticker", every=every, now=later) == is_taken
    assert not leases.take(name="x", holder="w@here/ticker", every=every, now=later)


def test_a_clock_that_was_set_back_does_not_stop_the_ticks(now, hinted, db) -> None:
    ticks.run_due_ticks(holder="a", now=now + timedelta(days=1))
    TickLease.objects.update(until=now + timedelta(days=1))
    assert set(ticks.run_due_ticks(holder="a", now=now)) == set(ticks.TICKS)


def test_a_tick_that_fails_is_shown_and_runs_again(now, monkeypatch, db) -> None:
    def breaks(now):
        raise RuntimeError("no more rows today")

    broken = ticks.Tick("broken", timedelta(seconds=1), breaks)
    monkeypatch.setitem(ticks.TICKS, "broken", broken)
    assert ticks.run_tick("broken", holder="a", now=now)
    row = TickLease.objects.get(name="broken")
    assert "no more rows today" in row.last_error
    TickLease.objects.update(until=now)
    assert ticks.run_tick("broken", holder="a", now=now + timedelta(seconds=2))


def test_all_ticks_run_the_first_time(now, hinted, db) -> None:
    assert set(ticks.run_due_ticks(holder="a", now=now)) == set(ticks.TICKS)


def test_blocked_deliveries_come_back_with_the_connection(plan, now, channel, send) -> None:
    channel.auth_lost_at = now
    channel.save()
    delivery = plan(state="blocked")
    ticks.resume_blocked(now)
    delivery.refresh_from_db()
    assert delivery.state == "blocked"
    channel.auth_lost_at = None
    channel.save()
    ticks.resume_blocked(now)
    send()
    delivery.refresh_from_db()
    assert delivery.state == "live"


def test_what_expired_is_withdrawn_by_itself(plan, make_post, make_channel, send, now) -> None:
    site = make_channel(network="site")
    post = make_post(expires_at=now + timedelta(hours=1))
    plan(post, channel=site)
    send(on=site)
    assert ticks.expire(now) == 0
    assert ticks.expire(now + timedelta(hours=2)) == 1
    assert ticks.expire(now + timedelta(hours=2)) == 0
    Delivery.objects.filter(kind="withdraw").update(due_at=now, next_try_at=now)
    send(on=site, minutes=121)
    assert Publication.objects.filter(withdrawn_at__isnull=False).count() == 1


def test_what_expired_comes_down_although_another_can_not(
    plan, make_post, make_channel, now, monkeypatch
) -> None:
    monkeypatch.setattr(ticks, "EXPIRE_BATCH", 1)
    post = make_post(expires_at=now)
    plan(post, channel=make_channel(network="unheard-of"), state="live")
    plan(post, channel=make_channel(network="site"), state="live", remote_id="1")
    assert ticks.expire(now) == 1


def test_one_that_can_not_be_taken_down_stops_no_other(
    plan, make_post, now, network, monkeypatch
) -> None:
    first, second = (plan(make_post(expires_at=now), state="live") for _ in range(2))

    def taken(*, delivery: Delivery, **words: object) -> None:
        if delivery == first:
            raise RuntimeError("its row is broken")
        withdraw_live(delivery=delivery, **words)

    monkeypatch.setattr(ticks, "withdraw_live", taken)
    assert ticks.expire(now) == 1
    assert Delivery.objects.get(kind="withdraw").target == second


def test_processes_that_are_long_gone_are_forgotten(now, db) -> None:
    for name, ago in (("old", 2), ("new", 0)):
        seen = now - timedelta(days=ago)
        Heartbeat.objects.create(name=name, role="worker", started_at=seen, seen_at=seen)
    assert ticks.prune(now) == 1
    assert Heartbeat.objects.get().name == "new"


def test_what_goes_live_has_its_cards_drawn_by_the_rounds(
    plan, make_channel, send, now, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    site = make_channel(network="site")
    plan(channel=site)
    send(on=site)
    later = timezone.now() + timedelta(seconds=1)
    assert "cards" in ticks.run_due_ticks(holder="a", now=later)
    publication = Publication.objects.get()
    assert set(cards.urls_of([publication.pk])[publication.pk]) == {"wide", "square", "story"}
