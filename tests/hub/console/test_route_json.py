"""Where a post goes, for machines: a page of channels at a time, of all or of those asked about."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.editorial.models import Post
from hub.console.targeting import route_json
from spokes.audiences.actions import pin_post, save_audience
from spokes.channels.models import Channel


@pytest.fixture
def post(make_genre, make_spoke, make_post) -> Post:
    """Seven channels: four take the post, and three ask for something else."""
    techno = make_genre("Techno")
    spoke = make_spoke(techno)
    refusing = save_audience(name="Videos", expression="kind:video")
    Channel.objects.bulk_create(
        Channel(
            name=f"C{place}",
            slug=f"c{place}",
            network="site",
            spoke=spoke,
            audience=None if place < 4 else refusing,
        )
        for place in range(7)
    )
    found: Post = make_post(kind="tour", genres=[techno])
    return found


def address(post: Post) -> str:
    return reverse("admin:editorial_post_route_json", args=[post.pk])


def slugs(told) -> list[str]:
    return [route["channel"] for route in told["routes"]]


def test_a_house_that_fits_on_a_page_is_told_whole(mona: Client, post):
    told = mona.get(address(post)).json()
    assert slugs(told) == [f"c{place}" for place in range(7)]
    assert (told["channels"], told["going"], told["next"]) == (7, 4, None)
    assert told["routes"][6]["reason"].endswith("its kind is tour, not video")


def test_the_pages_lead_to_every_channel(mona: Client, post, monkeypatch):
    monkeypatch.setattr(route_json, "PAGE", 3)
    told = mona.get(address(post)).json()
    pages = [slugs(told)]
    while told["next"]:
        told = mona.get(told["next"]).json()
        pages.append(slugs(told))
    assert pages == [["c0", "c1", "c2"], ["c3", "c4", "c5"], ["c6"]]


def test_only_those_that_take_it_or_do_not_can_be_asked_for(mona: Client, post):
    told = mona.get(address(post), {"goes": "yes", "limit": "4"}).json()
    assert (slugs(told), told["next"]) == (["c0", "c1", "c2", "c3"], None)
    told = mona.get(address(post), {"goes": "no", "limit": "2"}).json()
    assert slugs(told) == ["c4", "c5"]
    assert "goes=no" in told["next"]
    assert slugs(mona.get(told["next"]).json()) == ["c6"]


def test_a_pin_counts_among_those_that_take_it(mona: Client, post, manager):
    pin_post(post=post, channel=Channel.objects.get(slug="c6"), reason="Yes.", actor=manager)
    told = mona.get(address(post), {"goes": "yes"}).json()
    assert slugs(told)[-1] == "c6"
    assert told["going"] == 5


def test_channels_can_be_named(mona: Client, post):
    told = mona.get(address(post), {"channel": ["c5", "c1", "gone"]}).json()
    assert slugs(told) == ["c1", "c5"]


@pytest.mark.parametrize(
    "wrong", [{"goes": "maybe"}, {"limit": "0"}, {"limit": "5000"}, {"after": "x"}]
)
def test_a_question_that_can_not_be_read_is_refused(mona: Client, post, wrong):
    refused = mona.get(address(post), wrong)
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == list(wrong)


def test_more_channels_take_no_more_queries(mona: Client, post):
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            mona.get(address(post))
        return len(seen)

    count()
    before = count()
    Channel.objects.bulk_create(
        Channel(name=f"D{place}", slug=f"d{place}", network="site") for place in range(40)
    )
    count()
    assert count() == before
