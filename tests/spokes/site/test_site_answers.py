"""What pages cost, and how long they may be kept."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.http import Http404
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.defaults import server_error

from content.catalogue.models import Artist, Genre
from spokes.channels.models import Spoke
from spokes.site.models import Publication
from spokes.site.views import missing

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
def test_a_page_asked_for_often_takes_one_query(
    client: Client, full_house, page: str, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    first = client.get(page)
    with django_assert_max_num_queries(4):
        client.get(page)
    with django_assert_num_queries(1):
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


LISTS = (
    "/",
    "/jazz/",
    "/artists/nubya-garcia/",
    "/genres/jazz/",
    "/search/?q=story&spoke=jazz",
    "/jazz/feed.rss",
)
METAL = ("/metal/", "/metal/feed.rss", "/genres/metal/")


def test_nothing_changes_by_itself(client: Client, full_house) -> None:
    assert etags(client, *WITH_ETAG) == etags(client, *WITH_ETAG)


def test_a_story_going_live_changes_the_lists_that_show_it(
    client: Client, publish, make_artist, full_house
) -> None:
    before = etags(client, *LISTS, *METAL)
    garcia = Artist.objects.get(slug="nubya-garcia")
    publish(full_house, "A new story", [garcia], [full_house.genre])
    assert changed(before, etags(client, *LISTS, *METAL)) == set(LISTS)


def newest_of(spoke: Spoke) -> QuerySet[Publication]:
    newest = Publication.objects.filter(spoke=spoke, artists__0__slug="nubya-garcia").first()
    return Publication.objects.filter(pk=newest.pk)


def test_a_story_taken_down_changes_the_lists_that_showed_it(client: Client, full_house) -> None:
    before = etags(client, *LISTS, *METAL)
    newest_of(full_house).update(withdrawn_at=timezone.now())
    assert changed(before, etags(client, *LISTS, *METAL)) == set(LISTS)
    assert "Jazz story 24" not in client.get("/jazz/").content.decode()


def test_a_story_passing_its_time_changes_the_lists_by_itself(
    client: Client, full_house, monkeypatch
) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    newest_of(full_house).update(expires_at=soon)
    before = etags(client, "/", "/jazz/", "/jazz/feed.rss", *METAL)
    monkeypatch.setattr(timezone, "now", lambda: soon)
    after = etags(client, "/", "/jazz/", "/jazz/feed.rss", *METAL)
    assert changed(before, after) == {"/", "/jazz/", "/jazz/feed.rss"}


def test_an_edit_changes_the_story_and_the_lists(client: Client, full_house) -> None:
    story = newest_of(full_house)
    pages = ("/", "/jazz/", "/jazz/feed.rss", story.get().get_absolute_url())
    before = etags(client, *pages)
    story.update(title="Another title", changed_at=timezone.now())
    assert changed(before, etags(client, *pages)) == set(pages)
    assert all("Another title" in client.get(page).content.decode() for page in pages)


@pytest.mark.parametrize(
    "change", [{"name": "Jazz & more"}, {"colour": "#123456"}, {"tagline": "New words"}]
)
def test_a_spoke_changed_changes_every_page(
    client: Client, full_house, change: dict[str, str]
) -> None:
    pages = ("/", "/metal/", "/metal/metal-story-3/", "/genres/music/", "/artists/nubya-garcia/")
    before = etags(client, *pages)
    Spoke.objects.filter(pk=full_house.pk).update(**change)
    assert changed(before, etags(client, *pages)) == set(pages)


def test_a_copy_taken_down_elsewhere_changes_the_story(client: Client, publish, jazz) -> None:
    publish(jazz, "On both", post_ref=1000)
    other = publish(None, "On both", post_ref=1000)
    before = etags(client, "/jazz/on-both/")
    Publication.objects.filter(pk=other.pk).update(withdrawn_at=timezone.now())
    assert changed(before, etags(client, "/jazz/on-both/"))


def test_a_change_of_the_catalogue_changes_the_pages_with_its_facts(
    client: Client, full_house
) -> None:
    pages = ("/artists/nubya-garcia/", "/genres/music/", "/genres/jazz/")
    before = etags(client, *pages)
    Artist.objects.filter(slug="nubya-garcia").update(about="Plays the tenor saxophone.")
    Genre.objects.filter(slug="jazz").update(name="Jazz music")
    assert changed(before, etags(client, *pages)) == set(pages)


def test_what_left_a_list_is_seen_by_who_asks_by_time_alone(
    client: Client, full_house, monkeypatch
) -> None:
    first = client.get("/jazz/")
    newest_of(full_house).update(withdrawn_at=timezone.now())
    later = timezone.now() + timedelta(seconds=5)
    monkeypatch.setattr(timezone, "now", lambda: later)
    again = client.get("/jazz/", headers={"If-Modified-Since": first["Last-Modified"]})
    assert again.status_code == 200


def test_a_missing_page_may_be_kept_for_a_short_time_only(rf: RequestFactory) -> None:
    response = missing(rf.get("/jazz/not-yet/"), Http404())
    assert (response.status_code, response["Cache-Control"][:19]) == (404, "public, max-age=30,")
    assert "Nothing plays here" in response.content.decode()


def test_a_story_that_is_gone_may_come_back(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", withdrawn_at=timezone.now())
    response = client.get("/jazz/nine-nights/")
    assert (response.status_code, response["Cache-Control"][:19]) == (410, "public, max-age=30,")


# --- what browsers are told ------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES[:10])
def test_a_page_needs_no_style_or_script_of_its_own(client: Client, full_house, page: str) -> None:
    response = client.get(page)
    body = response.content.decode()
    assert " style=" not in body
    assert "<style" not in body
    assert "nonce" not in body + response["Content-Security-Policy"]
    own = body.count('<script src="/static/site/live.js" defer></script>')
    assert body.count("<script") == body.count('<script type="application/ld+json">') + own


def test_the_colours_asked_for_by_version_never_change(client: Client, full_house) -> None:
    page = client.get("/jazz/").content.decode()
    address = re.search(r'href="(/spokes\.css\?v=\w+)"', page)[1]
    assert "immutable" in client.get(address)["Cache-Control"]
    assert "immutable" not in client.get("/spokes.css?v=old")["Cache-Control"]
    Spoke.objects.filter(pk=full_house.pk).update(colour="#123456")
    assert address not in client.get("/jazz/").content.decode()
    assert "immutable" not in client.get(address)["Cache-Control"]


def test_a_failure_is_told_with_nothing_but_templates(rf: RequestFactory, settings) -> None:
    settings.BRAND_NAME = "Offbeat"
    response = server_error(rf.get("/jazz/"))
    assert response.status_code == 500
    assert "<title>Something broke – Offbeat</title>" in response.content.decode()


def test_a_page_has_its_style_before_static_files_are_collected(
    client: Client, settings, tmp_path
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    assert 'href="/static/site/site.css"' in client.get("/").content.decode()
