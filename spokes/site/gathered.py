"""Lists of one word (an artist, a genre, a tag) from all places: each post once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from spokes.site.models import Publication
from spokes.site.pages import (
    PAGE_SIZE,
    Card,
    Outline,
    Stream,
    load_cards,
    make_outline,
    make_stream,
)
from spokes.site.places import Place, Places

Row = tuple[int, datetime, int, int | None, str, datetime]


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """Posts, not yet read, each by the publication that came first; with all its live copies."""

    outline: Outline
    copies: tuple[Row, ...]


def outline_gathered(kind: str, slug: str, number: int, now: datetime) -> Gathered:
    """Outline one page of what is listed under a word; one query, which sorts nothing.

    Raises Http404 for a page beyond the end, other than the first.
    """
    start = PAGE_SIZE * (number - 1)
    listed = Publication.objects.live(now).listed_under(kind, slug).once_per_post(now)
    posts = listed.values("post_ref")[start : start + PAGE_SIZE + 1]
    rows: Iterable[Row] = (
        Publication.objects.live(now)
        .filter(post_ref__in=posts)
        .order_by()
        .values_list("pk", "changed_at", "post_ref", "spoke_id", "slug", "published_at")
    )
    copies = tuple(sorted(rows))
    firsts: dict[int, Row] = {}
    for row in copies:
        firsts.setdefault(row[2], row)
    newest_first = sorted(firsts.values(), key=lambda row: (row[5], row[0]), reverse=True)
    outlined = make_outline([row[:2] for row in newest_first], number, PAGE_SIZE)
    return Gathered(outlined, copies)


def load_gathered(gathered: Gathered, places: Places, base_url: str) -> Stream:
    """Read the stories, each with the other places where it is live."""
    cards = load_cards(gathered.outline.keys, places)
    told = [dataclasses.replace(card, also_on=_others(card, gathered, places)) for card in cards]
    return make_stream(gathered.outline, told, base_url)


def _others(card: Card, gathered: Gathered, places: Places) -> list[tuple[Place, str]]:
    return [
        (places.of(spoke_id), places.of(spoke_id).post_url(slug))
        for pk, _, post_ref, spoke_id, slug, _ in gathered.copies
        if post_ref == card.post_ref and pk != card.pk
    ]
