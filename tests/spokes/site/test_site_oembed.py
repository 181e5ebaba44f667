"""What other sites are told about a story, and phones about the site."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone
from PIL import Image

from tests.spokes.site.conftest import HERO

pytestmark = pytest.mark.django_db

SITE = "https://news.example.org"
STORY = f"{SITE}/jazz/nine-nights/"


@pytest.fixture(autouse=True)
def public_address(settings) -> None:
    settings.SITE_URL = SITE


def test_a_story_is_described(client: Client, publish, jazz, make_artist) -> None:
    publish(jazz, "Nine nights", [make_artist("Nubya Garcia")], hero=HERO)
    told = client.get("/oembed", {"url": STORY}).json()
    assert (told["version"], told["type"]) == ("1.0", "link")
    assert (told["title"], told["author_name"]) == ("Nine nights", "Backbeat")
    assert told["author_url"] == f"{SITE}/"
    assert (told["provider_name"], told["provider_url"]) == ("Backbeat", f"{SITE}/")
    thumbnail = {name for name in told if name.startswith("thumbnail")}
    assert thumbnail in (
        set(),
        {"thumbnail_url", "thumbnail_width", "thumbnail_height"},
    )


def test_a_story_is_described_in_xml(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine & <ten> \x07", slug="nine-nights")
    response = client.get("/oembed", {"url": STORY, "format": "xml"})
    assert response["Content-Type"].startswith("text/xml")
    told = ElementTree.fromstring(response.content)
    assert told.tag == "oembed"
    assert told.findtext("title") == "Nine & <ten>  "


def test_a_thumbnail_is_no_larger_than_asked_for(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", hero=HERO)
    told = client.get("/oembed", {"url": STORY, "maxwidth": "100", "maxheight": "100"}).json()
    assert "thumbnail_url" not in told


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "http://[",
        f"{SITE}/",
        f"{SITE}/jazz/",
        f"{SITE}/jazz/never-was/",
        f"{SITE}/admin/",
        "https://elsewhere.example.org/jazz/nine-nights/",
    ],
)
def test_other_addresses_are_not_ours(client: Client, publish, jazz, url: str) -> None:
    publish(jazz, "Nine nights")
    assert client.get("/oembed", {"url": url}).status_code == 404


def test_a_story_that_is_gone_is_not_described(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", withdrawn_at=timezone.now())
    assert client.get("/oembed", {"url": STORY}).status_code == 404


def test_another_form_is_not_there(client: Client, publish, jazz) -> None:
    assert client.get("/oembed", {"url": STORY, "format": "yaml"}).status_code == 501


def test_a_story_leads_to_its_description(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights")
    assert 'type="application/json+oembed"' in client.get("/jazz/nine-nights/").content.decode()


def test_the_manifest_names_the_site_and_its_icons(client: Client, db) -> None:
    response = client.get("/site.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    told = json.loads(response.content)
    assert (told["name"], told["start_url"], told["lang"]) == ("Backbeat", "/", "en")
    for icon in told["icons"]:
        found = finders.find(icon["src"].removeprefix("/static/"))
        if icon["type"] == "image/png":
            with Image.open(found) as image:
                assert f"{image.width}x{image.height}" == icon["sizes"]
    assert '<link rel="manifest" href="/site.webmanifest">' in client.get("/").content.decode()
