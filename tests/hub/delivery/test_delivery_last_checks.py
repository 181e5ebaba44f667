"""Checked once more at the moment of sending."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery.models import Delivery
from spokes.audiences.actions import ban_post, save_audience

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_a_post_that_is_not_approved_any_more_is_not_sent(plan, send, wire, make_post) -> None:
    delivery = plan(make_post(state="draft"))
    send()
    assert fresh(delivery).state == "refused"
    assert "not approved" in fresh(delivery).reason
    assert wire.calls == []


def test_another_revision_than_the_planned_one_is_not_sent(plan, send, wire, make_post) -> None:
    delivery = plan(make_post(revision=2), post_revision=1)
    send()
    assert (fresh(delivery).state, wire.calls) == ("refused", [])


def test_an_expired_post_is_missed(plan, send, wire, make_post, now) -> None:
    delivery = plan(make_post(expires_at=now))
    send()
    assert (fresh(delivery).state, wire.calls) == ("missed", [])


def test_an_embargo_holds_until_its_very_moment(plan, send, wire, make_post, now) -> None:
    delivery = plan(make_post(embargo_until=now + timedelta(minutes=5)))
    send()
    assert fresh(delivery).state == "scheduled"
    assert send(minutes=4.9) == 0
    send(minutes=5)
    assert fresh(delivery).state == "live"


def test_a_ban_after_planning_still_stops_it(plan, send, wire, channel, manager) -> None:
    delivery = plan()
    ban_post(post=delivery.post, channel=channel, reason="Wrong crowd", actor=manager)
    send()
    assert fresh(delivery).state == "refused"
    assert "Wrong crowd" in fresh(delivery).reason
    assert wire.calls == []


def test_an_audience_that_changed_meanwhile_stops_it(
    plan, send, wire, channel, manager, make_tag
) -> None:
    make_tag("vinyl")
    delivery = plan()
    channel.audience = save_audience(name="Diggers", expression="tag:vinyl", actor=manager)
    channel.save()
    send()
    assert (fresh(delivery).state, wire.calls) == ("refused", [])


def test_a_quarter_of_an_hour_late_is_sent_and_marked_only_beyond(plan, send, now) -> None:
    on_time = plan(due_at=now - timedelta(minutes=14))
    send()
    assert (fresh(on_time).state, fresh(on_time).sent_late) == ("live", False)


def test_an_hour_late_only_an_evergreen_post_goes(plan, send, make_post, now) -> None:
    news = plan(make_post(), due_at=now - timedelta(hours=1))
    evergreen = plan(make_post(evergreen=True), due_at=now - timedelta(hours=1))
    send()
    assert fresh(news).state == "missed"
    assert (fresh(evergreen).state, fresh(evergreen).sent_late) == ("live", True)


def test_three_hours_late_nothing_goes_and_the_reason_says_how_late(plan, send, make_post, now):
    delivery = plan(make_post(evergreen=True), due_at=now - timedelta(hours=3))
    send()
    assert fresh(delivery).state == "missed"
    assert "3 hours late" in fresh(delivery).reason


def test_a_wave_of_late_ones_is_released_at_a_pace(plan, send, channel, now, wire) -> None:
    channel.late_policy = "always"
    channel.save()
    for _ in range(3):
        plan(due_at=now - timedelta(hours=1))
    send()
    assert len(wire.posted) == 1
    send(minutes=1)
    assert len(wire.posted) == 1
    send(minutes=2.1)
    assert len(wire.posted) == 2


def test_what_may_be_out_already_is_never_called_missed(plan, send, now, wire) -> None:
    delivery = plan(due_at=now - timedelta(hours=5), state="waiting", tries=1, uncertain=True)
    send()
    assert (fresh(delivery).state, wire.calls) == ("review", [])
