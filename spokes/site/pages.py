"""What a page shows, read in two steps: first what stands on it, then the things themselves.

The first step (keys and times of change) is enough for the page's stamp; most requests end
there. All shapes here are plain values, so that templates cannot ask the database for more.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.files.storage import default_storage
from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from content.editorial.models import PostKind
from spokes.site.models import CardImage, CardShape, Publication
from spokes.site.pictures import Picture
from spokes.site.places import Place, Places, absolute
from spokes.site.prepared import PreparedQuery
from spokes.site.querysets import PublicationQuerySet

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

PAGE_SIZE = 20
# readers who want more than this many pages are better served by the search
LAST_PAGE = 100
MORE_FROM_HERE = 3
MOST_COMING = 6
# signs of a teaser on a card, which shows three lines; other places that a card names
LONGEST_BRIEF = 170
MOST_ALSO_ON = 3
CARD_IMAGE_SIZE = (1200, 630)

OUTLINED = ("pk", "changed_at")

CARD_FIELDS = (
    "pk",
    "key",
    "spoke_id",
    "post_ref",
    "slug",
    "kind",
    "title",
    "teaser",
    "lang",
    "explicit",
    "cta_label",
    "cta_url",
    "hero",
    "artists",
    "genres",
    "tags",
    "happens_on",
    "published_at",
    "changed_at",
)
POST_FIELDS = (*CARD_FIELDS, "body_html", "withdrawn_at", "expires_at")

# labels are translated when they are shown
KIND_LABELS: Mapping[str, StrPromise | str] = {kind.value: kind.label for kind in PostKind}


@dataclasses.dataclass(frozen=True, slots=True)
class Outline:
    """The publications on one page of a stream, not yet read: keys with their times of change."""

    rows: tuple[tuple[int, datetime], ...]
    number: int
    has_more: bool

    @property
    def keys(self) -> list[int]:
        return [key for key, _ in self.rows]


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """A publication as lists show it: teaser first, and the way onward."""

    pk: int
    key: str
    place: Place
    post_ref: int
    slug: str
    kind: str
    title: str
    teaser: str
    lang: str
    explicit: bool
    cta_label: str
    cta_url: str
    hero: Mapping[str, Any]
    artists: Sequence[Mapping[str, str]]
    genres: Sequence[Mapping[str, str]]
    tags: Sequence[Mapping[str, str]]
    happens_on: date | None
    published_at: datetime
    changed_at: datetime
    picture: Picture | None
    # a badge, for what is not live: "Draft"
    mark: str = ""
    # where it leads when not to its page
    own_url: str = ""
    # where the same post is live too
    also_on: Sequence[tuple[Place, str]] = ()

    @classmethod
    def of(
        cls, row: Mapping[str, Any], places: Places, *, mark: str = "", own_url: str = ""
    ) -> Card:
        """Make a card of a row of ``values(*CARD_FIELDS)``, or of any dict with these."""
        fields = {name: row[name] for name in CARD_FIELDS if name != "spoke_id"}
        return cls(
            place=places.of(row["spoke_id"]),
            picture=Picture.of(row["hero"]),
            mark=mark,
            own_url=own_url,
            **fields,
        )

    @property
    def url(self) -> str:
        return self.own_url or self.place.post_url(self.slug)

    @property
    def kind_label(self) -> str:
        return str(KIND_LABELS.get(self.kind) or self.kind.capitalize())

    @property
    def brief(self) -> str:
        """Give the teaser no longer than a card shows of it, cut between words where it has any."""
        return shorten(self.teaser, LONGEST_BRIEF)

    @property
    def first_also_on(self) -> Sequence[tuple[Place, str]]:
        return self.also_on[:MOST_ALSO_ON]

    @property
    def further_also_on(self) -> int:
        return len(self.also_on[MOST_ALSO_ON:])

    @property
    def published_iso(self) -> str:
        return self.published_at.isoformat(timespec="seconds")

    @property
    def changed_iso(self) -> str:
        return self.changed_at.isoformat(timespec="seconds")

    @property
    def published_text(self) -> str:
        return f"{date_format(self.published_at, _('j F Y, H:i'))} UTC"

    @property
    def published_day(self) -> str:
        return date_format(self.published_at, _("j F Y"))

    @property
    def happens_day(self) -> str:
        return date_format(self.happens_on, _("j F Y")) if self.happens_on else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Stream:
    """One page of a list, with the ways to the pages beside it."""

    cards: list[Card]
    number: int
    newer_url: str
    older_url: str


NOTHING = Outline((), 1, has_more=False)


def shorten(text: str, longest: int) -> str:
    """Cut a text at the last space that lets it fit, or where it must in a script without any."""
    if len(text) <= longest:
        return text
    fitting = text[:longest]
    at = fitting.rfind(" ")
    return f"{fitting[: at if at > longest // 2 else longest - 1].rstrip(' ,;:.–-')}…"


def page_number(raw: str) -> int:
    """Read ``?page=``; what can't be a page of ours is not found."""
    if not (raw.isascii() and raw.isdecimal() and 1 <= int(raw[:6]) <= LAST_PAGE):
        raise Http404("There is no such page.")
    return int(raw)


def outline(publications: PublicationQuerySet, number: int, *, size: int = PAGE_SIZE) -> Outline:
    """Outline one page of a stream; one query, and none that counts.

    Raises Http404 for a page beyond the end, other than the first.
    """
    start = size * (number - 1)
    return make_outline(publications.values_list(*OUTLINED)[start : start + size + 1], number, size)


def outline_place(place: Place, number: int, now: datetime, *, first: int = PAGE_SIZE) -> Outline:
    """Outline one page of what is live on a place, whose first page is ``first`` long.

    Raises Http404 for a page beyond the end, other than the first.
    """
    start, size = _window(number, first)
    query = _stream_of_hub if place.pk is None else _stream_of_spoke
    rows = query(start, start + size + 1).rows(now=now, key=place.pk or 0)
    return make_outline(rows, number, size)


@functools.lru_cache(maxsize=2 * LAST_PAGE)
def _stream_of_spoke(start: int, stop: int) -> PreparedQuery:
    return PreparedQuery(
        lambda now, key: Publication.objects.live(now).on(key).values_list(*OUTLINED)[start:stop]
    )


@functools.lru_cache(maxsize=2 * LAST_PAGE)
def _stream_of_hub(start: int, stop: int) -> PreparedQuery:
    return PreparedQuery(
        lambda now, key: Publication.objects.live(now).on(None).values_list(*OUTLINED)[start:stop]
    )


def _window(number: int, first: int) -> tuple[int, int]:
    """Give start and size of a page, in publications, when the first page is ``first`` long."""
    return (0, first) if number == 1 else (first + PAGE_SIZE * (number - 2), PAGE_SIZE)


def make_outline(rows: Iterable[tuple[int, datetime]], number: int, size: int) -> Outline:
    """Keep ``size`` rows of those that were read, one more than are shown when there are more."""
    rows = tuple(rows)
    if not rows and number > 1:
        raise Http404("There is no such page.")
    return Outline(rows[:size], number, has_more=len(rows) > size and number < LAST_PAGE)


COMING_HERE = PreparedQuery(
    lambda now, key: (
        Publication.objects.live(now)
        .on(key)
        .coming(now.date())
        .values_list(*OUTLINED)[:MOST_COMING]
    )
)


def outline_coming(place: Place, now: datetime) -> Outline:
    """Outline the releases and shows that come next on a spoke."""
    rows = COMING_HERE.rows(now=now, key=place.pk or 0)
    return Outline(tuple(rows), 1, has_more=False)


def outline_of(keys: Iterable[int]) -> Outline:
    """Outline publications that are known by key, as one page."""
    wanted = Publication.objects.filter(pk__in=list(keys))
    return Outline(tuple(wanted.values_list(*OUTLINED)), 1, has_more=False)


def load_cards(keys: Iterable[int], places: Places) -> list[Card]:
    """Read the publications in the order of their keys; what went meanwhile is left out."""
    keys = list(keys)
    rows = Publication.objects.filter(pk__in=keys).values(*CARD_FIELDS).order_by()
    cards = {row["pk"]: Card.of(row, places) for row in rows}
    return [cards[key] for key in keys if key in cards]


def load_stream(outlined: Outline, places: Places, base_url: str) -> Stream:
    return make_stream(outlined, load_cards(outlined.keys, places), base_url)


def make_stream(outlined: Outline, cards: Iterable[Card], base_url: str) -> Stream:
    """Make the outlined page of its cards; ``base_url`` ends where ``page=2`` may follow."""
    number = outlined.number
    keys = set(outlined.keys)
    newer_url = f"{base_url}page={number - 1}" if number > 2 else base_url.rstrip("?&")
    return Stream(
        cards=[card for card in cards if card.pk in keys],
        number=number,
        newer_url=newer_url if number > 1 else "",
        older_url=f"{base_url}page={number + 1}" if outlined.has_more else "",
    )


# --- a post's page --------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class ShareImage:
    """An absolute address, and the size in pixels where it is known."""

    url: str
    width: int = 0
    height: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class PostPage:
    card: Card
    body_html: str
    # where the same post is live too, and the address of all of them that search engines keep
    also_on: list[tuple[Place, str]]
    canonical_url: str
    more: list[Card]
    # the name of the house, for search engines
    brand_name: str = ""
    # the post drawn as a card, for those who share it; empty until it is
    card_image_url: str = ""

    @property
    def stamp_facts(self) -> tuple[object, ...]:
        times = [(card.pk, card.changed_at) for card in (self.card, *self.more)]
        return (times, self.also_on, self.canonical_url, self.card_image_url)

    @property
    def share_image(self) -> ShareImage | None:
        """Give the post's own card once it is drawn, until then its picture."""
        if self.card_image_url:
            return ShareImage(absolute(self.card_image_url), *CARD_IMAGE_SIZE)
        picture = self.card.picture
        return ShareImage(absolute(picture.wide)) if picture else None

    @property
    def oembed_url(self) -> str:
        return absolute(f"/oembed?{urlencode({'url': absolute(self.card.url)})}")

    @property
    def breadcrumbs(self) -> dict[str, Any]:
        """Describe the way here as a schema.org BreadcrumbList, ready for JSON-LD."""
        place = self.card.place
        steps = [(self.brand_name, "/"), (self.card.title, self.card.url)]
        if not place.is_hub:
            steps.insert(1, (place.name, place.url))
        return {
            "@context": "https://schema.org",
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": number, "name": name, "item": absolute(url)}
                for number, (name, url) in enumerate(steps, 1)
            ],
        }

    def facts_for_search_engines(self) -> dict[str, Any]:
        """Describe the page as a schema.org NewsArticle, ready for JSON-LD."""
        card = self.card
        house = {"@type": "Organization", "name": self.brand_name, "url": absolute("/")}
        facts: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": card.title,
            "description": card.teaser,
            "inLanguage": card.lang,
            "datePublished": card.published_iso,
            "dateModified": card.changed_iso,
            "mainEntityOfPage": absolute(self.canonical_url),
            "isFamilyFriendly": not card.explicit,
            "author": house,
            "publisher": house,
            "about": [
                {
                    "@type": "MusicGroup",
                    "name": artist["name"],
                    "url": absolute(f"/artists/{artist['slug']}/"),
                }
                for artist in card.artists
            ],
        }
        image = self.share_image
        return {**facts, "image": [image.url]} if image else facts


def is_gone(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether what was published is over: taken down, or past its time."""
    return bool(row["withdrawn_at"] or (row["expires_at"] and row["expires_at"] <= now))


def find_post(place: Place, slug: str) -> dict[str, Any]:
    """Read what stands, or stood, at an address, with the file of its card image if it is drawn.

    Raises Http404 when nothing ever did.
    """
    card = CardImage.objects.shown().filter(publication=OuterRef("pk"), shape=CardShape.WIDE)
    there = Publication.objects.on(place.pk).at(slug)
    with_card = there.annotate(card_file=Subquery(card.values("file")))
    row: dict[str, Any] | None = with_card.values(*POST_FIELDS, "card_file").first()
    if row is None:
        raise Http404("There is no such post.")
    return row


def load_post_page(row: Mapping[str, Any], places: Places, now: datetime) -> PostPage:
    """Read what stands around a live publication, a row of ``find_post``; two queries."""
    live = Publication.objects.live(now)
    card = Card.of(row, places)
    standing = live.filter(post_ref=card.post_ref).order_by("pk")
    addresses = [
        (places.of(spoke_id), places.of(spoke_id).post_url(slug))
        for spoke_id, slug in standing.values_list("spoke_id", "slug")
    ]
    beside = live.on(row["spoke_id"]).values(*CARD_FIELDS)[: MORE_FROM_HERE + 1]
    return PostPage(
        card=card,
        body_html=row["body_html"],
        also_on=[(place, url) for place, url in addresses if url != card.url],
        canonical_url=addresses[0][1] if addresses else card.url,
        more=[Card.of(other, places) for other in beside if other["pk"] != card.pk][
            :MORE_FROM_HERE
        ],
        brand_name=places.hub.name,
        card_image_url=default_storage.url(row["card_file"]) if row["card_file"] else "",
    )
