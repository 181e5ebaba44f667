"""What stands where on the page of a place; made of plain values, without asking the database.

A preview makes the very same pages of what will be live at another time.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from spokes.site.pages import LAST_PAGE, MOST_COMING, Card
from spokes.site.pictures import Picture
from spokes.site.places import Place, Places

# stories of the hub above its spokes, and stories beside a lead
HUB_STORIES = 7
BESIDE_LEAD = 2
# spokes with a section of their own on the front page, then with a line; more are only named
MOST_SECTIONS = 5
MOST_BRIEFS = 10
STORIES_A_SECTION = 3
MOST_OF_THE_MOMENT = 6
MOST_GENRES = 12


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """A spoke on the hub's front page, with its newest few."""

    place: Place
    cards: list[Card]


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """An artist of the moment: in how many of the latest stories, and a picture if there is one."""

    name: str
    slug: str
    times: int
    picture: Picture | None


@dataclasses.dataclass(frozen=True, slots=True)
class PlacePage:
    """One page of a spoke or of the hub. ``cards`` are those after ``lead`` and ``beside``."""

    place: Place
    number: int
    newer_url: str
    older_url: str
    lead: Card | None
    beside: list[Card]
    cards: list[Card]
    # only on the hub's first page
    sections: list[Section]
    briefs: list[Section]
    further: list[Place]
    quiet: list[Place]
    # only on a spoke's first page
    below: list[Place]
    artists: list[Seen]
    genres: list[Mapping[str, str]]
    # releases and shows, the next first
    coming: list[Card]

    @property
    def is_empty(self) -> bool:
        return self.lead is None and not self.cards

    @property
    def newest(self) -> int:
        """Give the key of the place's newest publication; 0 for none."""
        cards = sorted(self.every_card, key=lambda card: (card.published_at, card.pk))
        return cards[-1].pk if cards else 0

    @property
    def every_card(self) -> list[Card]:
        return [*([self.lead] if self.lead else []), *self.beside, *self.cards]


def compose_place(
    place: Place,
    places: Places,
    cards: Sequence[Card],
    *,
    elsewhere: Sequence[Card] = (),
    coming: Iterable[Card] = (),
    below: Sequence[Place] = (),
    number: int = 1,
    has_more: bool = False,
) -> PlacePage:
    """Lay out a page of a place.

    ``cards`` are the place's own for this page, newest first: ``HUB_STORIES`` for the hub's first,
    else ``PAGE_SIZE``. ``elsewhere`` are the newest of the spokes, for the hub's first page.
    ``coming`` are those with a day to come, on whatever page they stand.
    """
    first = number == 1
    lead = cards[0] if first and cards else None
    beside = list(cards[1 : 1 + BESIDE_LEAD]) if first else []
    shown = {card.post_ref for card in cards}
    sections = _sections(places, elsewhere, shown) if first and place.is_hub else []
    speaking = [section for section in sections if section.cards]
    named_from = MOST_SECTIONS + MOST_BRIEFS
    return PlacePage(
        place=place,
        number=number,
        newer_url=_newer_url(place, number),
        older_url=f"{place.url}?page={number + 1}" if has_more and number < LAST_PAGE else "",
        lead=lead,
        beside=beside,
        cards=list(cards[1 + len(beside) :] if lead else cards),
        sections=speaking[:MOST_SECTIONS],
        briefs=speaking[MOST_SECTIONS:named_from],
        further=[section.place for section in speaking[named_from:]],
        quiet=[section.place for section in sections if not section.cards],
        below=list(below) if first else [],
        artists=of_the_moment(cards) if first and not place.is_hub else [],
        genres=_genres(cards) if first and not place.is_hub else [],
        coming=next_up(coming) if first else [],
    )


def upcoming(cards: Iterable[Card], today: date) -> list[Card]:
    """Pick those with a day that is not over."""
    return [card for card in cards if card.happens_on and card.happens_on >= today]


def next_up(cards: Iterable[Card]) -> list[Card]:
    """Give the next few with a day, soonest first, each post once."""
    dated = [(card.happens_on, card.pk, card) for card in cards if card.happens_on]
    by_post: dict[int, Card] = {}
    for _, _, card in sorted(dated, key=lambda item: item[:2]):
        by_post.setdefault(card.post_ref, card)
    return list(by_post.values())[:MOST_COMING]


def of_the_moment(cards: Sequence[Card]) -> list[Seen]:
    """Find whom the latest stories are about most; the newest first among equals."""
    times = Counter(artist["slug"] for card in cards for artist in card.artists)
    names = {artist["slug"]: artist["name"] for card in cards for artist in card.artists}
    seen: list[Seen] = []
    for slug, count in times.most_common(MOST_OF_THE_MOMENT):
        used = [artist.picture for artist in seen]
        seen.append(Seen(names[slug], slug, count, _picture_of(slug, cards, used)))
    return seen


def _picture_of(slug: str, cards: Sequence[Card], used: Sequence[Picture | None]) -> Picture | None:
    """Take it from the newest story with one that is about few others; none that is used."""
    about = [card for card in cards if card.picture and _is_about(card, slug)]
    fresh = [card for card in about if card.picture not in used]
    best = min(fresh, key=lambda card: len(card.artists), default=None)
    return best.picture if best else None


def _is_about(card: Card, slug: str) -> bool:
    return any(artist["slug"] == slug for artist in card.artists)


def _genres(cards: Sequence[Card]) -> list[Mapping[str, str]]:
    seen = {genre["slug"]: genre for card in cards for genre in card.genres}
    return list(seen.values())[:MOST_GENRES]


def _sections(places: Places, elsewhere: Sequence[Card], shown: set[int]) -> list[Section]:
    """Give each spoke its newest few, preferring posts that the page does not show already.

    What is liveliest comes first: the spoke with the newest story, and so on.
    """
    own: dict[int | None, list[Card]] = {place.pk: [] for place in places.spokes}
    for card in elsewhere:
        own.setdefault(card.place.pk, []).append(card)
    order = sorted(places.spokes, key=lambda place: _newest(own[place.pk]), reverse=True)
    sections = []
    for place in order:
        fresh = [card for card in own[place.pk] if card.post_ref not in shown]
        picked = (fresh or own[place.pk])[:STORIES_A_SECTION]
        shown = shown | {card.post_ref for card in picked}
        sections.append(Section(place, picked))
    return sections


def _newest(cards: Sequence[Card]) -> float:
    return max((card.published_at.timestamp() for card in cards), default=0.0)


def _newer_url(place: Place, number: int) -> str:
    if number < 2:
        return ""
    return place.url if number == 2 else f"{place.url}?page={number - 1}"
