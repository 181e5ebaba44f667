"""Feeds of the hub and of each spoke: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import json
import mimetypes
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, SyndicationFeed
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from spokes.site import pages
from spokes.site.answers import answer, make_stamp
from spokes.site.pages import Card
from spokes.site.places import HUB_SLUG, Place, absolute, load_places
from spokes.site.views import find_place

FEED_SIZE = 30
# a publication's id in feeds must outlive our addresses: it is made of its key in this namespace
PUBLICATION_IDS = uuid.UUID("0b5d1f64-5a0e-4c57-9a43-2f6c1f4f8f0e")
JSON_FEED = "https://jsonfeed.org/version/1.1"
# what XML 1.0 can't carry, even escaped; line breaks and tabs become spaces with them
CONTROLS = dict.fromkeys((*range(32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), " ")


@require_safe
def feed(request: HttpRequest, form: str, place_slug: str = "") -> HttpResponseBase:
    if place_slug == HUB_SLUG:
        return HttpResponsePermanentRedirect(f"/feed.{form}")
    places = load_places()
    place = find_place(places, place_slug or HUB_SLUG)
    outlined = pages.outline_place(place, 1, timezone.now(), first=FEED_SIZE)
    content_type, write = FORMS[form]

    def make_body() -> bytes:
        return write(place, places.hub.name, pages.load_cards(outlined.keys, places))

    return answer(
        request,
        make_stamp("feed", form, place, places.hub.name, outlined),
        make_body,
        keep_as=f"feed/{place.slug}/{form}",
        content_type=content_type,
    )


def entry_id(card: Card) -> str:
    return uuid.uuid5(PUBLICATION_IDS, card.key).urn


def title_of(place: Place, brand: str) -> str:
    return place.name if place.is_hub else f"{place.name} – {brand}"


def description_of(place: Place, brand: str) -> str:
    return place.tagline or f"The newest on {title_of(place, brand)}."


def _write_rss(place: Place, brand: str, cards: Iterable[Card]) -> bytes:
    return _write_xml(Rss201rev2Feed, "rss", place, brand, cards)


def _write_atom(place: Place, brand: str, cards: Iterable[Card]) -> bytes:
    return _write_xml(Atom1Feed, "atom", place, brand, cards)


def _write_xml(
    kind: type[SyndicationFeed], form: str, place: Place, brand: str, cards: Iterable[Card]
) -> bytes:
    written = kind(
        title=title_of(place, brand),
        link=absolute(place.url),
        description=description_of(place, brand),
        language="en",
        feed_url=absolute(f"{place.url}feed.{form}"),
    )
    for card in cards:
        written.add_item(
            title=_plain(card.title),
            link=absolute(card.url),
            description=_teaser_html(card),
            unique_id=entry_id(card),
            unique_id_is_permalink=False,
            pubdate=card.published_at,
            updateddate=card.changed_at,
            author_name=brand,
            categories=[_plain(genre["name"]) for genre in card.genres],
            enclosures=_enclosures(card),
        )
    return written.writeString("utf-8").encode()


def _write_json(place: Place, brand: str, cards: Iterable[Card]) -> bytes:
    written = {
        "version": JSON_FEED,
        "title": title_of(place, brand),
        "home_page_url": absolute(place.url),
        "feed_url": absolute(f"{place.url}feed.json"),
        "description": description_of(place, brand),
        "language": "en",
        "authors": [{"name": brand, "url": absolute("/")}],
        "items": [_json_item(card) for card in cards],
    }
    return json.dumps(written, ensure_ascii=False, indent=1).encode()


def _json_item(card: Card) -> dict[str, Any]:
    item = {
        "id": entry_id(card),
        "url": absolute(card.url),
        "external_url": card.cta_url,
        "title": card.title,
        "content_html": _teaser_html(card),
        "summary": card.teaser,
        "date_published": card.published_iso,
        "date_modified": card.changed_iso,
        "language": card.lang,
        "tags": [genre["name"] for genre in card.genres],
    }
    return {**item, "image": absolute(card.picture.wide)} if card.picture else item


def _enclosures(card: Card) -> list[Enclosure]:
    """Enclose the hero image; its size in bytes is 0 where the publication does not say."""
    if card.picture is None:
        return []
    url = absolute(card.picture.wide)
    size = card.hero.get("bytes", 0) if card.picture.wide == card.hero["url"] else 0
    return [Enclosure(url, str(size), mimetypes.guess_type(url)[0] or "image/jpeg")]


def _teaser_html(card: Card) -> str:
    return format_html(
        '<p>{}</p><p><a href="{}">{}</a></p>',
        _plain(card.teaser),
        card.cta_url,
        _plain(card.cta_label),
    )


def _plain(text: str) -> str:
    return text.translate(CONTROLS)


FORMS: dict[str, tuple[str, Callable[[Place, str, Iterable[Card]], bytes]]] = {
    "rss": ("application/rss+xml; charset=utf-8", _write_rss),
    "atom": ("application/atom+xml; charset=utf-8", _write_atom),
    "json": ("application/feed+json; charset=utf-8", _write_json),
}
