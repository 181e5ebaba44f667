"""The doctor finds each planted fault, says what it would do, and does what is safe."""

from __future__ import annotations

import inspect
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from content.editorial.models import Post
from content.media.models import Asset, Rendition
from hub.delivery.doctor import examine as examine_module
from hub.delivery.doctor.deliveries import published_often, standing_publishes
from hub.delivery.doctor.examine import CHECKS, examine
from hub.delivery.gates import gate_name
from hub.delivery.models import Attempt, Delivery, Gate, Heartbeat, Hold, TickLease
from hub.delivery.ready import payload_hash
from hub.delivery.states import State
from spokes.site.models import CardImage, Publication
from tests.hub.delivery.doctor.examined import (
    assert_left_to_a_person,
    assert_mends,
    codes,
    doctor,
)

HOUR = timedelta(hours=1)


def test_a_house_in_order_gives_nothing(row) -> None:
    row()
    status, said = doctor()
    assert (status, "Nothing is stuck or odd." in said) == (0, True)


def test_a_lease_long_over_is_taken_back(row, now) -> None:
    over = {"lease_owner": "w1", "lease_until": now - HOUR, "lease_token": 1}
    row(due_at=now - HOUR, state=State.CLAIMED, **over)
    assert_mends("lease.over", now)
    assert Delivery.objects.get().state == State.SCHEDULED


def test_one_that_was_being_sent_is_looked_up_never_sent_again(row, now) -> None:
    row(
        state=State.SENDING,
        lease_owner="w1",
        lease_until=now - HOUR,
        lease_token=1,
        first_sent_at=now - HOUR,
    )
    assert_mends("lease.over", now)
    assert Delivery.objects.get().state == State.UNKNOWN


def test_a_lease_of_the_far_future_ends_in_a_minute(row, now) -> None:
    row(state=State.CLAIMED, lease_owner="w1", lease_until=now + 24 * HOUR, lease_token=1)
    assert_mends("lease.odd", now)


def test_in_hand_of_nobody_is_found_or_refused_by_the_database(row, now) -> None:
    try:
        with transaction.atomic():
            until = now + timedelta(seconds=30)
            row(state=State.CLAIMED, lease_owner="", lease_until=until, lease_token=1)
    except IntegrityError:
        return
    assert_mends("lease.odd", now)


def test_what_is_never_looked_up_is_looked_up_now(row, now) -> None:
    row(state=State.UNKNOWN, first_sent_at=now - HOUR)
    Delivery.objects.update(next_try_at=now + 48 * HOUR)
    assert_mends("look_up.far", now)


def test_what_is_never_tried_again_is_tried_now(row, now) -> None:
    row(due_at=now, state=State.WAITING, tries=1)
    Delivery.objects.update(next_try_at=now + 72 * HOUR)
    assert_mends("try.far", now)


def test_what_waits_for_its_embargo_is_in_order(row, make_post, now) -> None:
    until = now + 72 * HOUR
    row(post=make_post(locked_at=now - HOUR, embargo_until=until), state=State.WAITING, tries=1)
    Delivery.objects.update(next_try_at=until)
    assert codes(now) == []


def test_a_channel_that_nobody_serves_is_named_once(row, now) -> None:
    for _ in range(3):
        row(due_at=now - HOUR)
    found = list(examine(now=now))
    assert [result.finding.code for result in found] == ["channel.overdue"]
    assert "3 deliveries should be out" in found[0].finding.words
    assert_left_to_a_person("channel.overdue", now)


def test_what_is_blocked_on_a_connected_channel_goes_back(row, now) -> None:
    row(due_at=now, state=State.BLOCKED, reason="No token")
    assert_mends("blocked.connected", now)
    assert Delivery.objects.get().state == State.SCHEDULED


def test_a_change_of_what_is_gone_is_cancelled(row, now) -> None:
    target = row(state=State.CANCELLED, settled_at=now)
    row(post=target.post, kind="withdraw", target=target)
    assert_mends("change.no_target", now)


@pytest.mark.parametrize("state", ["archived", "draft"])
def test_what_belongs_to_a_post_not_approved_is_cancelled(row, make_post, now, state) -> None:
    row(post=make_post(state=state))
    assert_mends("post.not_approved", now)
    assert Delivery.objects.get().state == State.CANCELLED


def test_an_answer_that_nobody_took_settles_a_review(row, now) -> None:
    lost = row(state=State.REVIEW, reason="No answer", first_sent_at=now - HOUR)
    Post.objects.update(locked_at=None)
    _answered(lost, now)
    assert_mends("answer.not_taken", now)
    lost.refresh_from_db()
    assert (lost.state, lost.remote_url) == (State.LIVE, "https://there.example.org/1")


def test_an_answer_to_what_was_given_up_is_for_a_person(row, now) -> None:
    lost = row(state=State.DEAD, reason="Given up", settled_at=now, first_sent_at=now - HOUR)
    Post.objects.update(locked_at=None)
    _answered(lost, now)
    assert_left_to_a_person("answer.not_taken", now)


def test_another_payload_than_its_hash_is_prepared_anew(row, now) -> None:
    row(payload={"title": "Other"}, payload_hash=payload_hash({"title": "Mine"}))
    assert_mends("payload.changed", now)
    assert Delivery.objects.get().payload is None


def test_another_payload_that_may_be_there_is_for_a_person(row, now) -> None:
    row(payload={"title": "Other"}, payload_hash="x", first_sent_at=now - HOUR)
    assert_left_to_a_person("payload.changed", now)


def test_a_payload_as_it_was_frozen_is_in_order(row, now) -> None:
    row(payload={"title": "Mine"}, payload_hash=payload_hash({"title": "Mine"}))
    assert codes(now) == []


def test_the_younger_of_two_publishes_is_cancelled(row, now) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX delivery_publish_once_per_channel")
    first = row()
    second = row(post=first.post)
    assert_mends("publish.twice", now, beside=("rule.missing",))
    second.refresh_from_db()
    assert second.state == State.CANCELLED


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a plan is worded by its database")
def test_publishes_are_counted_along_the_index_of_their_rule(db) -> None:
    plan = published_often(standing_publishes()).explain()
    assert "delivery_publish_once_per_channel" in plan
    assert "TEMP B-TREE" not in plan


def test_a_review_without_a_reason_is_found_or_refused_by_the_database(row, now) -> None:
    try:
        with transaction.atomic():
            row(state=State.REVIEW, reason="")
    except IntegrityError:
        return
    Post.objects.update(locked_at=None)
    assert_mends("review.no_reason", now)


def test_a_post_locked_for_nothing_is_unlocked(make_post, now) -> None:
    post = make_post(locked_at=now - HOUR)
    assert_mends("post.locked", now)
    post.refresh_from_db()
    assert post.locked_at is None


def test_a_post_on_its_way_is_locked(row, make_post, now) -> None:
    row(post=make_post(), created_at=now - HOUR)
    assert_mends("post.unlocked", now)
    assert Post.objects.get().locked_at is not None


def test_what_the_site_does_not_show_is_marked_as_taken_down(row, make_channel, now) -> None:
    row(channel=make_channel(), state=State.LIVE, settled_at=now)
    Post.objects.update(locked_at=None)
    assert_mends("live.no_publication", now)
    assert Delivery.objects.get().withdrawn_at is not None


def test_what_the_site_shows_for_nobody_is_for_a_person(db, now) -> None:
    _shown("nobody", now)
    assert_left_to_a_person("publication.no_delivery", now)


def test_what_both_say_is_in_order(row, make_channel, now) -> None:
    live = row(channel=make_channel(), state=State.LIVE, settled_at=now)
    Post.objects.update(locked_at=None)
    _shown(live.key, now)
    assert codes(now) == []


@pytest.mark.parametrize("field", ["opened_until", "not_before", "on_pace_at", "next_late_at"])
def test_a_gate_shut_for_ever_lets_the_next_try(channel, now, field) -> None:
    times = {"on_pace_at": now, field: now + timedelta(days=300)}
    Gate.objects.create(name=gate_name(channel.pk), **times)
    assert_mends("gate.far", now)


def test_a_round_held_in_the_future_is_freed(db, now) -> None:
    TickLease.objects.create(name="reap", until=now + HOUR, last_run_at=now + HOUR)
    assert_mends("tick.held", now)


def test_a_failing_round_is_named(db, now) -> None:
    TickLease.objects.create(name="reap", until=now, last_run_at=now, last_error="KeyError('x')")
    assert_left_to_a_person("tick.failing", now)


def test_a_round_that_stopped_is_named(db, now) -> None:
    TickLease.objects.create(name="reap", until=now - HOUR, last_run_at=now - HOUR)
    Heartbeat.objects.create(name="w", role="worker", started_at=now, seen_at=now)
    assert_left_to_a_person("tick.stopped", now)


def test_a_worker_of_a_wrong_clock_counts_for_no_round(db, now) -> None:
    TickLease.objects.create(name="reap", until=now - HOUR, last_run_at=now - HOUR)
    Heartbeat.objects.create(name="w", role="worker", started_at=now, seen_at=now + HOUR)
    assert codes(now) == ["heartbeat.future"]


def test_a_process_seen_in_the_future_is_forgotten(db, now) -> None:
    Heartbeat.objects.create(name="w", role="worker", started_at=now, seen_at=now + HOUR)
    assert_mends("heartbeat.future", now)


def test_a_hold_on_an_archived_post_is_named(make_post, manager, now) -> None:
    post = make_post(state="archived")
    Hold.objects.create(scope="post", post=post, reason="Wait", by=manager, since=now)
    assert_left_to_a_person("hold.archived", now)


def test_a_card_that_failed_is_drawn_again(row, make_channel, now) -> None:
    live = row(channel=make_channel(), state=State.LIVE, settled_at=now)
    Post.objects.update(locked_at=None)
    shown = _shown(live.key, now)
    CardImage.objects.create(
        publication=shown, shape="wide", state="failed", next_try_at=now, error="No font"
    )
    assert_mends("card.failed", now)


@pytest.fixture
def picture(db, now) -> Asset:
    """A picture of which a size is still to be made."""
    asset = Asset.objects.create(
        title="A stage",
        alt_text="A stage.",
        file="assets/a.jpg",
        width=4,
        height=3,
        checksum="c" * 64,
        uploaded_at=now,
    )
    Rendition.objects.create(asset=asset, name="card", key="k", next_try_at=now - 2 * HOUR)
    return asset


def test_sizes_that_could_not_be_made_are_made_again(picture, now) -> None:
    Rendition.objects.update(state="failed", error="No room", tries=3)
    assert_mends("picture.sizes", now)
    assert Rendition.objects.get().state == "pending"


def test_sizes_that_nobody_makes_are_named(picture, now) -> None:
    assert_left_to_a_person("picture.waiting", now)


def test_sizes_that_are_soon_made_are_in_order(picture, now) -> None:
    Rendition.objects.update(next_try_at=now - HOUR / 2)
    assert codes(now) == []


def test_every_finding_is_planted_here_and_explained_to_people() -> None:
    folder = Path(inspect.getfile(examine_module)).parent
    source = "".join(path.read_text() for path in folder.glob("*.py"))
    found = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', source)) - {"doctor.mended"}
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    planted = set(re.findall(r'assert_\w+\("([a-z_.]+)", now', tests))
    assert found == planted
    page = Path(settings.ROOT, "docs/how-to/watch-the-machine.md").read_text()
    told = page.partition("## The doctor")[2]
    assert found == set(re.findall(r"`([a-z_]+\.[a-z_]+)`", told))


def test_what_a_person_must_do_ends_with_one_and_says_so(db, now) -> None:
    TickLease.objects.create(name="reap", until=now, last_run_at=now, last_error="KeyError('x')")
    status, said = doctor("--fix")
    assert status == 1
    assert "by hand:" in said


def test_what_was_found_and_not_fixed_ends_with_one(make_post, now) -> None:
    make_post(locked_at=now - HOUR)
    status, said = doctor()
    assert status == 1
    assert "--fix would: Unlock it." in said
    assert doctor("--fix")[0] == 0
    assert doctor()[0] == 0


def test_machines_read_a_line_each(make_post, now) -> None:
    post = make_post(locked_at=now - HOUR)
    _, said = doctor("--json")
    line = json.loads(said)
    assert (line["code"], line["row"]) == ("post.locked", f"editorial.post:{post.pk}")
    assert (line["can_fix"], line["fixed"]) == (True, False)


def test_many_of_a_kind_are_counted(make_post, now) -> None:
    for _ in range(53):
        make_post(locked_at=now - HOUR)
    _, said = doctor()
    assert "and 3 more" in said
    assert "53 findings." in said


def test_a_house_in_order_costs_few_queries(row, now, django_assert_max_num_queries) -> None:
    for _ in range(5):
        row()
    with django_assert_max_num_queries(2 * len(CHECKS)):
        assert codes(now) == []


def _answered(delivery: Delivery, now) -> None:
    Attempt.objects.create(
        delivery=delivery,
        number=1,
        lease_token=1,
        worker="w1",
        started_at=now - HOUR,
        ended_at=now - HOUR,
        outcome="sent",
        detail="https://there.example.org/1",
        orphaned=True,
    )


def _shown(key: str, now) -> Publication:
    return Publication.objects.create(
        key=key,
        post_ref=1,
        slug=key,
        kind="feature",
        title=key,
        teaser=key,
        cta_label="Go",
        cta_url="https://listen.example.org/",
        published_at=now - HOUR,
        changed_at=now - HOUR,
    )
