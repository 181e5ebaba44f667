"""The calendar shows days in the reader's zone, what is on them, and slots that are free."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery
from hub.schedule.actions import schedule_post
from hub.schedule.models import Slot

MOST_QUERIES = 12


@pytest.fixture
def jazz(make_genre):
    return make_genre("Jazz")


@pytest.fixture
def jazz_site(jazz, make_spoke, make_channel):
    return make_channel(make_spoke(jazz, colour="#2277aa"), name="Jazz site", zone="Asia/Tokyo")


@pytest.fixture
def plan(make_post, editor):
    def make(channel, at: datetime, title: str = "") -> Delivery:
        now = timezone.now()
        return plan_delivery(
            post=make_post(title), channel=channel, due_at=at, actor=editor, by_hand=True, now=now
        )

    return make


def days(client: Client, query: str = "") -> list[Any]:
    weeks = client.get(reverse("admin:upcoming") + query).context["weeks"]
    return [day for week in weeks for day in week]


def text(client: Client, query: str = "") -> str:
    return client.get(reverse("admin:upcoming") + query).content.decode()


def test_a_week_begins_today_and_a_month_on_monday(mona) -> None:
    week, month = days(mona), days(mona, "?view=month")
    assert (len(week), len(month)) == (7, 35)
    assert week[0].is_today
    assert month[0].date.weekday() == 0


def test_a_delivery_stands_on_its_day_in_the_zone_of_the_channels(mona, jazz_site, plan) -> None:
    plan(jazz_site, datetime(2027, 6, 15, 20, 30, tzinfo=UTC), "Late in London")
    shown = days(mona, f"?channel={jazz_site.pk}&from=2027-06-14")
    found = {day.date.isoformat(): [f"{one.at:%H:%M}" for one in day.entries] for day in shown}
    assert found["2027-06-16"] == ["05:30"]
    assert found["2027-06-15"] == []


def test_a_spoke_is_shown_alone(mona, jazz_site, plan, make_channel) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    plan(jazz_site, tomorrow, "About jazz")
    plan(make_channel(), tomorrow, "For everybody")
    assert "For everybody" in text(mona)
    shown = text(mona, f"?spoke={jazz_site.spoke_id}")
    assert "About jazz" in shown
    assert "For everybody" not in shown
    assert "About jazz" not in text(mona, "?spoke=hub")


def test_each_view_says_how_something_is_moved_there(mona, jazz_site, plan) -> None:
    plan(jazz_site, timezone.now() + timedelta(days=1))
    week, month = text(mona), text(mona, "?view=month")
    assert "Press Move" in week
    assert 'class="calendar-move"' in week
    assert "Press Move" not in month
    assert 'class="calendar-move"' not in month
    assert "open it to choose another time" in month


def test_whoever_may_not_move_is_not_told_how(signed_in, roles, make_member, jazz_site) -> None:
    nora = make_member("nora")
    nora.groups.add(roles["Analyst"])
    assert "to another day" not in text(signed_in(nora))


def test_slots_that_nobody_has_taken_are_seen(mona, jazz, jazz_site, make_post, editor) -> None:
    for weekday in range(7):
        Slot.objects.create(
            channel=jazz_site, weekday=weekday, wall_time=time(9), zone="Asia/Tokyo"
        )
    query = f"?channel={jazz_site.pk}"
    before = sum(len(day.free) for day in days(mona, query))
    schedule_post(post=make_post(genres=[jazz]), actor=editor, next_slot=True)
    shown = days(mona, query)
    assert sum(len(day.free) for day in shown) == before - 1
    assert sum(len(day.entries) for day in shown) == 1


def test_a_full_day_leads_to_the_list_of_that_day(mona, jazz_site, plan) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    at = tomorrow.replace(hour=3, minute=0)
    for number in range(16):
        plan(jazz_site, at + timedelta(minutes=number))
    full = next(day for day in days(mona, f"?channel={jazz_site.pk}") if day.entries)
    assert full.more
    assert len(full.entries) == 14
    assert "All of this day" in text(mona)


def test_what_is_planned_can_be_moved_from_here_and_back(mona, jazz_site, plan) -> None:
    row = plan(jazz_site, timezone.now() + timedelta(days=2))
    move = reverse("admin:delivery_delivery_step", args=[row.pk, "move"])
    here = reverse("admin:upcoming")
    assert move in text(mona)
    to = timezone.now() + timedelta(days=3)
    answers = {"date": f"{to:%Y-%m-%d}", "time": "12:00", "zone": "UTC", "next": here}
    moved = mona.post(move, answers, follow=True)
    assert moved.redirect_chain == [(here, 302)]
    assert "Undo" in moved.content.decode()


def test_nothing_is_moved_by_who_may_only_look(signed_in, editor, jazz_site, plan) -> None:
    from django.contrib.auth.models import Permission

    from hub.people.models import Membership

    Membership.objects.get_or_create(user=editor, spoke=None)
    editor.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    plan(jazz_site, timezone.now() + timedelta(days=1))
    assert "/step/move/" not in text(signed_in(editor))


def test_a_calendar_without_anything_says_what_to_do(mona) -> None:
    assert "Approve a post and press Schedule" in text(mona)


@pytest.mark.parametrize(
    "query",
    [
        "?from=nonsense",
        "?from=0001-01-01",
        "?from=9999-12-31&view=month",
        "?channel=99999999999999999999999",
        "?spoke=x&view=y",
    ],
)
def test_an_address_that_makes_no_sense_opens_all_the_same(mona, query: str) -> None:
    assert mona.get(reverse("admin:upcoming") + query).status_code == 200


@pytest.mark.parametrize("view", ["week", "month"])
def test_a_calendar_takes_few_queries(edith, jazz_site, plan, view: str) -> None:
    for number in range(20):
        plan(jazz_site, timezone.now() + timedelta(hours=6 * number))
    address = reverse("admin:upcoming") + f"?view={view}"
    edith.get(address)
    with CaptureQueriesContext(connection) as seen:
        edith.get(address)
    assert len(seen) <= MOST_QUERIES
