"""Keeps the words of publications where searches find them, and knows names like those misspelt."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable
from typing import Any

from rapidfuzz import fuzz, process

from content.bulk import insert_each
from content.catalogue.models import Artist
from spokes.site.matching import COLUMNS
from spokes.site.models import Facet, Publication, SearchText
from spokes.site.words import words_of

# how near, of 100, a name must be to be offered in the place of what was not found
NEAR_ENOUGH = 72
MOST_OFFERED = 3
CHANGES = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)
ANEW = f"ON CONFLICT (publication_id) DO UPDATE SET {CHANGES}"
# seconds for which the names that can be offered are kept
KEEP_NAMES = 600


def index(publications: Iterable[Publication], *, anew: bool = False) -> None:
    """Write the words of publications (by key); ``anew`` of those that were changed."""
    insert_each(
        SearchText,
        [_text_of(publication) for publication in publications],
        on_conflict=ANEW if anew else "ON CONFLICT DO NOTHING",
    )


def forget_names() -> None:
    _names_in.cache_clear()


def near_names(phrase: str) -> list[str]:
    """Give the names of artists with publications that are spelt most like the phrase."""
    folded = " ".join(words_of(phrase))[:100]
    if len(folded) < 3:
        return []
    names = _names()
    near = process.extract(
        folded, list(names), scorer=fuzz.WRatio, score_cutoff=NEAR_ENOUGH, limit=MOST_OFFERED
    )
    return [names[spelt] for spelt, *_ in near if spelt != folded]


def _names() -> dict[str, str]:
    """Give folded name → name of every artist that something is about; some minutes old at most."""
    return _names_in(int(time.monotonic() // KEEP_NAMES))


@functools.lru_cache(maxsize=1)
def _names_in(period: int) -> dict[str, str]:
    slugs = Facet.objects.filter(kind=Facet.Kind.ARTIST).values("slug")
    listed = Artist.objects.filter(slug__in=slugs).values_list("name", flat=True)
    return {" ".join(words_of(name)): name for name in listed}


def _text_of(publication: Publication) -> dict[str, Any]:
    artists = " ".join(artist["name"] for artist in publication.artists)
    return {
        "publication_id": publication.pk,
        "title": " ".join(words_of(publication.title)),
        "artists": " ".join(words_of(artists)),
        "teaser": " ".join(words_of(publication.teaser)),
    }
