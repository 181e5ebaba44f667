"""Lists stay quick however much there is, and change nothing by being looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.console import lists
from hub.console.lists import CappedPaginator
from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery, Hold
from hub.delivery.states import State
from tests.hub.steps import put

# a list, with the session, the person, their permissions and the numbers in the sidebar
MOST_QUERIES = 12


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.fixture
def plan(make_channel, make_post, editor, now):
    """Plan so many deliveries on a channel of the hub."""
    channel = make_channel()

    def make(count: int, state: State = State.SCHEDULED) -> list[Delivery]:
        made = [
            plan_delivery(
                post=make_post(),
                channel=channel,
                due_at=now + timedelta(minutes=number),
                actor=editor,
                by_hand=True,
                now=now,
            )
            for number in range(count)
        ]
        put(made, state)
        return made

    return make


@pytest.mark.parametrize(
    "name",
    ["editorial_post_changelist", "delivery_delivery_changelist", "upcoming", "index"],
)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(mona, plan, name: str) -> None:
    address = reverse(f"admin:{name}")
    plan(2)
    mona.get(address)
    few = queries_of(mona, address)
    plan(10)
    assert queries_of(mona, address) == few


@pytest.mark.parametrize("name", ["editorial_post_changelist", "delivery_delivery_changelist"])
def test_a_list_takes_few_queries(mona, plan, name: str) -> None:
    plan(5)
    assert queries_of(mona, reverse(f"admin:{name}")) <= MOST_QUERIES


def test_a_long_list_is_counted_no_further_than_a_person_pages(plan, monkeypatch) -> None:
    monkeypatch.setattr(lists, "LONGEST_LIST", 3)
    plan(6)
    assert CappedPaginator(Delivery.objects.order_by("pk"), 2).count == 4


def test_deliveries_are_found_by_state_and_title(mona, plan) -> None:
    planned = plan(2)[0]
    plan(1, State.REFUSED)
    address = reverse("admin:delivery_delivery_changelist")
    assert mona.get(f"{address}?needs=person").context["cl"].result_count == 1
    found = mona.get(f"{address}?q={planned.post.title}").context["cl"].result_list
    assert [row.pk for row in found] == [planned.pk]


@pytest.mark.parametrize("number", ["9" * 40, "²", "-1", "1e3"])
def test_a_number_that_is_no_key_finds_nothing(mona, plan, number: str) -> None:
    plan(1)
    lists = ("delivery_delivery_changelist", "spoke"), ("audit_auditentry_changelist", "actor")
    for name, filtered in lists:
        answer = mona.get(reverse(f"admin:{name}"), {filtered: number})
        assert answer.context["cl"].result_count == 0


def test_what_may_be_out_is_tried_again_after_a_question(mona, plan) -> None:
    doubtful = plan(1, State.REVIEW)[0]
    steps = [
        reverse("admin:delivery_delivery_step", args=[doubtful.pk, name])
        for name in ("try-again", "look-and-try-again")
    ]
    shown = mona.get(reverse("admin:index")).content.decode()
    assert steps[0] not in shown
    assert "Only when you have looked" in mona.get(steps[1]).content.decode()
    mona.post(steps[1])
    assert Delivery.objects.planned().get() == doubtful


def test_the_first_page_offers_what_to_do_with_what_is_stuck(mona, plan) -> None:
    stuck = plan(1, State.REVIEW)[0]
    shown = mona.get(reverse("admin:index")).content.decode()
    for step in ("look-and-try-again", "it-is-there", "drop"):
        assert reverse("admin:delivery_delivery_step", args=[stuck.pk, step]) in shown


def test_a_person_who_saw_it_there_settles_it(mona, plan) -> None:
    stuck = plan(1, State.REVIEW)[0]
    address = reverse("admin:delivery_delivery_step", args=[stuck.pk, "it-is-there"])
    answer = mona.post(address, {"url": "https://example.org/1", "next": "/admin/"})
    assert answer["Location"] == "/admin/"
    stuck.refresh_from_db()
    assert (stuck.state, stuck.remote_url) == (State.LIVE, "https://example.org/1")


def test_a_person_who_took_it_down_by_hand_settles_the_withdrawal(mona, plan) -> None:
    live = plan(1, State.LIVE)[0]
    withdrawal = plan(1, State.REFUSED)[0]
    Delivery.objects.filter(pk=withdrawal.pk).update(kind="withdraw", target=live)
    address = reverse("admin:delivery_delivery_step", args=[withdrawal.pk, "done-by-hand"])
    mona.post(address)
    live.refresh_from_db()
    assert live.withdrawn_at is not None


def test_a_step_leads_to_no_other_site(mona, plan) -> None:
    stuck = plan(1, State.DEAD)[0]
    address = reverse("admin:delivery_delivery_step", args=[stuck.pk, "drop"])
    answer = mona.post(address, {"next": "/admin//evil.example.org/"})
    assert answer["Location"] == reverse("admin:delivery_delivery_change", args=[stuck.pk])


def test_a_silent_runner_is_said_at_the_top(mona) -> None:
    assert "Nothing is being published" in mona.get(reverse("admin:index")).content.decode()


def test_everything_is_paused_with_a_reason_and_resumed(mona) -> None:
    mona.post(reverse("admin:pause_everything"), {"reason": ""})
    assert not Hold.objects.exists()
    shown = mona.post(reverse("admin:pause_everything"), {"reason": "Bad news."}, follow=True)
    assert "Bad news." in shown.content.decode()
    mona.post(reverse("admin:resume_everything"))
    assert not Hold.objects.exists()


def test_looking_at_a_step_does_nothing(mona, plan) -> None:
    row = plan(1)[0]
    for step in ("cancel", "move", "drop", "try-again"):
        mona.get(reverse("admin:delivery_delivery_step", args=[row.pk, step]))
    row.refresh_from_db()
    assert row.state == State.SCHEDULED
    assert mona.get(reverse("admin:pause_everything")).status_code == 405


@pytest.mark.parametrize("name", ["pause_everything", "resume_everything"])
def test_nothing_is_done_without_the_token_of_the_page(manager, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager, backend="hub.people.backends.PeopleBackend")
    assert client.post(reverse(f"admin:{name}"), {"reason": "x"}).status_code == 403


def test_a_step_needs_the_token_of_the_page(manager, plan) -> None:
    row = plan(1)[0]
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager, backend="hub.people.backends.PeopleBackend")
    address = reverse("admin:delivery_delivery_step", args=[row.pk, "cancel"])
    assert client.post(address).status_code == 403


def test_who_may_only_look_can_not_steer(signed_in, editor, plan) -> None:
    from django.contrib.auth.models import Permission

    editor.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    row = plan(1)[0]
    client = signed_in(editor)
    assert client.get(reverse("admin:delivery_delivery_change", args=[row.pk])).status_code == 200
    address = reverse("admin:delivery_delivery_step", args=[row.pk, "cancel"])
    assert client.post(address).status_code == 403
