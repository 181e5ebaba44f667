"""One step for many rows: its effect is shown first, and one that refuses stops no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.audit.models import AuditEntry
from hub.console import bulk
from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery
from hub.delivery.states import State

LIST = "admin:delivery_delivery_changelist"


@pytest.fixture
def plan(make_channel, make_post, editor):
    """Plan so many deliveries for tomorrow, in a state."""
    channel = make_channel()

    def make(count: int, state: State = State.SCHEDULED) -> list[Delivery]:
        now = timezone.now()
        made = [
            plan_delivery(
                post=make_post(),
                channel=channel,
                due_at=now + timedelta(days=1, minutes=number),
                actor=editor,
                now=now,
            )
            for number in range(count)
        ]
        Delivery.objects.filter(pk__in=[row.pk for row in made]).update(state=state)
        return made

    return make


def choose(client: Client, name: str, rows: list[Delivery], **more: str) -> str:
    """Tick rows and press the step; return the page that asks."""
    chosen = {"action": name, "_selected_action": [row.pk for row in rows], **more}
    return client.post(reverse(LIST), chosen).content.decode()


def confirm(client: Client, name: str, rows: list[Delivery], **answers: object) -> str:
    address = reverse("admin:delivery_delivery_bulk", args=[name])
    keys = ",".join(str(row.pk) for row in rows)
    return client.post(address, {"keys": keys, **answers}, follow=True).content.decode()


def states(rows: list[Delivery]) -> list[str]:
    return [Delivery.objects.get(pk=row.pk).state for row in rows]


def test_the_effect_is_said_before_anything_is_done(mona, plan) -> None:
    rows = [*plan(2), *plan(1, State.LIVE)]
    shown = choose(mona, "cancel", rows)
    assert "This cancels 2 deliveries on 1 channel." in shown
    assert "1 stays as it is" in shown
    assert "It is in the state “Live”." in shown
    assert states(rows) == [State.SCHEDULED, State.SCHEDULED, State.LIVE]


def test_what_was_confirmed_is_done_and_told(mona, plan) -> None:
    rows = plan(2)
    shown = confirm(mona, "cancel", rows, reason="The tour is off.")
    assert "2 deliveries were cancelled." in shown
    assert states(rows) == [State.CANCELLED] * 2
    assert AuditEntry.objects.filter(code="delivery.cancelled").count() == 2


def test_one_that_refuses_stops_no_other_and_says_why(mona, plan, make_post) -> None:
    good, bad = plan(2, State.DEAD)
    type(bad.post).objects.filter(pk=bad.post_id).update(
        state="draft", approved_by=None, approved_at=None
    )
    shown = confirm(mona, "try_again", [good, bad])
    assert "1 could not be done" in shown
    assert "it must be approved to be sent" in shown
    assert states([good, bad]) == [State.SCHEDULED, State.DEAD]


def test_what_may_be_out_is_not_tried_again_with_others(mona, plan) -> None:
    doubtful, dead = plan(1, State.REVIEW)[0], plan(1, State.DEAD)[0]
    assert "open it, look, and say what you saw" in choose(mona, "try_again", [doubtful, dead])
    confirm(mona, "try_again", [doubtful, dead])
    assert states([doubtful, dead]) == [State.REVIEW, State.SCHEDULED]


def test_deliveries_are_moved_by_hours(mona, plan) -> None:
    row = plan(1)[0]
    confirm(mona, "move", [row], hours=3)
    moved = Delivery.objects.get(pk=row.pk)
    assert moved.due_at - row.due_at == timedelta(hours=3)


def test_a_question_without_its_answer_is_asked_again(mona, plan) -> None:
    row = plan(1)[0]
    assert "This moves 1 delivery" in confirm(mona, "move", [row], hours="")
    assert Delivery.objects.get(pk=row.pk).due_at == row.due_at


def test_what_was_cancelled_is_planned_again(mona, plan) -> None:
    row = plan(1)[0]
    confirm(mona, "cancel", [row])
    confirm(mona, "plan_again", [row])
    again = Delivery.objects.planned().get()
    assert (again.post_id, again.due_at) == (row.post_id, row.due_at)


def test_no_more_is_done_at_once_than_a_person_can_oversee(mona, plan, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 2)
    rows = plan(3)
    shown = choose(mona, "cancel", rows[:1], select_across="1")
    assert "You chose more than 2." in shown
    confirm(mona, "cancel", rows)
    assert sorted(states(rows)) == [State.CANCELLED, State.CANCELLED, State.SCHEDULED]


def test_who_may_only_look_is_offered_no_step(signed_in, editor, plan) -> None:
    from django.contrib.auth.models import Permission

    from hub.people.models import Membership

    Membership.objects.get_or_create(user=editor, spoke=None)
    editor.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    row = plan(1)[0]
    client = signed_in(editor)
    assert "Cancel them" not in client.get(reverse(LIST)).content.decode()
    address = reverse("admin:delivery_delivery_bulk", args=["cancel"])
    assert client.post(address, {"keys": str(row.pk)}).status_code == 403


def test_looking_at_the_address_does_nothing(mona) -> None:
    address = reverse("admin:delivery_delivery_bulk", args=["cancel"])
    assert mona.get(address).status_code == 405
