"""The first page answers what a person of the newsroom wants to know, and stays cheap."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hub.console.figures import backlog, deliveries_by_day
from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery, Hold
from hub.delivery.states import State
from hub.people.models import Membership
from tests.hub.steps import put

MOST_QUERIES = 12


@pytest.fixture
def jazz(make_genre):
    return make_genre("Jazz")


@pytest.fixture
def jazz_site(jazz, make_spoke, make_channel):
    return make_channel(make_spoke(jazz, colour="#2277aa"), name="Jazz site")


@pytest.fixture
def plan(make_post, editor):
    def make(channel, after: timedelta, state: State = State.SCHEDULED, title: str = ""):
        now = timezone.now()
        row = plan_delivery(
            post=make_post(title),
            channel=channel,
            due_at=now + after,
            actor=editor,
            by_hand=True,
            now=now,
        )
        put(row, state)
        return row

    return make


def home(client: Client) -> str:
    return client.get(reverse("admin:index")).content.decode()


def part(shown: str, name: str) -> str:
    return shown.split(f'id="{name}"')[1].split("</section>", maxsplit=1)[0]


def test_it_says_what_goes_out_next_and_what_went_out(mona, jazz_site, plan) -> None:
    plan(jazz_site, timedelta(hours=2), title="Tonight")
    plan(jazz_site, -timedelta(hours=2), State.LIVE, title="This morning")
    shown = home(mona)
    assert "Tonight" in part(shown, "planned")
    assert "This morning" in part(shown, "gone-out")


def test_what_should_be_out_says_how_late_it_is_and_since_when(mona, jazz_site, plan) -> None:
    row = plan(jazz_site, -timedelta(hours=5, minutes=10), title="This morning")
    plan(jazz_site, -timedelta(hours=5, minutes=10), State.LIVE, title="Out")
    shown = home(mona)
    assert "5\xa0hours late" in part(shown, "planned")
    assert f"since {row.due_at:%a}" in part(shown, "planned")
    assert "5\xa0hours ago" in part(shown, "gone-out")
    assert "late" not in part(shown, "gone-out")


def test_what_is_stuck_says_how_late_it_is(mona, jazz_site, plan) -> None:
    plan(jazz_site, -timedelta(hours=3, minutes=1), State.MISSED, title="Missed")
    plan(jazz_site, -timedelta(hours=4, minutes=1), State.REVIEW, title="Who knows")
    shown = part(home(mona), "trouble")
    assert "3\xa0hours late" in shown
    assert "was due 4\xa0hours ago" in shown


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (-timedelta(seconds=20), "due just now"),
        (timedelta(minutes=5, seconds=30), "due in 5\xa0minutes"),
    ],
)
def test_what_is_stuck_at_its_time_or_before_is_not_late(mona, jazz_site, plan, after, said):
    plan(jazz_site, after, State.REVIEW, title="Who knows")
    shown = part(home(mona), "trouble")
    assert said in shown
    assert "was due" not in shown


def test_what_is_in_trouble_is_counted_with_what_asks_nobody_yet(mona, jazz_site, plan) -> None:
    plan(jazz_site, -timedelta(hours=3), State.UNKNOWN)
    shown = part(home(mona), "trouble")
    assert '<span class="today-number">1</span>' in shown
    plan(jazz_site, -timedelta(hours=3), State.REVIEW)
    shown = part(home(mona), "trouble")
    assert '<span class="today-number today-number-bad">2</span>' in shown


def test_it_says_what_waits_for_my_review_and_not_what_i_wrote(anton, make_post, approver) -> None:
    make_post("By Edith", state="in_review")
    make_post("By Anton", state="in_review", author=approver)
    shown = part(home(anton), "reviews")
    assert "By Edith" in shown
    assert "By Anton" not in shown


def test_it_shows_my_drafts_and_nobody_elses(edith, make_post, approver) -> None:
    make_post("Mine", state="draft")
    make_post("Another's", state="draft", author=approver)
    shown = part(home(edith), "drafts")
    assert "Mine" in shown
    assert "Another" not in shown


def test_a_part_without_rows_says_what_would_stand_there(mona) -> None:
    shown = home(mona)
    assert "Nothing is planned. Approve a post" in shown
    assert "Nothing has gone out yet." in shown


def test_it_offers_the_next_slot_to_what_was_missed(mona, jazz_site, plan) -> None:
    row = plan(jazz_site, -timedelta(hours=5), State.MISSED)
    shown = part(home(mona), "trouble")
    assert reverse("admin:delivery_delivery_step", args=[row.pk, "next-slot"]) in shown


def test_what_is_late_is_said_at_the_top(mona, jazz_site, plan) -> None:
    plan(jazz_site, -timedelta(minutes=30))
    assert "should have gone out" in home(mona)


def test_a_person_of_one_spoke_sees_that_spoke_alone(
    signed_in, editor, roles, jazz_site, make_channel, plan
) -> None:
    editor.groups.add(roles["Editor"])
    editor.memberships.all().delete()
    Membership.objects.create(user=editor, spoke=jazz_site.spoke)
    client = signed_in(editor)
    plan(jazz_site, timedelta(hours=1), title="Jazz tonight")
    plan(make_channel(), timedelta(hours=1), title="Hub tonight")
    shown = home(client)
    assert "Jazz tonight" in shown
    assert "Hub tonight" not in shown
    assert client.post(reverse("admin:pause_everything"), {"reason": "x"}).status_code == 403
    assert not Hold.objects.exists()


def test_a_pause_of_everything_is_said_however_many_holds_there_are(
    mona, manager, make_post
) -> None:
    now = timezone.now()
    for _ in range(25):
        Hold.objects.create(scope="post", post=make_post(), reason="Wait", by=manager, since=now)
    assert "25 holds" in part(home(mona), "machine")
    Hold.objects.create(scope="all", reason="Fire", by=manager, since=now)
    shown = home(mona)
    assert "Everything is paused since" in shown
    assert "25 holds" in part(shown, "machine")


def test_it_takes_few_queries(edith, anton, jazz_site, plan, make_post) -> None:
    for number in range(12):
        plan(jazz_site, timedelta(hours=number + 1))
        plan(jazz_site, -timedelta(hours=number + 1), State.LIVE)
        plan(jazz_site, -timedelta(hours=number + 1), State.DEAD)
        make_post(state="in_review")
    for client in (edith, anton):
        for name in ("index", "now", "figures"):
            address = reverse(f"admin:{name}")
            client.get(address)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            assert len(seen) <= MOST_QUERIES, f"{name}: {[query['sql'][:90] for query in seen]}"


# --- figures ----------------------------------------------------------------------------------


def test_deliveries_are_counted_by_day_and_spoke(manager, jazz_site, make_channel, plan) -> None:
    plan(jazz_site, timedelta(days=2))
    plan(jazz_site, -timedelta(days=3), State.LIVE)
    plan(jazz_site, -timedelta(days=3), State.CANCELLED)
    plan(jazz_site, -timedelta(days=40), State.LIVE)
    plan(make_channel(), timedelta(days=2))
    now = timezone.now()
    counted = deliveries_by_day(manager, now)
    assert [(line.name, line.total) for line in counted.lines] == [("Hub", 1), ("Jazz", 2)]
    by_day = {day: numbers for day, numbers, _sum in counted.rows}
    assert by_day[(now + timedelta(days=2)).date()] == [1, 1]
    assert by_day[(now - timedelta(days=3)).date()] == [0, 1]
    assert len(json.loads(counted.chart)["labels"]) == 28


def test_the_backlog_is_what_was_approved_and_is_planned_nowhere(
    manager, jazz, jazz_site, make_genre, make_post, plan
) -> None:
    now = timezone.now()
    bebop = make_genre("Bebop", jazz)
    fresh = {"updated_at": now, "approved_at": now - timedelta(days=9)}
    make_post(genres=[bebop], **fresh)
    make_post(genres=[jazz], updated_at=now, approved_at=now - timedelta(days=2))
    make_post(genres=[jazz], state="draft", updated_at=now)
    planned = plan(jazz_site, timedelta(days=1))
    type(planned.post).objects.filter(pk=planned.post_id).update(updated_at=now)
    [line] = backlog(manager, now)
    assert (line.name, line.number, line.days) == ("Jazz", 2, 9)


def test_each_chart_has_its_table(mona, jazz, jazz_site, make_post, plan) -> None:
    plan(jazz_site, timedelta(days=1))
    now = timezone.now()
    make_post(genres=[jazz], updated_at=now, approved_at=now - timedelta(days=9))
    shown = mona.get(reverse("admin:figures")).content.decode()
    assert shown.count('class="chart"') == 2
    assert shown.count("<table") == 2


def test_the_first_page_asks_for_the_charts_alone(mona) -> None:
    alone = mona.get(reverse("admin:figures"), headers={"X-Requested-With": "fetch"})
    assert b"<html" not in alone.content


# --- taking back ------------------------------------------------------------------------------


def test_a_cancelled_delivery_can_be_taken_back_at_once(mona, jazz, make_post, jazz_site) -> None:
    from hub.schedule.actions import schedule_post

    at = timezone.now() + timedelta(days=1)
    [row] = schedule_post(post=make_post(genres=[jazz]), actor=None, at=at).deliveries
    address = reverse("admin:delivery_delivery_step", args=[row.pk, "cancel"])
    shown = mona.post(address, {"reason": ""}, follow=True).content.decode()
    undo = reverse("admin:delivery_delivery_step", args=[row.pk, "plan-again"])
    assert f'action="{undo}"' in shown
    mona.post(undo)
    assert Delivery.objects.planned().get().due_at == at


def test_what_was_missed_gets_the_next_free_slot(mona, jazz, jazz_site, plan) -> None:
    from datetime import time

    from hub.schedule.models import Slot, SlotBooking

    Slot.objects.create(channel=jazz_site, weekday=1, wall_time=time(9), zone="UTC")
    row = plan(jazz_site, -timedelta(hours=5), State.MISSED)
    mona.post(reverse("admin:delivery_delivery_step", args=[row.pk, "next-slot"]))
    again = Delivery.objects.planned().get()
    assert (again.pk, again.due_at.weekday(), again.due_at.hour) == (row.pk, 1, 9)
    assert SlotBooking.objects.get().delivery == again


def test_without_a_free_slot_it_stays_where_it_is_and_says_so(mona, jazz_site, plan) -> None:
    row = plan(jazz_site, -timedelta(hours=5), State.MISSED)
    address = reverse("admin:delivery_delivery_step", args=[row.pk, "next-slot"])
    assert "has no free slot" in mona.post(address, follow=True).content.decode()
    assert Delivery.objects.get().state == State.MISSED


def test_the_keys_are_listed_on_every_page(mona) -> None:
    shown = home(mona)
    assert 'id="shortcuts"' in shown
    assert f'data-keys="g p" href="{reverse("admin:editorial_post_changelist")}"' in shown
