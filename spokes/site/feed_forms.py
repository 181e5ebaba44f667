"""A feed written as RSS 2.0, Atom (RFC 4287) or JSON Feed 1.1."""

from __future__ import annotations

import dataclasses
import functools
import json
import mimetypes
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, SyndicationFeed
from django.utils.html import format_html

from spokes.site.pages import Card
from spokes.site.places import absolute

# a publication's id in feeds must outlive our addresses: it is made of its key in this namespace
PUBLICATION_IDS = uuid.UUID("0b5d1f64-5a0e-4c57-9a43-2f6c1f4f8f0e")
JSON_FEED = "https://jsonfeed.org/version/1.1"
# what XML 1.0 can't carry, even escaped; line breaks and tabs become spaces with them
CONTROLS = dict.fromkeys((*range(32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), " ")


@dataclasses.dataclass(frozen=True, slots=True)
class Feed:
    """What a feed is of; ``push_hub`` is the WebSub hub that tells of news, if there is one."""

    title: str
    description: str
    page_url: str
    brand: str
    language: str
    push_hub: str

    def url(self, form: str) -> str:
        return absolute(f"{self.page_url}feed.{form}")


class _Rss(Rss201rev2Feed):
    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        if self.feed["push_hub"]:
            handler.addQuickElement(
                "atom:link", None, {"rel": "hub", "href": self.feed["push_hub"]}
            )


class _Atom(Atom1Feed):
    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        if self.feed["push_hub"]:
            handler.addQuickElement("link", None, {"rel": "hub", "href": self.feed["push_hub"]})

    def item_attributes(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**super().item_attributes(item), "xml:lang": item["lang"]}


def entry_id(card: Card) -> str:
    return uuid.uuid5(PUBLICATION_IDS, card.key).urn


def plain(text: str) -> str:
    return text.translate(CONTROLS)


def _write_xml(kind: type[SyndicationFeed], form: str, feed: Feed, cards: Iterable[Card]) -> bytes:
    written = kind(
        title=feed.title,
        link=absolute(feed.page_url),
        description=feed.description,
        language=feed.language,
        feed_url=feed.url(form),
        author_name=feed.brand,
        author_link=absolute("/"),
        push_hub=feed.push_hub,
    )
    for card in cards:
        written.add_item(
            title=plain(card.title),
            link=absolute(card.url),
            description=_teaser_html(card),
            unique_id=entry_id(card),
            unique_id_is_permalink=False,
            pubdate=card.published_at,
            updateddate=card.changed_at,
            author_name=feed.brand,
            categories=list(dict.fromkeys(_topics(card))),
            enclosures=_enclosures(card),
            lang=card.lang,
        )
    return written.writeString("utf-8").encode()


def _write_json(feed: Feed, cards: Iterable[Card]) -> bytes:
    written = {
        "version": JSON_FEED,
        "title": feed.title,
        "home_page_url": absolute(feed.page_url),
        "feed_url": feed.url("json"),
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": feed.brand, "url": absolute("/")}],
        **({"hubs": [{"type": "WebSub", "url": feed.push_hub}]} if feed.push_hub else {}),
        "items": [_json_item(card) for card in cards],
    }
    return json.dumps(written, ensure_ascii=False, indent=1).encode()


def _json_item(card: Card) -> dict[str, Any]:
    item = {
        "id": entry_id(card),
        "url": absolute(card.url),
        "external_url": card.cta_url,
        "title": plain(card.title),
        "content_html": _teaser_html(card),
        "summary": plain(card.teaser),
        "date_published": card.published_iso,
        "date_modified": card.changed_iso,
        "language": card.lang,
        "tags": list(dict.fromkeys(_topics(card))),
    }
    return {**item, "image": absolute(card.picture.wide)} if card.picture else item


def _topics(card: Card) -> Iterable[str]:
    for thing in (*card.genres, *card.artists, *card.tags):
        yield plain(thing["name"])


def _enclosures(card: Card) -> list[Enclosure]:
    """Enclose the hero image, where its length is known: a feed may not leave it out or guess."""
    if card.picture is None:
        return []
    size = _bytes_of(card.picture.wide)
    kind = mimetypes.guess_type(card.picture.wide)[0] or "image/jpeg"
    return [Enclosure(absolute(card.picture.wide), str(size), kind)] if size else []


def _bytes_of(url: str) -> int:
    return _stored_bytes(unquote(url.removeprefix(settings.MEDIA_URL))) if _is_stored(url) else 0


def _is_stored(url: str) -> bool:
    return url.startswith(settings.MEDIA_URL)


@functools.lru_cache(maxsize=4096)
def _stored_bytes(name: str) -> int:
    """Give a stored file's length; files are never written over, so it stays. 0 for none."""
    try:
        return default_storage.size(name)
    except (OSError, ValueError, NotImplementedError):
        return 0


def _teaser_html(card: Card) -> str:
    return format_html(
        '<p>{}</p><p><a href="{}">{}</a></p>',
        plain(card.teaser),
        card.cta_url,
        plain(card.cta_label),
    )


Writer = Callable[[Feed, Iterable[Card]], bytes]
FORMS: dict[str, tuple[str, Writer]] = {
    "rss": ("application/rss+xml; charset=utf-8", functools.partial(_write_xml, _Rss, "rss")),
    "atom": ("application/atom+xml; charset=utf-8", functools.partial(_write_xml, _Atom, "atom")),
    "json": ("application/feed+json; charset=utf-8", _write_json),
}
