"""What a delivery waits for is told in the same words, and as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from kombu.utils import functional

from hub.console.delivery_waits import Waits
from hub.delivery import surroundings
from hub.delivery.gates import gate_name
from hub.delivery.models import Delivery, Gate, Heartbeat, Hold
from hub.delivery.states import State
from spokes.channels.models import Channel
from tests.hub.steps import standing


@pytest.fixture
def now():
    """Pages ask the clock."""
    return timezone.now()


@pytest.fixture
def worker(db, now) -> Heartbeat:
    return Heartbeat.objects.create(name="w1", role="worker", started_at=now, seen_at=now)


def words(delivery: Delivery) -> str:
    return Waits(timezone.now()).words(Delivery.objects.get(pk=delivery.pk))


def test_without_a_worker_it_says_so(overdue) -> None:
    assert "No worker has ever been seen" in words(overdue)


def test_a_worker_that_is_gone_is_told_with_the_time(overdue, worker, now) -> None:
    Heartbeat.objects.update(started_at=now, seen_at=now - timedelta(minutes=5))
    assert "No worker has been seen for 5\xa0minutes" in words(overdue)


def test_beat_alone_is_no_worker(overdue, worker) -> None:
    Heartbeat.objects.update(role="beat")
    assert "No worker has ever been seen" in words(overdue)


def test_with_a_worker_it_goes_out_soon(overdue, worker) -> None:
    assert "as soon as a worker comes to it" in words(overdue)


def test_without_its_broker_no_worker_hears_of_it(overdue, worker, monkeypatch, settings) -> None:
    monkeypatch.setattr(surroundings, "_kept", surroundings._Kept())
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert "The broker can't be reached" in words(overdue)


def test_no_page_sleeps_for_a_broker_that_is_away(monkeypatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(seconds)

    monkeypatch.setattr(functional, "sleep", sleep)
    assert "refused" in surroundings.ask_broker("redis://127.0.0.1:1/0")


def test_a_pause_is_told_with_its_reason(overdue, now) -> None:
    Channel.objects.update(paused_at=now, paused_reason="A new logo")
    assert "is paused since" in words(overdue)
    assert "A new logo" in words(overdue)


def test_a_lost_connection_comes_before_all(overdue, now) -> None:
    Channel.objects.update(paused_at=now, auth_lost_at=now)
    assert "has lost its connection" in words(overdue)


@pytest.mark.parametrize("scope", ["all", "post", "artist"])
def test_a_hold_is_told_with_its_reason(overdue, make_artist, manager, now, scope) -> None:
    artist = make_artist("Ada")
    overdue.post.artists.add(artist)
    what = {"post": {"post": overdue.post}, "artist": {"artist": artist}}.get(scope, {})
    Hold.objects.create(scope=scope, reason="Sad news", by=manager, since=now, **what)
    assert "Sad news" in words(overdue)


def test_a_hold_on_another_post_is_not_told(overdue, worker, make_post, manager, now) -> None:
    Hold.objects.create(scope="post", post=make_post(), reason="Sad", by=manager, since=now)
    assert "Sad" not in words(overdue)


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ({"opened_until": timedelta(minutes=1)}, "given a rest"),
        ({"not_before": timedelta(minutes=1)}, "asked for silence"),
        ({}, "answers slowly"),
    ],
)
def test_trouble_of_its_network_is_told(overdue, worker, now, gate, told) -> None:
    times = {name: now + wait for name, wait in gate.items()}
    name = gate_name(overdue.channel_id)
    Gate.objects.create(name=name, on_pace_at=now, quick=False, **times)
    assert told in words(overdue)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.CLAIMED, "A worker prepares it"),
        (State.SENDING, "never simply sent again"),
        (State.UNKNOWN, "looked up as soon as"),
        (State.BLOCKED, "connected again"),
        (State.LIVE, ""),
        (State.REVIEW, ""),
    ],
)
def test_each_state_says_what_comes_next(plan, worker, now, state, told) -> None:
    said = words(plan(state=state, **standing(state, now)))
    assert told in said
    assert bool(said) == bool(told)


def test_a_change_on_its_way_is_said_to_be_made_again(plan, worker, now) -> None:
    target = plan(state=State.LIVE, **standing(State.LIVE, now))
    sent = standing(State.SENDING, now)
    edit = plan(kind="edit", target=target, state=State.SENDING, **sent)
    assert "twice changes no more than once" in words(edit)


def test_what_has_its_time_waits_for_nothing(overdue, now) -> None:
    Delivery.objects.update(next_try_at=now + timedelta(minutes=1))
    assert words(overdue) == ""


@pytest.fixture
def pages(client, manager, overdue) -> dict[str, str]:
    """All pages on which a person may see it."""
    client.force_login(manager)
    paths = {
        "list": reverse("admin:delivery_delivery_changelist"),
        "delivery": reverse("admin:delivery_delivery_change", args=[overdue.pk]),
        "post": reverse("admin:editorial_post_change", args=[overdue.post_id]),
        "today": reverse("admin:index"),
        "calendar": reverse("admin:upcoming"),
    }
    return {name: client.get(path).content.decode() for name, path in paths.items()}


@pytest.mark.parametrize("name", ["list", "delivery", "post", "today"])
def test_every_page_tells_why_nothing_goes_out(pages, name) -> None:
    assert "No worker has ever been seen" in pages[name]


def test_every_page_tells_how_late_it_is(pages) -> None:
    assert [name for name, page in pages.items() if "10\xa0minutes late" not in page] == []


def test_what_a_pause_keeps_does_not_hide_what_is_late(
    client, manager, plan, make_channel, now
) -> None:
    paused = make_channel(network="webhook", paused_at=now)
    for _ in range(9):
        plan(channel=paused, next_try_at=now - timedelta(hours=1))
    client.force_login(manager)
    told = "The first delivery that should have gone out"
    assert told not in client.get(reverse("admin:index")).content.decode()
    plan()
    assert told in client.get(reverse("admin:index")).content.decode()


def test_health_promises_no_try_that_nobody_makes(client, manager, overdue, now) -> None:
    Gate.objects.create(name=gate_name(overdue.channel_id), on_pace_at=now, opened_until=now)
    client.force_login(manager)
    page = client.get(reverse("machine:health")).content.decode()
    assert page.count("only when a worker runs") == 2
    assert "within a minute" not in page


def test_a_paused_one_tells_its_time_and_the_pause(client, manager, overdue, now) -> None:
    Channel.objects.update(paused_at=now, paused_reason="A new logo")
    Delivery.objects.update(next_try_at=now + timedelta(hours=1))
    client.force_login(manager)
    page = client.get(reverse("admin:delivery_delivery_change", args=[overdue.pk]))
    assert "(in 59\xa0minutes). Its channel is paused since" in page.content.decode()


def test_a_page_of_overdue_ones_asks_once(
    client, manager, plan, django_assert_max_num_queries
) -> None:
    for _ in range(10):
        plan()
    client.force_login(manager)
    with django_assert_max_num_queries(14):
        client.get(reverse("admin:delivery_delivery_changelist"))


# --- what was put off ------------------------------------------------------------------------


@pytest.fixture
def put_off(plan, worker, now) -> Delivery:
    """A delivery that was tried, and is tried again in ten minutes."""
    again = now + timedelta(minutes=10, seconds=30)
    return plan(state=State.WAITING, next_try_at=again, reason="Too many.")


def gate_of(delivery: Delivery, now, **fields: Any) -> Gate:
    return Gate.objects.create(name=gate_name(delivery.channel_id), on_pace_at=now, **fields)


def test_what_was_put_off_says_in_the_list_when_it_is_tried_again(
    client, manager, put_off, plan, now
) -> None:
    plan(due_at=now + timedelta(days=1), next_try_at=now + timedelta(days=1))
    client.force_login(manager)
    page = client.get(reverse("admin:delivery_delivery_changelist")).content.decode()
    assert page.count("It is tried again by itself at") == 1
    assert "(in 10\xa0minutes)" in page


def test_what_comes_up_while_its_network_rests_promises_no_earlier_time(
    client, manager, put_off, now
) -> None:
    gate_of(put_off, now, opened_until=now + timedelta(hours=1))
    client.force_login(manager)
    page = client.get(reverse("admin:delivery_delivery_change", args=[put_off.pk]))
    shown = page.content.decode()
    assert "tried again by itself" not in shown
    assert "Its network fails and is given a rest" in shown


def test_what_comes_up_after_its_network_has_rested_has_its_time(put_off, now) -> None:
    gate_of(put_off, now, opened_until=now + timedelta(minutes=1))
    assert "tried again by itself" in Waits(now).told(put_off)


def test_a_rest_that_is_over_promises_no_time_that_has_passed(overdue, worker, now) -> None:
    gate_of(overdue, now, opened_until=now - timedelta(seconds=1))
    assert "tried again within a minute" in words(overdue)


def test_a_long_silence_is_told_with_its_day(overdue, worker, now) -> None:
    gate_of(overdue, now, not_before=now + timedelta(days=2))
    assert f"{now + timedelta(days=2):%Y, %H:%M} UTC" in words(overdue)


@pytest.mark.parametrize(
    ("state", "kind", "told"),
    [
        (State.UNKNOWN, "publish", "never simply sent again"),
        (State.UNKNOWN, "edit", "the same is asked for again"),
        (State.ACCEPTED, "publish", "is asked again at"),
    ],
)
def test_what_nobody_knows_yet_says_when_it_is_looked_into(plan, now, state, kind, told) -> None:
    later = {"next_try_at": now + timedelta(minutes=10, seconds=30)}
    target = plan(state=State.LIVE, **standing(State.LIVE, now)) if kind == "edit" else None
    row = plan(kind=kind, target=target, state=state, **{**standing(state, now), **later})
    said = Waits(now).next_step(row)
    assert told in said
    assert "(in 10\xa0minutes)" in said
    assert Waits(now).told(row) == said


# --- what stands in front on the first page --------------------------------------------------


@pytest.fixture
def today(client, manager) -> Callable[[], str]:
    client.force_login(manager)

    def page() -> str:
        return client.get(reverse("admin:index")).content.decode()

    return page


def part(shown: str, name: str) -> str:
    return shown.split(f'id="{name}"')[1].split("</section>", maxsplit=1)[0]


@pytest.mark.parametrize("closed", ["paused", "lost", "held"])
def test_what_a_closed_channel_keeps_does_not_hide_what_goes_out_next(
    today, client, manager, plan, make_genre, make_spoke, make_channel, now, closed
) -> None:
    times = {"paused": {"paused_at": now}, "lost": {"auth_lost_at": now}}.get(closed, {})
    spoke = make_spoke(make_genre("Jazz"))
    channel = make_channel(spoke, network="webhook", name="Kept", **times)
    if closed == "held":
        Hold.objects.create(scope="spoke", spoke=spoke, reason="Wait", by=manager, since=now)
    for _ in range(9):
        plan(channel=channel)
    later = {"due_at": now + timedelta(hours=1), "next_try_at": now + timedelta(hours=1)}
    plan(**later)
    shown = part(today(), "planned")
    assert "Partner" in shown
    assert "Kept" not in shown
    assert "9 more should be out" in shown
    listed = client.get(reverse("admin:delivery_delivery_changelist"), {"when": "kept"})
    assert listed.context["cl"].result_count == 9


@pytest.mark.parametrize("scope", ["post", "artist"])
def test_what_a_hold_keeps_neither_stands_in_front_nor_is_called_late(
    today, client, manager, plan, make_artist, now, scope
) -> None:
    artist = make_artist("Ada")
    held = [plan() for _ in range(9)]
    for row in held:
        row.post.artists.add(artist)
        if scope == "post":
            what = {"scope": scope, "post": row.post}
            Hold.objects.create(reason="Wait", by=manager, since=now, **what)
    if scope == "artist":
        Hold.objects.create(scope=scope, artist=artist, reason="Wait", by=manager, since=now)
    plan(due_at=now + timedelta(hours=1), next_try_at=now + timedelta(hours=1))
    page = today()
    assert "should have gone out" not in page
    assert part(page, "planned").count("today-row") == 1
    assert "9 more should be out" in part(page, "planned")
    listed = client.get(reverse("admin:delivery_delivery_changelist"), {"when": "kept"})
    assert listed.context["cl"].result_count == 9


def test_what_needs_a_person_comes_before_what_passes_by_itself(today, plan, now) -> None:
    for _ in range(8):
        plan(state=State.UNKNOWN, **standing(State.UNKNOWN, now))
    review = plan(due_at=now - timedelta(days=1), state=State.REVIEW, reason="Please look.")
    shown = part(today(), "trouble")
    assert shown.index("Please look.") < shown.index("Not sure yet")
    assert reverse("admin:delivery_delivery_change", args=[review.pk]) in shown
    assert "?needs=look" in shown
    assert "See all 9" in shown


def test_what_passes_by_itself_can_all_be_seen(today, client, plan, now) -> None:
    for _ in range(8):
        plan(state=State.UNKNOWN, **standing(State.UNKNOWN, now))
    assert "See all 8" in part(today(), "trouble")
    listed = client.get(reverse("admin:delivery_delivery_changelist"), {"needs": "look"})
    assert listed.context["cl"].result_count == 8


def test_all_lists_of_the_first_page_ask_once(
    today, plan, now, django_assert_max_num_queries
) -> None:
    for _ in range(8):
        plan()
        plan(state=State.BLOCKED)
        plan(state=State.UNKNOWN, **standing(State.UNKNOWN, now))
    with django_assert_max_num_queries(18):
        today()


def test_late_ones_are_not_sought_among_all_that_was_ever_published(db, now) -> None:
    assert "delivery_by_kind" not in Delivery.objects.late(now).explain()


def test_a_button_of_the_first_page_leads_back_to_it(today, client, plan, now) -> None:
    row = plan(state=State.UNKNOWN, **standing(State.UNKNOWN, now))
    row = plan(state=State.REFUSED, reason="No.")
    again = reverse("admin:delivery_delivery_step", args=[row.pk, "try-again"])
    shown = part(today(), "trouble")
    form = shown.split(f'action="{again}"')[1].split("</form>", maxsplit=1)[0]
    assert f'name="next" value="{reverse("admin:index")}"' in form


def test_of_a_held_artist_only_the_posts_of_the_page_are_read(
    plan, make_post, make_artist, manager, now, django_assert_num_queries
) -> None:
    artist = make_artist("Ada")
    rows = [plan(), plan(), plan()]
    for row in rows[:2]:
        row.post.artists.add(artist)
    elsewhere = make_post()
    elsewhere.artists.add(artist)
    Hold.objects.create(scope="artist", artist=artist, reason="Sad news", by=manager, since=now)
    waits = Waits(now, posts=[row.post_id for row in rows])
    with django_assert_num_queries(2):
        told = [waits.stopped(row) for row in rows]
    assert [bool(words) for words in told] == [True, True, False]
    assert set(waits._artists) == {row.post_id for row in rows}
