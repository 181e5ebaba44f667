"""Pages laid out of plain values: no test here touches the database."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from spokes.site.compose import (
    BESIDE_LEAD,
    MOST_BRIEFS,
    MOST_SECTIONS,
    STORIES_A_SECTION,
    compose_place,
    of_the_moment,
)
from spokes.site.pages import CARD_FIELDS, Card, PostPage
from spokes.site.places import Place, Places
from spokes.site.rendering import render_place, render_post
from tests.spokes.site.conftest import HERO

HUB = Place(None, None, "hub", "Backbeat", "#d6336c", "")
SPOKES = [
    Place(number, number, f"spoke-{number}", f"Spoke {number}", "#2a6f97", "")
    for number in range(1, 13)
]
PLACES = Places(SPOKES, HUB)
MORNING = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def row(number: int, **fields: Any) -> dict[str, Any]:
    row = {
        "pk": number,
        "key": f"key-{number}",
        "spoke_id": None,
        "post_ref": number,
        "slug": f"story-{number}",
        "kind": "feature",
        "title": f"Story {number}",
        "teaser": "A teaser.",
        "lang": "en",
        "explicit": False,
        "cta_label": "Listen",
        "cta_url": "https://listen.example.org/1",
        "hero": {},
        "artists": [],
        "genres": [],
        "tags": [],
        "happens_on": None,
        "published_at": MORNING + timedelta(hours=number),
        "changed_at": MORNING,
        **fields,
    }
    assert set(row) == set(CARD_FIELDS)
    return row


def card(number: int, *, mark: str = "", own_url: str = "", **fields: Any) -> Card:
    return Card.of(row(number, **fields), PLACES, mark=mark, own_url=own_url)


def newest_first(count: int, **fields: Any) -> list[Card]:
    return [card(number, **fields) for number in range(count, 0, -1)]


def test_the_newest_story_leads_and_the_next_stand_beside_it() -> None:
    page = compose_place(SPOKES[0], PLACES, newest_first(6, spoke_id=1))
    assert page.lead is not None
    assert page.lead.pk == 6
    assert [card.pk for card in page.beside] == [5, 4]
    assert [card.pk for card in page.cards] == [3, 2, 1]
    assert len(page.beside) == BESIDE_LEAD


def test_a_later_page_has_no_lead() -> None:
    page = compose_place(SPOKES[0], PLACES, newest_first(3), number=2, has_more=True)
    assert page.lead is None
    assert len(page.cards) == 3
    assert (page.newer_url, page.older_url) == ("/spoke-1/", "/spoke-1/?page=3")


def test_the_liveliest_spokes_come_first_and_the_rest_in_brief() -> None:
    elsewhere = [card(100 + place.pk, spoke_id=place.pk) for place in SPOKES if place.pk]
    page = compose_place(HUB, PLACES, [], elsewhere=elsewhere)
    assert [section.place.pk for section in page.sections] == list(
        range(12, 12 - MOST_SECTIONS, -1)
    )
    assert len(page.sections) + len(page.briefs) == len(SPOKES)
    assert page.further == []
    assert page.quiet == []


def test_a_house_of_many_spokes_names_the_last_of_them() -> None:
    spokes = [
        Place(number, number, f"spoke-{number}", f"Spoke {number}", "#2a6f97", "")
        for number in range(1, MOST_SECTIONS + MOST_BRIEFS + 4)
    ]
    elsewhere = [card(100 + place.pk, spoke_id=place.pk) for place in spokes if place.pk]
    places = Places(spokes, HUB)
    cards = [dataclasses.replace(told, place=places.of(told.pk - 100)) for told in elsewhere]
    page = compose_place(HUB, places, [], elsewhere=cards)
    assert len(page.briefs) == MOST_BRIEFS
    assert [place.pk for place in page.further] == [3, 2, 1]


def test_a_spoke_shows_few_on_the_hub_and_none_that_the_hub_shows() -> None:
    own = [card(50, post_ref=7)]
    elsewhere = [card(number, spoke_id=1, post_ref=number) for number in (9, 8, 7, 6, 5)]
    page = compose_place(HUB, PLACES, own, elsewhere=elsewhere)
    assert [card.pk for card in page.sections[0].cards] == [9, 8, 6][:STORIES_A_SECTION]


def test_what_is_next_comes_first_and_each_post_once() -> None:
    coming = [
        card(1, happens_on=date(2026, 7, 2)),
        card(2, happens_on=date(2026, 7, 1)),
        card(3, happens_on=date(2026, 7, 2), post_ref=1, spoke_id=1),
        card(4),
    ]
    page = compose_place(HUB, PLACES, [], coming=coming)
    assert [card.pk for card in page.coming] == [2, 1]


def test_an_artist_of_the_moment_is_in_most_of_the_latest_stories() -> None:
    garcia, coltrane = ({"name": n, "slug": n.lower()} for n in ("Garcia", "Coltrane"))
    cards = [
        card(3, artists=[coltrane], hero=HERO),
        card(2, artists=[garcia]),
        card(
            1,
            artists=[garcia, coltrane],
            hero={**HERO, "url": "/media/other.jpg", "renditions": {}},
        ),
    ]
    seen = of_the_moment([*cards, card(0, artists=[garcia])])
    assert [(artist.name, artist.times) for artist in seen] == [("Garcia", 3), ("Coltrane", 2)]
    pictures = [artist.picture for artist in seen]
    assert None not in pictures
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("place", [HUB, SPOKES[0]])
def test_a_page_is_rendered_of_values_alone(place: Place) -> None:
    planned = card(1, mark="Scheduled · 18:00", own_url="/preview/1/", happens_on=date(2026, 7, 1))
    page = compose_place(place, PLACES, [planned], coming=[planned])
    html = render_place(page, PLACES, robots="noindex").decode()
    assert '<strong class="mark">Scheduled · 18:00</strong>' in html
    assert 'href="/preview/1/"' in html
    assert 'href="/hub/story-1/"' not in html
    assert '<meta name="robots" content="noindex">' in html


@pytest.mark.parametrize(("body", "shown"), [("<p>The whole.</p>", True), ("", False)])
def test_a_post_is_rendered_with_its_body_or_without(body: str, shown: bool) -> None:
    page = PostPage(card(1, mark="Draft"), body, [], "/hub/story-1/", [])
    html = render_post(page, PLACES).decode()
    assert '<strong class="mark">Draft</strong>' in html
    assert ('class="body"' in html) is shown
    assert 'href="https://listen.example.org/1"' in html


def test_a_page_speaks_the_language_of_the_site(settings: Any) -> None:
    settings.LANGUAGE_CODE = "de"
    html = render_place(compose_place(SPOKES[0], PLACES, [card(1)]), PLACES).decode()
    assert '<html lang="de">' in html
    assert "Juni 2026" in html


def pages_at_most() -> list[tuple[str, Callable[[], bytes]]]:
    """Lay out the fullest pages: twenty spokes, long words, every size of every picture."""
    spokes = [
        Place(number, number, f"a-genre-{number}", f"Some Genre {number}", "#2a6f97", "A line.")
        for number in range(1, 21)
    ]
    places = Places(spokes, HUB)
    sizes = ("thumb-320", "card-320", "card-640", "card-960", "wide-800", "wide-1200", "wide-1600")
    hero = {
        **HERO,
        "renditions": {name: f"/media/renditions/2026/06/{'0' * 16}-{name}.webp" for name in sizes},
    }
    full = {
        "title": "A title of a usual length, with a turn",
        "teaser": "Two sentences of a teaser. They say what the story is about, and why to read.",
        "cta_url": f"https://listen.example.org/album/{'1' * 30}?bb={'m' * 24}",
        "hero": hero,
        "artists": [{"name": "An Artist", "slug": "an-artist"}],
        "happens_on": date(2026, 7, 1),
    }
    rows = [row(number, **{**full, "spoke_id": 1 + number % 20}) for number in range(120)]
    elsewhere = [Card.of(each, places) for each in rows]
    own = [Card.of(row(200 + number, **full), places) for number in range(20)]
    return [
        ("hub", lambda: render_place(
            compose_place(HUB, places, own[:7], elsewhere=elsewhere, coming=own), places)),
        ("spoke", lambda: render_place(
            compose_place(spokes[0], places, own, coming=own, below=spokes), places)),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "make"), pages_at_most())
def test_the_fullest_page_is_under_fifty_kilobytes(name: str, make: Callable[[], bytes]) -> None:
    assert len(make()) < 50_000
