"""One step for many rows: its effect is shown first, and one that refuses stops no other."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.audit.models import AuditEntry
from content.editorial.models import Post
from hub.console import bulk
from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery
from hub.delivery.states import State
from tests.hub.steps import put

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
                by_hand=True,
                now=now,
            )
            for number in range(count)
        ]
        put(made, state)
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


def press_undo(client: Client, page: str) -> str:
    """Press the button in the message that says what was done."""
    form = (
        page.split("console-undo", maxsplit=1)[0].rsplit("<form", maxsplit=1)[1]
        + page.split("console-undo", maxsplit=1)[1].split("</form>", maxsplit=1)[0]
    )
    address = re.search(r'action="([^"]*)"', form)
    assert address
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return client.post(address[1], fields, follow=True).content.decode()


def test_a_bulk_cancel_is_taken_back_from_its_message(mona, plan) -> None:
    rows = plan(2)
    shown = confirm(mona, "cancel", rows)
    assert ">Undo</button>" in shown
    assert "2 deliveries are planned again." in press_undo(mona, shown)
    again = Delivery.objects.planned().order_by("due_at")
    assert [row.due_at for row in again] == [row.due_at for row in rows]


def test_what_could_not_be_planned_again_is_not_offered_to_be(mona, plan) -> None:
    late, planned = plan(2)
    Delivery.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    shown = confirm(mona, "cancel", [late, planned])
    assert "Undo 1 of them</button>" in shown
    press_undo(mona, shown)
    assert Delivery.objects.planned().get().due_at == planned.due_at
    assert "console-undo" not in confirm(mona, "cancel", [plan(1, State.LIVE)[0]])


def test_a_bulk_move_is_taken_back(mona, plan) -> None:
    row = plan(1)[0]
    press_undo(mona, confirm(mona, "move", [row], hours=3))
    assert Delivery.objects.get(pk=row.pk).due_at == row.due_at


def confirm_posts(client: Client, name: str, posts: list[Post]) -> str:
    address = reverse("admin:editorial_post_bulk", args=[name])
    keys = ",".join(str(post.pk) for post in posts)
    return client.post(address, {"keys": keys}, follow=True).content.decode()


@pytest.mark.parametrize("name", ["submit", "archive"])
def test_a_step_of_drafts_is_taken_back(mona, make_post, name: str, manager) -> None:
    drafts = [make_post(state="draft", author=manager) for _number in range(2)]
    shown = confirm_posts(mona, name, drafts)
    assert not Post.objects.drafts().exists()
    press_undo(mona, shown)
    assert Post.objects.drafts().count() == 2


def test_an_approval_of_many_is_taken_back(anton, make_post) -> None:
    posts = [make_post(state="in_review") for _number in range(2)]
    press_undo(anton, confirm_posts(anton, "approve", posts))
    assert Post.objects.drafts().count() == 2


def test_what_somebody_else_submitted_is_not_taken_back(edith, make_post, approver) -> None:
    post = make_post(state="in_review", author=approver, submitted_by=approver)
    assert "That is for somebody else to do." in confirm_posts(edith, "take_back", [post])
    assert Post.objects.get(pk=post.pk).state == "in_review"


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
