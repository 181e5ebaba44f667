"""No publish is planned without its reason being kept, as it was then."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

import hub
from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery, Kind, RouteReason
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
    delivery = plan_delivery(
        post=make_post(), channel=tours, due_at=now, actor=editor, by_hand=True, now=now
    )
    assert (delivery.route_code, delivery.route_reason) == ("by_hand", "Planned by hand.")
    assert not RouteReason.objects.exists()


def test_a_plan_that_forgets_to_say_why_is_refused(tours, make_post, editor, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        plan_delivery(post=make_post(), channel=tours, due_at=now, actor=editor, now=now)
    assert not Delivery.objects.exists()


def test_the_database_refuses_a_route_whose_answer_is_not_kept(tours, make_post, editor):
    (delivery,) = schedule_post(post=make_post(kind="tour"), actor=editor).deliveries
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(route=None)
    with pytest.raises(ProtectedError):
        delivery.route.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        _lose(delivery)


def _lose(delivery: Delivery) -> None:
    RouteReason.objects.filter(pk=delivery.route_id)._raw_delete("default")
    connection.check_constraints()


def test_what_changes_what_is_there_asks_for_no_reason(tours, make_post, editor, now):
    (live,) = schedule_post(post=make_post(kind="tour"), actor=editor).deliveries
    edit = plan_delivery(
        post=live.post,
        channel=tours,
        due_at=now,
        actor=editor,
        kind=Kind.EDIT,
        target=live,
        now=now,
    )
    assert (edit.route, edit.route_code) == (None, "")


@pytest.mark.parametrize("field", ["route_code", "route_reason"])
def test_the_database_refuses_a_publish_without_a_reason(tours, make_post, editor, now, field):
    delivery = plan_delivery(
        post=make_post(), channel=tours, due_at=now, actor=editor, by_hand=True, now=now
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(**{field: ""})


def test_the_database_refuses_an_empty_answer(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        RouteReason.objects.create(answer={})


HOUSE = Path(hub.__file__).parents[1]
ROOFS = ("content", "spokes", "hub")
# where rows of deliveries are made, each with what says why
MADE_IN = {
    "hub/delivery/actions.py": "route_code",
    "hub/demo/history.py": "route_code",
    "hub/demo/fill.py": "route_code",
}
CHANGES = {"EDIT", "WITHDRAW"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Go through every call in the source, each with the path of its file."""
    for path in sorted(one for roof in ROOFS for one in Path(HOUSE, roof).rglob("*.py")):
        if "migrations" not in path.parts:
            tree = ast.parse(path.read_text())
            within = path.relative_to(HOUSE).as_posix()
            yield from ((within, node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_every_plan_in_the_source_says_why_or_changes_what_is_there() -> None:
    plans = [(at, call) for at, call in calls() if ast.unparse(call.func) == "plan_delivery"]
    assert plans
    for at, call in plans:
        told = {one.arg: one.value for one in call.keywords}
        kind = told.get("kind")
        changes = isinstance(kind, ast.Attribute) and kind.attr in CHANGES
        assert changes or "route" in told or "by_hand" in told, f"{at}:{call.lineno}"


def test_deliveries_are_made_in_few_places_and_all_of_them_say_why() -> None:
    making = {"Delivery", "Delivery.objects.create", "Delivery.objects.get_or_create"}
    places = {at for at, call in calls() if ast.unparse(call.func) in making}
    assert places == set(MADE_IN)
    for path, field in MADE_IN.items():
        assert field in Path(HOUSE, path).read_text()
