"""No publish is planned without its reason being kept, as it was then."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery, RouteReason
from hub.schedule.actions import schedule_post
from spokes.audiences.actions import pin_post
from spokes.audiences.models import Audience


@pytest.fixture
def tours(make_channel):
    audience = Audience.objects.create(name="Tours", slug="tours", expression="kind:tour")
    return make_channel(audience=audience)


def test_a_routed_delivery_keeps_the_whole_answer(tours, make_post, editor):
    post = make_post(kind="tour")
    (delivery,) = schedule_post(post=post, actor=editor).deliveries
    assert (delivery.route_code, delivery.route_reason) == ("wanted", "for “Tours”: kind: tour")
    answer = delivery.route.answer
    assert answer["channel"] == tours.slug
    assert answer["parts"]["fact"] == "kind: tour"


def test_the_reason_stays_what_it_was(tours, make_post, editor):
    (delivery,) = schedule_post(post=make_post(kind="tour"), actor=editor).deliveries
    Audience.objects.update(expression="explicit:no", name="Clean")
    delivery.refresh_from_db()
    assert delivery.route_reason == "for “Tours”: kind: tour"


def test_a_pin_is_kept_with_who_said_why(tours, make_post, manager):
    post = make_post()
    pin_post(post=post, channel=tours, reason="They asked for it", actor=manager)
    (delivery,) = schedule_post(post=post, actor=manager).deliveries
    assert delivery.route_code == "pinned"
    assert delivery.route.answer["by_hand"]["reason"] == "They asked for it"


def test_a_plan_without_routing_says_that_it_is_by_hand(tours, make_post, editor, now):
    delivery = plan_delivery(post=make_post(), channel=tours, due_at=now, actor=editor, now=now)
    assert (delivery.route_code, delivery.route_reason) == ("by_hand", "Planned by hand.")
    assert not RouteReason.objects.exists()


@pytest.mark.parametrize("field", ["route_code", "route_reason"])
def test_the_database_refuses_a_publish_without_a_reason(tours, make_post, editor, now, field):
    delivery = plan_delivery(post=make_post(), channel=tours, due_at=now, actor=editor, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(**{field: ""})


def test_the_database_refuses_an_empty_answer(tours, make_post, editor, now):
    delivery = plan_delivery(post=make_post(), channel=tours, due_at=now, actor=editor, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        RouteReason.objects.create(delivery=delivery, answer={})
