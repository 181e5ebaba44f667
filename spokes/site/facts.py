"""The catalogue's own facts for the pages of a genre and of an artist."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext

from content.catalogue.countries import country_name
from content.catalogue.models import Artist, Genre, GenreClosure
from spokes.site.places import Place, Places

# neighbours that are shown at once; the others are folded away
SHOWN_AT_ONCE = 18
MOST_BESIDE = 24


@dataclasses.dataclass(frozen=True, slots=True)
class GenreLink:
    name: str
    url: str
    spoke: Place | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class GenrePage:
    """A genre and its place in the graph: what it is a kind of, its kinds, and those beside it."""

    name: str
    slug: str
    description: str
    spoke: Place | None
    parents: list[GenreLink]
    children: list[GenreLink]
    beside: list[GenreLink]

    @property
    def first_children(self) -> list[GenreLink]:
        return self.children[:SHOWN_AT_ONCE]

    @property
    def more_children(self) -> list[GenreLink]:
        return self.children[SHOWN_AT_ONCE:]


def load_genre(slug: str, places: Places) -> GenrePage:
    """Read a genre with its neighbours in one query. Raises Http404 when there is none."""
    rows = _rows_around(slug)
    own = next((row for row in rows if row["depth"] == 0), None)
    if own is None:
        raise Http404(gettext("There is no such genre."))
    near = [row for row in rows if row["depth"] == 1]
    above = [row for row in near if row["descendant__slug"] == slug]
    below = [row for row in near if row["ancestor__slug"] == slug]
    parents = {row["ancestor__slug"] for row in above}
    beside = {
        row["descendant__slug"]: row
        for row in near
        if row["ancestor__slug"] in parents and row["descendant__slug"] != slug
    }
    spokes = {place.genre_id: place for place in places.spokes}
    return GenrePage(
        name=own["descendant__name"],
        slug=slug,
        description=own["descendant__description"],
        spoke=spokes.get(own["descendant_id"]),
        parents=[_link(row, "ancestor", spokes) for row in above],
        children=[_link(row, "descendant", spokes) for row in below],
        beside=[_link(row, "descendant", spokes) for row in beside.values()][:MOST_BESIDE],
    )


def _rows_around(slug: str) -> list[dict[str, Any]]:
    """Select the pairs of the genre with itself, with its neighbours, and of its parents'."""
    genre = Genre.objects.filter(slug=slug).values("pk")[:1]
    parents = GenreClosure.objects.filter(descendant__slug=slug, depth=1).values("ancestor")
    own = Q(ancestor=genre, descendant=genre, depth=0)
    near = Q(depth=1) & (Q(ancestor=genre) | Q(descendant=genre) | Q(ancestor__in=parents))
    return list(
        GenreClosure.objects.filter(own | near)
        .order_by("ancestor__name", "descendant__name")
        .values(
            "depth",
            "ancestor_id",
            "descendant_id",
            "descendant__description",
            *(
                f"{end}__{field}"
                for end in ("ancestor", "descendant")
                for field in ("name", "slug")
            ),
        )
    )


@dataclasses.dataclass(frozen=True, slots=True)
class ArtistPage:
    name: str
    slug: str
    # ISO 3166-1 alpha-2, or empty
    country: str
    about: str
    link: str
    genres: list[GenreLink]

    @property
    def country_name(self) -> str:
        return country_name(self.country)


def load_artist(slug: str) -> ArtistPage:
    """Read an artist with genres, most typical first. Raises Http404 when there is none."""
    rows = list(
        Artist.objects.filter(slug=slug)
        .order_by("-artist_genres__weight", "artist_genres__genre__name")
        .values_list(
            "name",
            "country",
            "about",
            "link",
            "artist_genres__genre__name",
            "artist_genres__genre__slug",
        )
    )
    if not rows:
        raise Http404(gettext("There is no such artist."))
    name, country, about, link = rows[0][:4]
    genres = [GenreLink(row[4], genre_url(row[5])) for row in rows if row[5]]
    return ArtistPage(name, slug, country, about, link, genres)


def genre_url(slug: str) -> str:
    return f"/genres/{slug}/"


def artist_url(slug: str) -> str:
    return f"/artists/{slug}/"


def _link(row: Mapping[str, Any], end: str, spokes: Mapping[int | None, Place]) -> GenreLink:
    url = genre_url(row[f"{end}__slug"])
    return GenreLink(row[f"{end}__name"], url, spokes.get(row[f"{end}_id"]))
