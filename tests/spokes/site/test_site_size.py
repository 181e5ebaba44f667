"""No page is heavy for a slow phone, however generous the house is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from content.catalogue.models import Artist, Genre
from spokes.channels.models import Spoke
from spokes.site.models import Facet, Publication
from spokes.site.pages import shorten
from spokes.site.places import SPOKES_IN_STRIP

pytestmark = pytest.mark.django_db

MOST_BYTES = 50_000
SPOKES = 30
STORIES_A_SPOKE = 6
SIZES = ("wide-1200", "thumb-320", "card-320", "card-640", "card-960", "wide-800", "wide-1600")
TITLE = "Eleven afternoons with the quiet quartet from Tromsø, part {}"
TEASER = (
    "They wrote it in a lighthouse between two storms, threw half of it away, and came back with "
    "nine songs that sound like nobody else: we were there for the last of them."
)


def generous_hero(number: int) -> dict[str, Any]:
    stem = f"/media/renditions/2026/11/a-quartet-on-the-stairs-of-the-lighthouse-{number}"
    return {
        "url": f"/media/assets/2026/11/a-quartet-on-the-stairs-of-the-lighthouse-{number}.jpg",
        "width": 2400,
        "height": 1600,
        "alt": f"Four people with their cases on the iron stairs of a lighthouse ({number}).",
        "credit": "Backbeat picture desk",
        "focal_x": 0.4,
        "focal_y": 0.6,
        "renditions": {size: f"{stem}-{size}-f68df7fecc4c3d52.webp" for size in SIZES},
    }


@pytest.fixture
def generous_house(
    publish: Callable[..., Publication],
    make_genre: Callable[..., Genre],
    make_spoke: Callable[..., Spoke],
    make_artist: Callable[..., Artist],
) -> Spoke:
    """Fill thirty spokes with long names, one of them and the hub over two pages."""
    music = make_genre("Music")
    names = [f"Scandinavian chamber folk and noise {number}" for number in range(SPOKES)]
    spokes = [
        make_spoke(make_genre(name, music), tagline="Fiddles, feedback and long winter evenings")
        for name in names
    ]
    artists = [make_artist(f"The Tromsø Lighthouse Quartet No. {number}") for number in range(3)]
    numbers = itertools.count(1)
    tomorrow = (timezone.now() + timedelta(days=1)).date()
    for spoke in (None, *spokes):
        for _ in range(45 if spoke in (None, spokes[0]) else STORIES_A_SPOKE):
            number = next(numbers)
            publish(
                spoke,
                TITLE.format(number),
                artists,
                [spoke.genre] if spoke else [],
                teaser=TEASER,
                hero=generous_hero(number),
                explicit=number % 3 == 0,
                happens_on=tomorrow if number % 2 else None,
                tags=[{"name": "Live", "slug": "live"}],
                cta_label="Listen to the whole album",
                cta_url=f"https://listen.example.com/release/the-lighthouse-tapes-{number}?bb=dd82260e81fc9d83",
            )
    return spokes[0]


@pytest.fixture
def everywhere(generous_house: Spoke, publish: Callable[..., Publication]) -> Publication:
    """Put one story on every spoke."""
    copies = [
        publish(
            spoke, TITLE.format("everywhere"), post_ref=10_000, teaser=TEASER, slug="everywhere"
        )
        for spoke in Spoke.objects.all()
    ]
    Facet.objects.bulk_create(
        Facet(publication=copy, kind="genre", slug="music", published_at=copy.published_at)
        for copy in copies
    )
    return copies[0]


def test_no_page_of_a_generous_house_is_heavy(
    client: Client, generous_house: Spoke, everywhere: Publication
) -> None:
    place = f"/{generous_house.slug}/"
    post = Publication.objects.on(generous_house).exclude(pk=everywhere.pk).first()
    assert post is not None
    addresses = [
        "/",
        "/?page=2",
        place,
        f"{place}?page=2",
        post.get_absolute_url(),
        everywhere.get_absolute_url(),
        "/artists/the-tromso-lighthouse-quartet-no-1/",
        "/genres/music/",
        "/genres/",
        "/artists/",
        "/search/?q=lighthouse",
        "/search/?q=nothing+like+it",
        "/archive/",
        f"/archive/{post.published_at:%Y/%m}/",
        "/no-such-page/",
    ]
    sizes = {address: len(client.get(address).content) for address in addresses}
    assert {address: size for address, size in sizes.items() if size >= MOST_BYTES} == {}


def test_a_card_says_as_much_of_a_teaser_as_it_shows() -> None:
    words = "word " * 100
    assert shorten("A short one.", 20) == "A short one."
    assert shorten(words, 32) == "word word word word word word…"
    assert len(shorten(words, 32)) <= 32
    assert shorten("事変" * 50, 20) == "事変" * 9 + "事…"


def test_the_strip_shows_the_readers_own_spoke_among_many(
    client: Client, generous_house: Spoke
) -> None:
    last = Spoke.objects.last()
    assert last is not None
    strip = client.get(f"/{last.slug}/").content.decode().split('<nav class="spokes"')[1]
    strip = strip.split("</nav>")[0]
    assert strip.count("<li") == 1 + SPOKES_IN_STRIP + 1
    assert f'href="/{last.slug}/" aria-current="page"' in strip


def test_a_story_of_many_places_names_a_few(client: Client, everywhere: Publication) -> None:
    page = client.get("/genres/music/").content.decode()
    also = page.split('<p class="also">')[1].split("</p>")[0]
    assert also.count("<a ") == 3
    assert f"and {SPOKES - 4} more" in also
