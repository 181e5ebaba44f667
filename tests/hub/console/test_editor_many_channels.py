"""Of thousands of channels, a post's page shows where the post goes, and where it nearly does."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.console.editor import asked_channels
from spokes.audiences.actions import ban_post, save_audience
from spokes.channels.models import Channel, Spoke


@pytest.fixture
def house(make_genre, make_spoke, make_post, make_audience_of, monkeypatch):
    """Ten channels that take the post, in two spokes, ten that don't, and one with a floor."""
    monkeypatch.setattr(asked_channels, "MOST_CHANNELS", 12)
    monkeypatch.setattr(asked_channels, "SHOWN", 3)
    techno, house = make_genre("Techno"), make_genre("House")
    spokes = [make_spoke(techno), make_spoke(house)]
    polka = make_spoke(make_genre("Polka"), genre_floor=0.9)
    wanting, refusing = make_audience_of("kind:tour"), make_audience_of("kind:video")
    Channel.objects.bulk_create(
        Channel(
            name=f"C{place}",
            slug=f"c{place}",
            network="site",
            spoke=spokes[place // 9 % 2],
            audience=wanting if place < 10 else refusing,
        )
        for place in range(20)
    )
    guarded = Channel.objects.create(
        name="Guarded", slug="guarded", network="site", spoke=polka, audience=wanting
    )
    return make_post(kind="tour", genres=[techno]), guarded


@pytest.fixture
def make_audience_of(db):
    return lambda text: save_audience(name=text, expression=text)


def shown_on(mona: Client, post) -> str:
    page = mona.get(reverse("admin:editorial_post_route", args=[post.pk]))
    assert page.status_code == 200
    return page.content.decode()


def test_the_nearest_are_shown_and_the_rest_is_counted(mona: Client, house) -> None:
    post, guarded = house
    shown = shown_on(mona, post)
    assert shown.count("post-route-goes") == 3
    assert "and 7 more channels" in shown
    assert "11 channels don’t get it" in shown
    assert "8 more channels say on their own pages why they don’t" in shown
    assert f'id="channel-{guarded.pk}"' in shown


def test_each_spoke_that_gets_it_has_a_channel_among_them(mona: Client, house) -> None:
    shown = shown_on(mona, house[0])
    first_of_house = Channel.objects.filter(spoke__name="House").earliest("pk")
    assert f'id="channel-{first_of_house.pk}"' in shown


def test_what_was_said_by_hand_is_always_shown(mona: Client, house, manager) -> None:
    post, _ = house
    last = Channel.objects.get(slug="c19")
    ban_post(post=post, channel=last, reason="No.", actor=manager)
    shown = shown_on(mona, post)
    assert f'id="channel-{last.pk}"' in shown
    assert "7 more channels say" in shown


def test_machines_are_told_all(mona: Client, house) -> None:
    told = mona.get(reverse("admin:editorial_post_route_json", args=[house[0].pk])).json()
    assert len(told["routes"]) == 21


def test_more_channels_take_no_more_queries(mona: Client, house) -> None:
    post, _ = house
    shown_on(mona, post)
    numbers = []
    for more in (0, 30):
        Channel.objects.bulk_create(
            Channel(name=f"D{place}", slug=f"d{place}", network="site", spoke=Spoke.objects.first())
            for place in range(more)
        )
        shown_on(mona, post)
        with CaptureQueriesContext(connection) as seen:
            shown_on(mona, post)
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]
