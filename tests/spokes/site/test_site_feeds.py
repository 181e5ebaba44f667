"""Feeds as feed readers take them, and maps as search engines do."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import feedparser
import pytest
from django.test import Client
from django.utils import timezone

from spokes.site import feed_forms, front, sitemaps
from spokes.site.models import Publication
from tests.spokes.site.conftest import HERO

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = "https://news.example.org"

# what JSON Feed 1.1 allows in an item
ITEM_FIELDS = {
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "image",
    "banner_image",
    "date_published",
    "date_modified",
    "authors",
    "tags",
    "language",
    "attachments",
}


@pytest.fixture(autouse=True)
def public_address(settings) -> None:
    settings.SITE_URL = SITE


def rss(client: Client, address: str) -> ElementTree.Element:
    return ElementTree.fromstring(client.get(address).content).find("channel")


def atom(client: Client, address: str) -> ElementTree.Element:
    return ElementTree.fromstring(client.get(address).content)


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("rss", "application/rss+xml"),
        ("atom", "application/atom+xml"),
        ("json", "application/feed+json"),
    ],
)
def test_a_feed_says_what_it_is(
    client: Client, publish, jazz, form: str, content_type: str
) -> None:
    for address in (f"/feed.{form}", f"/jazz/feed.{form}"):
        response = client.get(address)
        assert response.status_code == 200
        assert response["Content-Type"].startswith(content_type)


def test_a_feed_has_the_stories_of_its_place_only(client: Client, publish, jazz) -> None:
    publish(None, "Hub story")
    publish(jazz, "Jazz story")
    publish(jazz, "Gone", withdrawn_at=timezone.now())
    assert [item.findtext("title") for item in rss(client, "/feed.rss").iter("item")] == [
        "Hub story"
    ]
    assert [item.findtext("title") for item in rss(client, "/jazz/feed.rss").iter("item")] == [
        "Jazz story"
    ]


def test_the_hubs_feed_has_one_address(client: Client) -> None:
    response = client.get("/hub/feed.atom")
    assert (response.status_code, response["Location"]) == (301, "/feed.atom")


def test_a_feed_of_no_spoke_is_not_found(client: Client) -> None:
    assert client.get("/polka/feed.rss").status_code == 404


@pytest.fixture
def picture(tmp_path, settings) -> Iterator[int]:
    """The file of HERO's wide rendition; gives its bytes."""
    settings.MEDIA_ROOT = tmp_path
    feed_forms._stored_bytes.cache_clear()
    (tmp_path / "night-1200.jpg").write_bytes(b"x" * 4321)
    yield 4321
    feed_forms._stored_bytes.cache_clear()


def test_rss_gives_full_dates_and_addresses(client: Client, publish, jazz, picture: int) -> None:
    story = publish(jazz, "Nine nights", hero=HERO)
    channel = rss(client, "/jazz/feed.rss")
    item = channel.find("item")
    assert channel.find(f"{ATOM}link").attrib == {"rel": "self", "href": f"{SITE}/jazz/feed.rss"}
    assert item.findtext("link") == f"{SITE}/jazz/nine-nights/"
    assert parsedate_to_datetime(item.findtext("pubDate")) == story.published_at
    assert item.find("enclosure").attrib == {
        "url": f"{SITE}/media/night-1200.jpg",
        "length": str(picture),
        "type": "image/jpeg",
    }


def test_a_picture_of_unknown_length_is_not_enclosed(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", hero={**HERO, "renditions": {}, "url": "/media/not-there.jpg"})
    assert rss(client, "/jazz/feed.rss").find("item/enclosure") is None


def test_atom_tells_published_from_updated(client: Client, publish, jazz) -> None:
    story = publish(jazz, "Nine nights")
    later = story.published_at + timedelta(days=1)
    Publication.objects.filter(pk=story.pk).update(changed_at=later)
    feed = atom(client, "/jazz/feed.atom")
    entry = feed.find(f"{ATOM}entry")
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}published")) == story.published_at
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) == later
    assert datetime.fromisoformat(feed.findtext(f"{ATOM}updated")) == later
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"{SITE}/jazz/feed.atom"


def test_an_entry_keeps_its_id_when_all_else_changes(
    client: Client, publish, jazz, settings
) -> None:
    story = publish(jazz, "Nine nights")
    before = atom(client, "/jazz/feed.atom").findtext(f"{ATOM}entry/{ATOM}id")
    settings.SITE_URL = "https://other.example.org"
    Publication.objects.filter(pk=story.pk).update(
        title="Ten nights", slug="ten-nights", changed_at=timezone.now()
    )
    after = atom(client, "/jazz/feed.atom").findtext(f"{ATOM}entry/{ATOM}id")
    guid = rss(client, "/jazz/feed.rss").find("item/guid")
    assert before == after == guid.text
    assert guid.get("isPermaLink") == "false"
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", before)


def test_a_json_feed_keeps_to_the_standard(client: Client, publish, jazz, make_artist) -> None:
    publish(jazz, "Nine nights", genres=[jazz.genre], hero=HERO, lang="es")
    publish(jazz, "Ten nights")
    feed = json.loads(client.get("/jazz/feed.json").content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "Jazz – Backbeat"
    assert feed["feed_url"] == f"{SITE}/jazz/feed.json"
    assert feed["home_page_url"] == f"{SITE}/jazz/"
    assert all(item.keys() <= ITEM_FIELDS for item in feed["items"])
    story = feed["items"][1]
    assert story["url"] == f"{SITE}/jazz/nine-nights/"
    assert story["image"] == f"{SITE}/media/night-1200.jpg"
    assert (story["language"], story["tags"]) == ("es", ["Jazz"])
    assert datetime.fromisoformat(story["date_published"]).utcoffset() == timedelta(0)


def test_signs_that_xml_cannot_carry_do_not_break_a_feed(client: Client, publish, jazz) -> None:
    publish(jazz, "Bell \x07 & <b>", slug="bell", teaser="A \x01 and a \x1f.")
    for form in ("rss", "atom"):
        assert client.get(f"/jazz/feed.{form}").status_code == 200
    assert rss(client, "/jazz/feed.rss").findtext("item/title") == "Bell   & <b>"


def test_an_empty_feed_is_a_feed(client: Client, jazz) -> None:
    assert rss(client, "/jazz/feed.rss").find("item") is None
    assert json.loads(client.get("/jazz/feed.json").content)["items"] == []


def topic(client: Client, address: str) -> list[str]:
    return [item.findtext("title") for item in rss(client, address).iter("item")]


def test_artists_genres_and_tags_have_feeds(
    client: Client, publish, make_artist, make_genre, make_spoke, make_tag
) -> None:
    music = make_genre("Music")
    jazz = make_spoke(make_genre("Jazz", music))
    garcia = make_artist("Nubya Garcia")
    live = make_tag("live")
    story = publish(jazz, "Nine nights", [garcia], [jazz.genre], post_ref=1000)
    publish(None, "Nine nights", [garcia], [jazz.genre], post_ref=1000)
    publish(jazz, "Ten nights")
    story.facets.create(kind="tag", slug=live.slug, published_at=story.published_at)
    for address in ("/artists/nubya-garcia/", "/genres/music/", "/genres/jazz/", "/tags/live/"):
        assert topic(client, f"{address}feed.rss") == ["Nine nights"]
    feed = json.loads(client.get("/artists/nubya-garcia/feed.json").content)
    assert feed["title"] == "Nubya Garcia – Backbeat"
    assert feed["home_page_url"] == f"{SITE}/artists/nubya-garcia/"
    assert feed["items"][0]["tags"] == ["Jazz", "Nubya Garcia"]


@pytest.mark.parametrize("address", ["/artists/x/", "/genres/x/", "/tags/x/"])
def test_a_feed_of_nobody_is_not_found(client: Client, db, address: str) -> None:
    assert client.get(f"{address}feed.atom").status_code == 404


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_feed_readers_find_nothing_wrong(
    client: Client, publish, jazz, make_artist, picture: int, form: str
) -> None:
    title = "東京 🎷 <b>Nine</b> & “nights” \u202e\x0b"
    publish(jazz, title, [make_artist("Björk")], [jazz.genre], hero=HERO, slug="odd", lang="ja")
    read = feedparser.parse(client.get(f"/jazz/feed.{form}").content)
    assert not read.bozo
    entry = read.entries[0]
    assert html.unescape(entry.title).startswith("東京 🎷 <b>Nine</b> & “nights”")
    assert entry.id.startswith("urn:uuid:")
    assert entry.published_parsed
    assert [tag.term for tag in entry.tags] == ["Jazz", "Björk"]
    assert entry.author == "Backbeat"
    assert entry.enclosures[0].length == str(picture)
    assert read.feed.language == "en"


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_a_feed_names_the_hub_that_pushes_it(client: Client, jazz, settings, form: str) -> None:
    assert "push.example.org" not in client.get(f"/jazz/feed.{form}").content.decode()
    settings.WEBSUB_HUB = "https://push.example.org/"
    front.forget()
    written = client.get(f"/jazz/feed.{form}").content
    if form == "json":
        assert json.loads(written)["hubs"] == [
            {"type": "WebSub", "url": "https://push.example.org/"}
        ]
    else:
        links = feedparser.parse(written).feed.links
        assert ("hub", "https://push.example.org/") in [(link.rel, link.href) for link in links]


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_a_feed_is_not_sent_to_who_has_it(client: Client, full_house, form: str) -> None:
    address = f"/artists/nubya-garcia/feed.{form}"
    etag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_pages_lead_to_their_feeds(client: Client, jazz) -> None:
    page = client.get("/jazz/").content.decode()
    assert 'type="application/atom+xml" title="Jazz: Atom" href="/jazz/feed.atom"' in page


# --- sitemaps --------------------------------------------------------------------------------


def addresses(client: Client, address: str) -> list[str]:
    return [
        loc.text for loc in ElementTree.fromstring(client.get(address).content).iter(f"{MAP}loc")
    ]


def test_the_sitemap_leads_to_every_live_story_once(
    client: Client, publish, jazz, monkeypatch
) -> None:
    monkeypatch.setattr(sitemaps, "KEYS_PER_MAP", 2)
    publish(jazz, "On both", post_ref=1000)
    publish(None, "On both", post_ref=1000)
    publish(None, "Gone", withdrawn_at=timezone.now())
    publish(None, "Hub story")
    maps = [url.removeprefix(SITE) for url in addresses(client, "/sitemap.xml")]
    found = [url for name in maps if "posts" in name for url in addresses(client, name)]
    assert found == [f"{SITE}/jazz/on-both/", f"{SITE}/hub/hub-story/"]


def test_the_sitemap_lists_what_stories_are_about(
    client: Client, publish, jazz, make_artist, make_genre
) -> None:
    make_genre("Silent")
    story = publish(jazz, "Story", [make_artist("Nubya Garcia")], [jazz.genre])
    story.facets.create(kind="tag", slug="live", published_at=story.published_at)
    lists = ("", "jazz/", "artists/", "genres/", "tags/", "archive/", "archive/2026/06/")
    assert addresses(client, "/sitemap-places.xml") == [
        *(f"{SITE}/{name}" for name in lists),
        f"{SITE}/artists/nubya-garcia/",
        f"{SITE}/genres/jazz/",
        f"{SITE}/tags/live/",
    ]


def test_maps_say_when_what_they_list_changed(client: Client, publish, jazz) -> None:
    story = publish(jazz)
    later = story.published_at + timedelta(days=1)
    Publication.objects.filter(pk=story.pk).update(changed_at=later)
    run = story.pk // sitemaps.KEYS_PER_MAP
    for address in ("/sitemap.xml", "/sitemap-places.xml", f"/sitemap-posts-{run}.xml"):
        written = ElementTree.fromstring(client.get(address).content).iter(f"{MAP}lastmod")
        assert {datetime.fromisoformat(at.text) for at in written} == {later}


def test_a_map_beyond_the_last_is_not_found(client: Client, publish) -> None:
    last = publish(None).pk // sitemaps.KEYS_PER_MAP
    for run in (last + 1, 99999999999999999999):
        assert client.get(f"/sitemap-posts-{run}.xml").status_code == 404


def test_an_empty_house_has_a_sitemap(client: Client) -> None:
    assert addresses(client, "/sitemap.xml") == [f"{SITE}/sitemap-places.xml"]


def test_robots_are_told_of_the_sitemap(client: Client) -> None:
    assert f"Sitemap: {SITE}/sitemap.xml" in client.get("/robots.txt").content.decode()
