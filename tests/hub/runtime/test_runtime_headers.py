"""What every public answer says to browsers, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.test import Client

from content.catalogue.former import note_former_slug
from spokes.site import answers, front, views
from spokes.site.models import Publication

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "/": 200,
    "/jazz/": 200,
    "/jazz/nine-nights/": 200,
    "/artists/nubya-garcia/": 200,
    "/genres/jazz/": 200,
    "/tags/": 200,
    "/archive/": 200,
    "/search/?q=nine": 200,
    "/feed.rss": 200,
    "/jazz/feed.atom": 200,
    "/feed.json": 200,
    "/hub/live.json?after=0": 200,
    "/oembed?url=http://127.0.0.1:8000/jazz/nine-nights/": 200,
    "/oembed?url=https://elsewhere.example.org/": 404,
    "/sitemap.xml": 200,
    "/sitemap-places.xml": 200,
    "/site.webmanifest": 200,
    "/robots.txt": 200,
    "/spokes.css": 200,
    "/healthz": 200,
    "/media/cards/night.webp": 200,
    "/media/nothing.webp": 404,
    "/static/nothing.css": 404,
    "/hub/": 301,
    "/jazz": 301,
    "/artists/was/": 301,
    "/no-such-page/": 404,
    "/jazz/no-such-story/": 404,
    "/?page=0": 404,
    "/jazz/gone/": 410,
}


@pytest.fixture(autouse=True)
def house(make_genre, make_spoke, make_artist, now, settings, tmp_path: Path) -> Iterator[None]:
    """A spoke with a story that stands and one that is gone, and a picture."""
    front.forget()
    answers.renderings.clear()
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "night.webp").write_bytes(b"RIFF....WEBP")
    jazz = make_spoke(make_genre("Jazz"))
    make_artist("Nubya Garcia")
    note_former_slug(kind="artist", slug="was", now_at="nubya-garcia")
    for number, (slug, withdrawn_at) in enumerate({"nine-nights": None, "gone": now}.items()):
        Publication.objects.create(
            key=slug,
            spoke=jazz,
            post_ref=number,
            slug=slug,
            kind="feature",
            title=slug,
            teaser="A quiet record.",
            cta_label="Listen",
            cta_url="https://listen.example.org/",
            published_at=now,
            changed_at=now,
            withdrawn_at=withdrawn_at,
        )
    yield
    front.forget()
    answers.renderings.clear()


def missing_from(response) -> list[str]:
    """Name what an answer does not say as it should."""
    policy = response.headers.get("Content-Security-Policy", "")
    rules = dict((rule.strip() + " ").split(" ", 1) for rule in policy.split(";") if rule.strip())
    said = {
        "a policy without unsafe words": bool(policy) and "unsafe" not in policy,
        "default-src": rules.get("default-src", "").strip() == "'self'",
        "frame-ancestors": rules.get("frame-ancestors", "").strip() == "'none'",
        "base-uri": rules.get("base-uri", "").strip() == "'none'",
        "object-src": rules.get("object-src", "").strip() == "'none'",
        "form-action": rules.get("form-action", "").strip() == "'self'",
        "nosniff": response.headers.get("X-Content-Type-Options") == "nosniff",
        "referrer": response.headers.get("Referrer-Policy") == "strict-origin-when-cross-origin",
        "frames": response.headers.get("X-Frame-Options") == "DENY",
        "no cookie": not response.cookies,
    }
    return [name for name, stands in said.items() if not stands]


@pytest.mark.parametrize(("address", "status"), ADDRESSES.items())
def test_every_public_answer_is_safe(client: Client, address: str, status: int) -> None:
    # made, made to be kept, and kept
    for _ in range(3):
        response = client.get(address)
        assert response.status_code == status
        assert missing_from(response) == []
        if response.streaming:
            # reads the file to its end, which closes it
            response.getvalue()


@pytest.mark.parametrize("method", ["head", "post"])
def test_other_ways_of_asking_are_as_safe(client: Client, method: str) -> None:
    assert missing_from(getattr(client, method)("/")) == []


def test_a_page_that_broke_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(slug: str) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(views, "load_places_around", fail)
    response = Client(raise_request_exception=False).get("/jazz/")
    assert response.status_code == 500
    assert missing_from(response) == []
