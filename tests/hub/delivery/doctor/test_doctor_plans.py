"""Planned rows that do not agree with their posts, their targets or their calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from content.editorial.models import Post
from hub.delivery.doctor.examine import examine
from hub.delivery.models import Attempt, Delivery, Outcome, RouteReason
from hub.delivery.states import State
from tests.hub.delivery.doctor.examined import assert_left_to_a_person, assert_mends, codes

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_what_would_go_out_before_its_time_waits_for_it(row, now) -> None:
    early = row(next_try_at=now - HOUR / 12)
    assert_mends("due.early", now)
    early.refresh_from_db()
    assert early.next_try_at == early.due_at


def test_what_is_tried_again_after_it_was_sent_is_not_early(row, now) -> None:
    row(state=State.WAITING, tries=1, first_sent_at=now, next_try_at=now + HOUR)
    assert codes(now) == []


def test_a_post_changed_after_it_was_scheduled_is_for_a_person(row, now) -> None:
    row()
    Post.objects.update(revision=2)
    assert_left_to_a_person("post.changed", now)


def test_a_withdrawal_of_a_changed_post_is_in_order(row, now) -> None:
    target = row(state=State.LIVE, settled_at=now)
    row(post=target.post, kind="withdraw", target=target)
    Post.objects.update(revision=2)
    assert codes(now) == []


def test_a_post_that_ends_before_it_begins_is_for_a_person(row, make_post, now) -> None:
    row(post=make_post(locked_at=now - HOUR, expires_at=now + HOUR))
    assert_left_to_a_person("post.expires_first", now)


def test_what_has_expired_and_is_still_there_is_taken_down(row, make_post, now) -> None:
    live = row(post=make_post(expires_at=now - 3 * HOUR), state=State.LIVE, settled_at=now - DAY)
    Post.objects.update(locked_at=now - HOUR)
    found = codes(now)
    assert "expired.live" in found
    Post.objects.update(locked_at=None)
    assert_mends("expired.live", now)
    assert live.changes.get().kind == "withdraw"


def test_what_a_person_called_off_after_the_expiry_stays(row, make_post, now) -> None:
    live = row(post=make_post(expires_at=now - 3 * HOUR), state=State.LIVE, settled_at=now - DAY)
    off = {"state": State.CANCELLED, "settled_at": now, "created_at": now - 2 * HOUR}
    row(post=live.post, kind="withdraw", target=live, **off)
    assert codes(now) == []


def test_what_was_taken_down_is_marked_so(row, make_post, now) -> None:
    live = row(post=make_post(), state=State.LIVE, settled_at=now - DAY)
    row(post=live.post, kind="withdraw", target=live, state=State.LIVE, settled_at=now - HOUR)
    assert_mends("withdrawn.not_marked", now)
    live.refresh_from_db()
    assert live.withdrawn_at == now - HOUR


def test_a_change_of_another_post_is_cancelled(row, make_post, now) -> None:
    other = row(post=make_post(), state=State.LIVE, settled_at=now)
    edit = row(kind="edit", target=other)
    Post.objects.filter(pk=edit.post_id).update(locked_at=now - HOUR)
    assert_mends("change.other_target", now)
    edit.refresh_from_db()
    assert edit.state == State.CANCELLED


def test_a_call_that_never_ended_is_noted_as_not_answered(row, make_post, now) -> None:
    live = row(post=make_post(), state=State.LIVE, settled_at=now)
    began = {"lease_token": 1, "worker": "w1", "started_at": now - 2 * HOUR}
    Attempt.objects.create(delivery=live, number=1, **began)
    assert_mends("attempt.open", now)
    assert Attempt.objects.get().outcome == Outcome.UNKNOWN


def test_a_call_that_a_worker_makes_is_in_order(row, now) -> None:
    sending = {"lease_owner": "w1", "lease_until": now + timedelta(seconds=30), "lease_token": 1}
    call = row(state=State.SENDING, first_sent_at=now - 2 * HOUR, **sending)
    began = {"lease_token": 1, "worker": "w1", "started_at": now - 2 * HOUR}
    Attempt.objects.create(delivery=call, number=1, **began)
    assert codes(now) == []


def test_a_lost_payload_of_what_may_be_there_is_put_before_a_person(row, now) -> None:
    lost = row(state=State.WAITING, tries=1, uncertain=True, first_sent_at=now - HOUR)
    assert_mends("payload.lost", now)
    lost.refresh_from_db()
    assert (lost.state, lost.payload) == (State.REVIEW, None)


def test_look_ups_that_nobody_makes_are_named_once_a_channel(row, now) -> None:
    for _ in range(2):
        row(state=State.UNKNOWN, first_sent_at=now - HOUR, uncertain=True)
    Delivery.objects.update(next_try_at=now - HOUR)
    assert_left_to_a_person("look_up.overdue", now)


def test_a_lock_of_the_future_is_taken_off(make_post, now) -> None:
    post = make_post(locked_at=now + 300 * DAY)
    assert_mends("post.locked", now)
    post.refresh_from_db()
    assert post.locked_at is None


@pytest.fixture
def rule_lost(db) -> Iterator[tuple[str, ...]]:
    """Take the rule of routes away, as a half restored copy would; give what is found for it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "ALTER TABLE delivery_delivery DROP CONSTRAINT delivery_publish_has_a_route"
            )
            yield ("rule.missing",)
            return
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield ()
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_a_route_whose_answer_is_not_kept_keeps_its_words(rule_lost, row, now) -> None:
    routed = row(route_code="wanted", route_reason="genre: Rap")
    assert_mends("route.no_reason", now, beside=rule_lost)
    routed.refresh_from_db()
    assert routed.route.answer == {"goes": True, "code": "wanted", "reason": "genre: Rap"}


def test_a_route_whose_answer_was_taken_away_keeps_its_words(row, now) -> None:
    reason = RouteReason.objects.create(answer={"code": "wanted"})
    routed = row(route_code="wanted", route_reason="genre: Rap", route=reason)
    assert codes(now) == []
    RouteReason.objects.all()._raw_delete("default")
    assert_mends("route.no_reason", now)
    routed.refresh_from_db()
    assert routed.route.answer["reason"] == "genre: Rap"


def test_a_publish_of_which_nobody_said_why_is_for_a_person(rule_lost, row, now) -> None:
    row(route_code="", route_reason="")
    found = [(one.finding.code, one.mended) for one in examine(now=now, fix=True)]
    assert found == [*((code, False) for code in rule_lost), ("route.no_reason", False)]


def test_a_plan_by_hand_needs_no_answer_of_routing(row, now) -> None:
    row()
    assert codes(now) == []
