"""A wave of late deliveries as people see it, and what they can do with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hub.delivery import surroundings
from hub.delivery.actions import hold, plan_delivery
from hub.delivery.gates import gate_name
from hub.delivery.models import Delivery, Gate, Heartbeat
from spokes.channels.models import Channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona(manager) -> Client:
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def channel(make_channel):
    return make_channel(name="Hub site", late_policy="always", late_spacing_minutes=5)


@pytest.fixture
def late(channel, make_post, editor) -> list[Delivery]:
    now = timezone.now()
    due_at = now - timedelta(hours=1)
    return [
        plan_delivery(
            post=make_post(), channel=channel, due_at=due_at, actor=editor, by_hand=True, now=now
        )
        for _ in range(3)
    ]


@pytest.fixture(autouse=True)
def worker(db) -> Heartbeat:
    now = timezone.now()
    return Heartbeat.objects.create(name="w1", role="worker", started_at=now, seen_at=now)


def today(client: Client) -> str:
    return client.get(reverse("admin:index")).content.decode()


def press(client: Client, channel, step: str) -> None:
    client.post(reverse("admin:channels_channel_step", args=[channel.pk, step]))


def test_today_says_how_many_are_late_and_how_they_go_out(mona, late, channel) -> None:
    page = today(mona)
    assert "3 late" in page
    assert "released one every 5 minutes, done by" in page
    assert "Release all late ones now" in page
    assert "Drop the late ones" in page


def test_without_a_worker_no_wave_has_an_end(mona, late, worker) -> None:
    worker.delete()
    page = today(mona)
    assert "3 late, waiting until a worker runs" in page
    assert "done by" not in page


def test_without_its_broker_a_wave_may_take_longer_and_the_page_says_why(
    mona, late, monkeypatch, settings
) -> None:
    assert "at the earliest" not in today(mona)
    # what was found when it was looked for a moment ago is forgotten
    monkeypatch.setattr(surroundings, "_kept", surroundings._Kept())
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    page = today(mona)
    assert "UTC at the earliest" in page
    assert "The broker can’t be reached" in page


def test_a_wave_on_a_network_that_hangs_may_take_longer(mona, late, channel) -> None:
    now = timezone.now()
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=False)
    assert "UTC at the earliest" in today(mona)


def test_today_says_nothing_of_waves_where_nothing_is_late(mona, channel) -> None:
    assert "today-wave" not in today(mona)


def test_a_person_drops_the_late_ones(mona, late, channel) -> None:
    press(mona, channel, "drop-late")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"missed"}
    assert "today-wave" not in today(mona)


def test_a_person_lets_all_of_them_go(mona, late, channel) -> None:
    press(mona, channel, "release-late")
    assert "going out now" in today(mona)


@pytest.mark.parametrize("why", ["open", "paused", "lost", "held"])
def test_who_lets_all_of_them_go_is_told_whether_that_is_now(
    mona, late, channel, manager, why
) -> None:
    if why == "held":
        hold(scope="all", actor=manager, reason="A scandal.")
    elif why != "open":
        field = "paused_at" if why == "paused" else "auth_lost_at"
        Channel.objects.filter(pk=channel.pk).update(**{field: timezone.now()})
    press(mona, channel, "release-late")
    told = "go out now" if why == "open" else "go out together when the channel is open again"
    assert f"3 late deliveries on {channel} {told}" in today(mona)


def test_who_only_reads_gets_no_buttons(make_member, late, channel) -> None:
    reader = make_member("rita")
    reader.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client = Client()
    client.force_login(reader)
    page = today(client)
    assert "3 late" in page
    assert "Drop the late ones" not in page


def test_late_ones_on_many_channels_cost_no_more_than_on_two(
    mona, make_channel, make_post, editor
) -> None:
    now = timezone.now()

    def asked(channels: int) -> int:
        for _ in range(channels):
            channel = make_channel(late_policy="always")
            at = now - timedelta(hours=1)
            plan_delivery(
                post=make_post(), channel=channel, due_at=at, actor=editor, by_hand=True, now=now
            )
        today(mona)
        with CaptureQueriesContext(connection) as seen:
            page = today(mona)
        assert "Release all late ones now" in page
        return len(seen)

    few = asked(2)
    assert asked(10) == few
    page = today(mona)
    assert page.count("Release all late ones now") == 8
    assert "4 more channels" in page


def test_many_lost_connections_are_counted_not_all_listed(mona, make_channel) -> None:
    for _ in range(9):
        make_channel(auth_lost_at=timezone.now(), auth_lost_reason="Revoked.")
    page = today(mona)
    assert page.count("has lost its connection: Revoked.") == 6
    assert "3 more channels</a> have lost their connections." in page
