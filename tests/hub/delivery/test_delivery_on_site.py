"""The site's channels: published and settled in one transaction, many at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.delivery import engine, local, policy
from hub.delivery.models import Delivery
from spokes.channels.connectors.site.connector import SiteConnector
from spokes.site.models import Publication

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(make_channel):
    return make_channel(network="site", max_inflight=200)


@pytest.fixture
def plan_many(plan, site, make_post):
    def make(number: int) -> list[Delivery]:
        return [plan(make_post(), channel=site) for _ in range(number)]

    return make


def test_a_post_goes_live_on_the_site_with_its_address(plan_many, send, site) -> None:
    (delivery,) = plan_many(1)
    send(on=site)
    publication = Publication.objects.get(key=delivery.key)
    delivery.refresh_from_db()
    assert delivery.state == "live"
    assert delivery.remote_url.endswith(publication.get_absolute_url())
    assert delivery.payload_hash
    assert delivery.attempts.get().outcome == "sent"


def test_a_delivery_costs_at_most_four_queries_in_a_batch(plan_many, send, site) -> None:
    plan_many(60)
    with CaptureQueriesContext(connection) as queries:
        assert send(on=site) == 60
    assert len(queries) <= 4 * 60 / 2
    assert Publication.objects.count() == 60


def test_a_thread_that_gets_no_turn_to_write_is_free_for_others(
    plan_many, send, site, monkeypatch
) -> None:
    if connection.vendor != "sqlite":
        return
    plan_many(2)
    monkeypatch.setattr(engine, "LONGEST_WAIT_FOR_A_TURN", 0.01)
    with engine.turns:
        assert send(on=site) == 0
    assert send(on=site) == 2


def test_more_queries_are_needed_per_batch_not_per_delivery(plan_many, send, site) -> None:
    plan_many(10)
    with CaptureQueriesContext(connection) as few:
        send(on=site)
    plan_many(40)
    with CaptureQueriesContext(connection) as many:
        send(on=site)
    assert len(many) <= len(few) + 6


def test_one_bad_row_stops_nobody_but_itself(plan_many, send, site, monkeypatch) -> None:
    deliveries = plan_many(5)
    bad = deliveries[2]
    commit_many = SiteConnector.commit_many

    def breaks_on_one(self, letters):
        if any(letter.key == bad.key for letter in letters):
            raise RuntimeError("this one can't be stored")
        return commit_many(self, letters)

    monkeypatch.setattr(SiteConnector, "commit_many", breaks_on_one)
    send(on=site)
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states.pop(bad.pk) == "scheduled"
    assert set(states.values()) == {"live"}
    send(on=site, minutes=2)
    bad.refresh_from_db()
    assert bad.state == "dead"
    assert "can't be stored" in bad.reason


def test_a_batch_whose_worker_died_is_not_half_done(plan_many, send, site, monkeypatch) -> None:
    plan_many(3)

    def power_cut(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "insert_each", power_cut)
    with pytest.raises(KeyboardInterrupt):
        send(on=site)
    assert Publication.objects.count() == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {"claimed"}


def test_withdrawing_takes_it_off_the_site(plan, plan_many, send, site, now) -> None:
    (delivery,) = plan_many(1)
    send(on=site)
    withdrawal = plan(delivery.post, channel=site, kind="withdraw", target=delivery)
    send(on=site, minutes=1)
    for row in (delivery, withdrawal):
        row.refresh_from_db()
    assert withdrawal.state == "live"
    assert delivery.withdrawn_at is not None
    assert not Publication.objects.live(now).exists()


def test_a_withdrawal_waits_for_a_publish_that_is_on_its_way(plan, plan_many, send, site) -> None:
    (delivery,) = plan_many(1)
    withdrawal = plan(delivery.post, channel=site, kind="withdraw", target=delivery)
    delivery.move("claimed", lease_owner="w1", lease_until=delivery.due_at)
    send(on=site)
    withdrawal.refresh_from_db()
    assert withdrawal.state == "scheduled"
    delivery.move(
        "sending",
        lease_owner="w1",
        lease_until=delivery.due_at,
        first_sent_at=delivery.due_at,
    )
    delivery.move("live", remote_id="1", settled_at=delivery.due_at)
    send(on=site, minutes=1)
    withdrawal.refresh_from_db()
    assert withdrawal.state == "live"


def test_an_edit_changes_what_the_site_shows(plan, plan_many, send, site) -> None:
    (delivery,) = plan_many(1)
    send(on=site)
    post = delivery.post
    post.title, post.revision = "A better title", post.revision + 1
    post.save()
    plan(post, channel=site, kind="edit", target=delivery)
    send(on=site, minutes=1)
    assert Publication.objects.get().title == "A better title"


def test_big_waves_go_in_batches(plan_many, send, site, monkeypatch) -> None:
    monkeypatch.setattr(policy, "LOCAL_BATCH", 7)
    plan_many(20)
    assert send(on=site) == 20
    assert Publication.objects.count() == 20


def test_the_post_is_unlocked_when_nothing_is_on_its_way_any_more(
    plan, plan_many, send, site, make_channel, now
) -> None:
    (first,) = plan_many(1)
    other = make_channel(network="site", max_inflight=200)
    plan(first.post, channel=other, due_at=now + timedelta(minutes=5))
    type(first.post).objects.filter(pk=first.post_id).update(locked_at=now)
    send(on=site)
    first.post.refresh_from_db()
    assert first.post.locked_at is not None
    send(on=other, minutes=5)
    first.post.refresh_from_db()
    assert first.post.locked_at is None
