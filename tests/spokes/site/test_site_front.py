"""Answers that are kept whole: they are what would be made anew, and never older than a commit."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from content.catalogue.models import Artist, Genre
from spokes.channels.models import Hub, Spoke
from spokes.site import front
from spokes.site.keeping import Shelf
from spokes.site.models import CardImage, Publication
from spokes.site.version import read_version

pytestmark = pytest.mark.django_db

PAGES = ["/", "/jazz/", "/jazz/jazz-story-7/", "/artists/nubya-garcia/", "/genres/music/"]


def keep(client: Client, page: str) -> None:
    """Ask twice: what is asked for once is not kept."""
    client.get(page)
    client.get(page)


@pytest.mark.parametrize("page", [*PAGES, "/jazz/feed.atom", "/spokes.css"])
def test_a_kept_answer_has_every_header_of_the_first(client: Client, full_house, page: str) -> None:
    first = client.get(page)
    keep(client, page)
    again = client.get(page)
    changing = {"X-Request-ID", "Last-Modified", "Content-Length"}
    assert {k: v for k, v in again.items() if k not in changing} == {
        k: v for k, v in first.items() if k not in changing
    }
    assert again.content == first.content
    assert again["X-Request-ID"] != first["X-Request-ID"]


@pytest.mark.parametrize("page", PAGES)
def test_a_kept_answer_is_not_sent_to_who_has_it(client: Client, full_house, page: str) -> None:
    keep(client, page)
    etag = client.get(page)["ETag"]
    again = client.get(page, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)


def test_who_revalidates_only_lets_the_page_be_kept_too(
    client: Client, full_house, django_assert_num_queries
) -> None:
    etag = client.get("/jazz/")["ETag"]
    assert client.get("/jazz/", headers={"If-None-Match": etag}).status_code == 304
    with django_assert_num_queries(1):
        assert client.get("/jazz/", headers={"If-None-Match": etag}).status_code == 304


def test_a_kept_answer_to_head_has_the_headers_alone(client: Client, full_house) -> None:
    keep(client, "/jazz/")
    whole, head = client.get("/jazz/"), client.head("/jazz/")
    assert head.content == b""
    assert head["Content-Length"] == str(len(whole.content))
    assert head["ETag"] == whole["ETag"]


def test_asking_with_head_keeps_the_whole_page(client: Client, full_house) -> None:
    client.head("/jazz/")
    client.head("/jazz/")
    assert "Jazz story 24" in client.get("/jazz/").content.decode()


@pytest.mark.parametrize("asked", ["gzip", "gzip, deflate, br", "br;q=1, gzip;q=0.5"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_page_is_compressed_for_who_takes_that(
    client: Client, full_house, asked: str, times: int
) -> None:
    plain = client.get("/metal/").content
    front.forget()
    for _ in range(times):
        packed = client.get("/metal/", headers={"Accept-Encoding": asked})
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Vary"] == "Accept-Encoding"
    assert packed["Content-Length"] == str(len(packed.content))
    assert packed["ETag"].startswith('W/"')
    assert gzip.decompress(packed.content) == plain
    by_etag = client.get(
        "/metal/", headers={"Accept-Encoding": asked, "If-None-Match": packed["ETag"]}
    )
    assert by_etag.status_code == 304


@pytest.mark.parametrize("asked", ["", "identity", "gzip;q=0", "br, gzip; q=0.0"])
def test_a_page_is_plain_for_who_takes_nothing_else(client: Client, full_house, asked: str) -> None:
    for _ in range(3):
        plain = client.get("/metal/", headers={"Accept-Encoding": asked})
    assert not plain.has_header("Content-Encoding")
    assert b"Metal story 4" in plain.content


def test_what_is_not_the_sites_own_is_left_alone(client: Client, editor) -> None:
    client.force_login(editor)
    for _ in range(3):
        page = client.get("/admin/", headers={"Accept-Encoding": "gzip"})
        probe = client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert not page.has_header("Content-Encoding")
    assert not probe.has_header("Content-Encoding")
    assert len(front.shelf) == 0


def test_a_crowd_asks_for_the_version_once(
    client: Client, full_house, publish, settings, django_assert_num_queries
) -> None:
    settings.SITE_VERSION_SECONDS = 3600.0
    keep(client, "/jazz/")
    with django_assert_num_queries(0):
        assert client.get("/jazz/").status_code == 200
    publish(Spoke.objects.get(slug="jazz"), "Nine nights")
    settings.SITE_VERSION_SECONDS = 0.0
    assert "Nine nights" in client.get("/jazz/").content.decode()


def test_pages_with_different_queries_are_kept_apart(client: Client, full_house) -> None:
    keep(client, "/jazz/")
    keep(client, "/jazz/?page=2")
    assert "Jazz story 24" in client.get("/jazz/").content.decode()
    assert "Jazz story 24" not in client.get("/jazz/?page=2").content.decode()


def test_what_is_not_there_is_not_kept(client: Client, publish, jazz) -> None:
    for _ in range(3):
        assert client.get("/jazz/nine-nights/").status_code == 404
    publish(jazz, "Nine nights")
    assert client.get("/jazz/nine-nights/").status_code == 200


def test_a_wrong_host_is_refused_also_where_the_page_is_kept(client: Client, full_house) -> None:
    keep(client, "/jazz/")
    assert client.get("/jazz/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_a_kept_page_is_not_shown_without_the_safe_address(
    client: Client, full_house, settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    keep(client, "/jazz/")
    assert client.get("/jazz/").status_code == 301
    assert client.get("/jazz/", secure=True).status_code == 200


def test_kept_answers_are_logged_with_their_view(client: Client, full_house, caplog) -> None:
    keep(client, "/jazz/")
    caplog.clear()
    response = client.get("/jazz/")
    assert "GET /jazz/ 200" in caplog.text
    assert response.wsgi_request.resolver_match.view_name == "site:spoke"


def test_a_page_is_made_anew_after_half_a_minute(
    client: Client, full_house, monkeypatch, django_assert_max_num_queries
) -> None:
    keep(client, "/jazz/")
    later = timezone.now() + timedelta(seconds=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with django_assert_max_num_queries(5) as queries:
        client.get("/jazz/")
    assert len(queries) > 1


def test_a_story_passing_its_time_leaves_the_kept_page(
    client: Client, full_house, monkeypatch
) -> None:
    soon = timezone.now() + timedelta(seconds=5)
    newest = Publication.objects.filter(spoke=full_house).first()
    Publication.objects.filter(pk=newest.pk).update(expires_at=soon)
    keep(client, "/jazz/")
    assert newest.title in client.get("/jazz/").content.decode()
    monkeypatch.setattr(timezone, "now", lambda: soon)
    assert newest.title not in client.get("/jazz/").content.decode()


# --- the version -----------------------------------------------------------------------------


def number() -> int:
    return read_version(timezone.now()).number


def card_of(publication: Publication, state: str) -> CardImage:
    return CardImage.objects.create(
        publication=publication, shape="wide", key="k", state=state, next_try_at=timezone.now()
    )


CHANGES = {
    "a story goes live": lambda spoke: Publication.objects.bulk_create(
        [
            Publication(
                key="new",
                spoke=spoke,
                post_ref=9_000,
                slug="new",
                published_at=timezone.now(),
                changed_at=timezone.now(),
            )
        ],
        ignore_conflicts=True,
    ),
    "a story is edited": lambda spoke: spoke.publications.update(title="Other"),
    "a story is taken down": lambda spoke: spoke.publications.update(withdrawn_at=timezone.now()),
    "a story is dropped": lambda spoke: spoke.publications.all().delete(),
    "a spoke is renamed": lambda spoke: Spoke.objects.filter(pk=spoke.pk).update(name="Other"),
    "the hub is named": lambda spoke: Hub.objects.update_or_create(
        pk=Hub.ONLY, defaults={"name": "Other"}
    ),
    "an artist is renamed": lambda spoke: Artist.objects.update(name="Other"),
    "a genre is described": lambda spoke: Genre.objects.update(description="Other"),
    "a card is drawn": lambda spoke: card_of(spoke.publications.first(), "ready"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_version_is_another_one_when(full_house, change: str) -> None:
    before = number()
    CHANGES[change](full_house)
    assert number() != before


def test_the_version_stays_when_nothing_that_is_shown_changes(full_house, editor) -> None:
    card = card_of(full_house.publications.first(), "pending")
    before = number()
    editor.save()
    CardImage.objects.filter(pk=card.pk).update(tries=3)
    Publication.objects.filter(pk=-1).update(title="Nobody")
    assert number() == before


def test_the_version_knows_when_the_next_story_ends(full_house) -> None:
    now = timezone.now()
    assert read_version(now).next_expiry is None
    for number_, publication in enumerate(full_house.publications.all()[:3]):
        at = now + timedelta(hours=number_)
        Publication.objects.filter(pk=publication.pk).update(expires_at=at)
    assert read_version(now).next_expiry == now + timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_meanwhile_is_opened_again() -> None:
    before = number()
    connection.connection.close()
    assert number() == before


# --- the shelf -------------------------------------------------------------------------------


def test_the_longest_unused_make_room() -> None:
    shelf: Shelf[bytes] = Shelf(most=2, most_bytes=10, size=len)
    for name in "abc":
        shelf.put(name, b"x")
        shelf.get("a")
    assert ("a" in shelf, "b" in shelf, "c" in shelf) == (True, False, True)


def test_a_shelf_holds_so_many_bytes() -> None:
    shelf: Shelf[bytes] = Shelf(most=9, most_bytes=10, size=len)
    for name, thing in (("a", b"xxxxxx"), ("a", b"xxxx"), ("b", b"xxxxxx"), ("c", b"x")):
        shelf.put(name, thing)
    assert ("a" in shelf, "b" in shelf, "c" in shelf) == (False, True, True)


def test_what_is_asked_for_once_is_not_kept(client: Client, full_house) -> None:
    client.get("/jazz/")
    assert len(front.shelf) == 0
    client.get("/jazz/")
    assert len(front.shelf) == 1
