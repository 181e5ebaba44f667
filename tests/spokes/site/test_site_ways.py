"""The ways to stories: names from A to Z, tags, months, and lists of one word."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from content.catalogue.models import GenreClosure
from spokes.site.gathered import outline_gathered
from spokes.site.models import Facet, Publication

pytestmark = pytest.mark.django_db

EVERY_PAGE = [
    "/artists/",
    "/artists/?letter=n",
    "/genres/",
    "/genres/?letter=m",
    "/tags/",
    "/tags/uk/",
    "/archive/",
    "/archive/2026/06/",
    "/jazz/archive/",
    "/jazz/archive/2026/06/",
    "/hub/archive/",
    "/hub/archive/2026/06/",
    "/artists/nubya-garcia/",
    "/genres/jazz/",
    "/search/?artist=nubya-garcia",
]


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def tagged(full_house, make_tag, publish):
    """A full house with one tagged story."""
    uk = make_tag("UK")
    story = publish(full_house, "Made in the UK", tags=[{"name": uk.name, "slug": uk.slug}])
    tag(story, uk)
    return story


def tag(story: Publication, tag) -> None:
    Facet.objects.get_or_create(
        publication=story, kind="tag", slug=tag.slug, defaults={"published_at": story.published_at}
    )


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_page_takes_at_most_four_queries(
    client: Client, tagged, page: str, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(4):
        response = client.get(page)
    assert response.status_code == 200


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_page_has_one_heading_of_the_first_rank_and_its_own_address(
    client: Client, tagged, page: str
) -> None:
    written = text(client.get(page))
    assert written.count("<h1") == 1
    if "search" not in page:
        assert f'{page}">' in re.search(r'<link rel="canonical" href=[^>]+>', written)[0]


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_picture_keeps_its_room(client: Client, tagged, page: str) -> None:
    for picture in re.findall(r"<img[^>]+>", text(client.get(page))):
        assert 'width="' in picture
        assert 'height="' in picture
        assert 'alt="' in picture


# --- names from A to Z ------------------------------------------------------------------------


def test_only_artists_with_something_live_are_listed(client: Client, publish, make_artist) -> None:
    make_artist("Nobody Yet")
    publish(None, artists=[make_artist("Taken Down")], withdrawn_at=timezone.now())
    publish(None, artists=[make_artist("Nubya Garcia")])
    page = text(client.get("/artists/"))
    assert 'href="/artists/nubya-garcia/"' in page
    assert "Nobody Yet" not in page
    assert "Taken Down" not in page


def test_names_stand_under_their_letters(client: Client, publish, make_artist) -> None:
    for name in ("Björk", "ABBA", "10cc", "Ólafur Arnalds"):
        publish(None, artists=[make_artist(name)])
    page = text(client.get("/artists/?letter=b"))
    names = page[page.index('class="letter"') :]
    assert 'href="/artists/bjork/"' in names
    assert "ABBA" not in names
    assert "10cc" in text(client.get("/artists/?letter=0")).split('class="letter"')[1]
    assert "lafur" in text(client.get("/artists/?letter=o")).split('class="letter"')[1]


@pytest.mark.parametrize("query", ["letter=ab", "letter=%C3%84", "letter=A", "page=2", "page=0"])
def test_an_index_page_that_is_not_there_is_not_found(client: Client, query: str) -> None:
    assert client.get(f"/artists/?{query}").status_code == 404


def test_an_index_of_many_goes_on(client: Client, publish, make_artist, monkeypatch) -> None:
    monkeypatch.setattr("spokes.site.listings.NAMES_A_PAGE", 2)
    for name in ("Abba", "Air", "Alt-J"):
        publish(None, artists=[make_artist(name)])
    page = text(client.get("/artists/?letter=a"))
    assert 'rel="next" href="/artists/?letter=a&amp;page=2"' in page
    assert "Alt-J" in text(client.get("/artists/?letter=a&page=2"))


def test_a_genre_is_listed_when_a_story_is_about_one_of_its_kinds(
    client: Client, publish, make_genre
) -> None:
    bebop = make_genre("Bebop", make_genre("Jazz"))
    publish(None, genres=[bebop])
    page = text(client.get("/genres/"))
    assert 'href="/genres/jazz/"' in page
    assert 'href="/genres/bebop/"' in page


@pytest.mark.parametrize("page", ["/artists/", "/genres/", "/tags/", "/archive/"])
def test_an_empty_house_has_its_ways_too(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert 'class="empty"' in text(response)


# --- tags -------------------------------------------------------------------------------------


def test_a_tag_lists_its_stories(client: Client, tagged) -> None:
    assert 'href="/tags/uk/"' in text(client.get("/tags/"))
    page = text(client.get("/tags/uk/"))
    assert "Made in the UK" in page
    assert "Jazz story" not in page


def test_a_tag_that_nobody_made_is_not_found(client: Client) -> None:
    assert client.get("/tags/nothing/").status_code == 404


# --- the archive ------------------------------------------------------------------------------


@pytest.fixture
def two_months(publish, jazz):
    for title, day in (("In May", datetime(2026, 5, 31, 23, 59, tzinfo=UTC)),
                       ("In June", datetime(2026, 6, 1, tzinfo=UTC))):  # fmt: skip
        publish(jazz, title, published_at=day)


def test_the_archive_has_every_month_with_a_story_and_no_other(
    client: Client, publish, jazz, two_months
) -> None:
    publish(jazz, "In March", published_at=datetime(2026, 3, 3, tzinfo=UTC))
    publish(None, "Elsewhere", published_at=datetime(2026, 4, 4, tzinfo=UTC))
    over = datetime(2026, 2, 20, tzinfo=UTC)
    publish(jazz, "Over", published_at=datetime(2026, 2, 2, tzinfo=UTC), expires_at=over)
    page = text(client.get("/jazz/archive/"))
    months = re.findall(r'href="/jazz/archive/(\d{4}/\d\d)/"', page)
    assert months == ["2026/06", "2026/05", "2026/03"]


def test_a_month_leads_to_those_with_stories_beside_it(
    client: Client, publish, jazz, two_months
) -> None:
    publish(jazz, "In March", published_at=datetime(2026, 3, 3, tzinfo=UTC))
    page = text(client.get("/jazz/archive/2026/05/"))
    ways = page[page.index('aria-label="Months"') :]
    assert re.findall(r"archive/(\d{4}/\d\d)/", ways) == ["2026/03", "2026/06"]
    first = text(client.get("/jazz/archive/2026/03/"))
    assert re.findall(r"archive/(\d{4}/\d\d)/", first[first.index('"Months"') :]) == ["2026/05"]


def test_a_month_has_its_own_stories_day_by_day(client: Client, two_months) -> None:
    page = text(client.get("/archive/2026/05/"))
    assert "In May" in page
    assert "In June" not in page
    assert "Sunday, 31 May" in page


def test_the_archive_of_a_place_has_only_its_stories(client: Client, publish, two_months) -> None:
    publish(None, "On the hub")
    assert "On the hub" not in text(client.get("/jazz/archive/2026/06/"))
    assert "On the hub" in text(client.get("/hub/archive/2026/06/"))
    assert "On the hub" in text(client.get("/archive/2026/06/"))


@pytest.mark.parametrize(
    "month", ["2026/13", "2026/00", "0000/01", "99999/01", "2999/01", "1969/12"]
)
def test_a_month_that_is_none_or_to_come_is_not_found(client: Client, jazz, month: str) -> None:
    assert client.get(f"/archive/{month}/").status_code == 404
    assert client.get(f"/jazz/archive/{month}/").status_code == 404


# --- lists of one word ------------------------------------------------------------------------


def test_a_story_tells_where_else_it_stands(client: Client, publish, jazz, make_artist) -> None:
    garcia = make_artist("Nubya Garcia")
    publish(jazz, "On both", [garcia], post_ref=1000)
    publish(None, "On both", [garcia], post_ref=1000)
    page = text(client.get("/artists/nubya-garcia/"))
    assert page.count('class="whole" href="/jazz/on-both/"') == 1
    assert 'href="/hub/on-both/">Hub</a>' in page[page.index("Also on") :]


def test_a_copy_that_goes_live_elsewhere_changes_the_page(
    client: Client, publish, jazz, make_artist
) -> None:
    garcia = make_artist("Nubya Garcia")
    publish(jazz, "On both", [garcia], post_ref=1000)
    before = client.get("/artists/nubya-garcia/")["ETag"]
    publish(None, "On both", [garcia], post_ref=1000)
    assert client.get("/artists/nubya-garcia/")["ETag"] != before


def test_pages_of_one_word_follow_without_gap_or_repeat(
    client: Client, publish, jazz, make_artist
) -> None:
    garcia = make_artist("Nubya Garcia")
    for number in range(45):
        publish(jazz, f"Number {number:02}", [garcia], post_ref=number)
        publish(None, f"Number {number:02}", [garcia], post_ref=number)
    pages = [text(client.get(f"/artists/nubya-garcia/?page={number}")) for number in (1, 2, 3)]
    titles = [title for page in pages for title in re.findall(r'class="whole"[^>]+>([^<]+)', page)]
    assert titles == [f"Number {number:02}" for number in range(44, -1, -1)]
    assert client.get("/artists/nubya-garcia/?page=4").status_code == 404


@pytest.mark.parametrize("kind", [Facet.Kind.ARTIST, Facet.Kind.GENRE, Facet.Kind.TAG])
def test_a_list_of_one_word_sorts_nothing(tagged, kind: str) -> None:
    if connection.vendor == "postgresql":
        # a house this small could be read and sorted at once; that says nothing of a full one
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
    listed = Publication.objects.live(timezone.now()).listed_under(kind, "jazz")
    plan = listed.once_per_post(timezone.now()).values("post_ref")[:21].explain()
    assert "facet_stream" in plan
    if connection.vendor == "sqlite":
        assert "TEMP B-TREE" not in plan
    else:
        assert "Sort" not in plan


def test_a_list_of_one_word_is_one_query(tagged, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        outline_gathered(Facet.Kind.ARTIST, "nubya-garcia", 1, timezone.now())


# --- a genre and those around it --------------------------------------------------------------


def test_a_genre_shows_those_beside_it(client: Client, make_genre) -> None:
    music, sound = make_genre("Music"), make_genre("Sound")
    make_genre("Jazz", music)
    make_genre("Blues", music)
    make_genre("Noise", sound)
    page = text(client.get("/genres/jazz/"))
    beside = page[page.index('aria-label="Genres beside Jazz"') :]
    assert 'href="/genres/blues/"' in beside
    assert 'href="/genres/jazz/"' not in beside
    assert 'href="/genres/noise/"' not in beside


def test_many_kinds_of_a_genre_are_folded_away(client: Client, make_genre) -> None:
    music = make_genre("Music")
    for number in range(25):
        make_genre(f"Kind {number:02}", music)
    page = text(client.get("/genres/music/"))
    assert "<summary>7 more</summary>" in page
    assert GenreClosure.objects.filter(ancestor=music, depth=1).count() == 25
    assert all(f"Kind {number:02}<" in page for number in range(25))


# --- what comes -------------------------------------------------------------------------------


def in_days(days: int) -> date:
    return (timezone.now() + timedelta(days=days)).date()


@pytest.mark.parametrize("page", ["/", "/jazz/"])
def test_what_comes_is_listed_by_its_day(client: Client, publish, jazz, page: str) -> None:
    publish(jazz, "Later", kind="tour", happens_on=in_days(9))
    publish(jazz, "Tonight", kind="tour", happens_on=in_days(0))
    publish(jazz, "Over", kind="tour", happens_on=in_days(-1))
    for _ in range(30):
        publish(jazz)
    written = text(client.get(page))
    coming = written[written.index('id="coming"') :].split("</section>")[0]
    assert coming.index("Tonight") < coming.index("Later")
    assert "Over" not in coming


def test_what_the_hub_alone_announces_comes_too(client: Client, publish, jazz) -> None:
    publish(None, "A festival", kind="tour", happens_on=in_days(20))
    for _ in range(10):
        publish(None)
    assert "A festival" in text(client.get("/"))


def test_a_day_that_passes_changes_the_page(client: Client, publish, jazz, monkeypatch) -> None:
    publish(jazz, "Tonight", kind="tour", happens_on=in_days(0))
    before = client.get("/jazz/")["ETag"]
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    response = client.get("/jazz/")
    assert response["ETag"] != before
    assert 'id="coming"' not in text(response)


# --- what is not there, and the search --------------------------------------------------------


def test_a_missing_page_offers_ways_onward(client: Client, jazz, settings) -> None:
    response = client.get("/no-such-place/")
    assert response.status_code == 404
    assert 'href="/jazz/"' in text(response)
    assert 'action="/search/"' in text(response)


def test_a_search_can_be_narrowed_to_an_artist(client: Client, publish, make_artist) -> None:
    bjork = make_artist("Björk")
    publish(None, "Nine nights", [bjork])
    publish(None, "Nine days")
    for asked in ("bjork", "Björk"):
        page = text(client.get("/search/", {"q": "nine", "artist": asked}))
        assert "Nine nights" in page
        assert "Nine days" not in page
    assert "Nine nights" in text(client.get("/search/", {"artist": "bjork"}))


def test_each_filter_of_a_search_can_be_taken_off(client: Client, publish, jazz) -> None:
    page = text(client.get("/search/", {"q": "nine", "spoke": "jazz", "kind": "video"}))
    assert 'href="/search/?q=nine&amp;kind=video"' in page
    assert 'href="/search/?q=nine&amp;spoke=jazz"' in page


# --- for those who share a story --------------------------------------------------------------


def test_a_story_tells_its_way_and_where_to_ask_for_it(
    client: Client, publish, jazz, settings
) -> None:
    settings.SITE_URL = "https://news.example.org"
    publish(jazz, "Nine nights")
    page = text(client.get("/jazz/nine-nights/"))
    assert '"@type": "BreadcrumbList"' in page
    assert '"item": "https://news.example.org/jazz/"' in page
    asked = "https%3A%2F%2Fnews.example.org%2Fjazz%2Fnine-nights%2F"
    assert f'href="https://news.example.org/oembed?url={asked}"' in page


def test_a_story_is_shared_with_its_card_once_that_is_drawn(
    client: Client, publish, jazz, settings
) -> None:
    settings.SITE_URL = "https://news.example.org"
    story = publish(jazz, "Nine nights")
    assert "og:image" not in text(client.get("/jazz/nine-nights/"))
    story.cards.create(
        shape="wide", key="k", state="ready", file="cards/nine.jpg", next_try_at=timezone.now()
    )
    page = text(client.get("/jazz/nine-nights/"))
    assert (
        '<meta property="og:image" content="https://news.example.org/media/cards/nine.jpg">' in page
    )
    assert '<meta property="og:image:width" content="1200">' in page


# --- an open page -----------------------------------------------------------------------------


def test_an_open_page_says_what_it_shows_and_has_room_for_news(
    client: Client, publish, jazz
) -> None:
    story = publish(jazz)
    page = text(client.get("/jazz/"))
    assert f'data-live="jazz" data-newest="{story.pk}"' in page
    assert '<p class="live" role="status"><a href="/jazz/" hidden></a></p>' in page
    assert "data-live" not in text(client.get("/archive/"))
