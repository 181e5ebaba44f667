"""The rounds: any number of beats and workers may run them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery import leases, ticks
from hub.delivery.models import Delivery, Heartbeat, TickLease
from spokes.site.models import Publication

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hinted(monkeypatch) -> list[int]:
    """The channels that the dispatch would have sent to the broker."""
    channels: list[int] = []
    monkeypatch.setattr(ticks, "hint_channel", channels.append)
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


def test_processes_that_are_long_gone_are_forgotten(now, db) -> None:
    for name, ago in (("old", 2), ("new", 0)):
        seen = now - timedelta(days=ago)
        Heartbeat.objects.create(name=name, role="worker", started_at=seen, seen_at=seen)
    assert ticks.prune(now) == 1
    assert Heartbeat.objects.get().name == "new"
