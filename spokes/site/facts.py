"""The catalogue's own facts for the pages of a genre and of an artist."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q
from django.http import Http404

from content.catalogue.models import Artist, Genre, GenreClosure
from spokes.site.places import Place, Places


@dataclasses.dataclass(frozen=True, slots=True)
class GenreLink:
    name: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class GenrePage:
    """A genre and its place in the graph."""

    name: str
    slug: str
    description: str
    spoke: Place | None
    parents: list[GenreLink]
    children: list[GenreLink]


def load_genre(slug: str, places: Places) -> GenrePage:
    """Read a genre with its neighbours in one query. Raises Http404 when there is none."""
    genre = Genre.objects.filter(slug=slug).values("pk")[:1]
    ends = ("ancestor", "descendant")
    rows = list(
        GenreClosure.objects.filter(Q(ancestor=genre) | Q(descendant=genre), depth__lte=1)
        .order_by("ancestor__name", "descendant__name")
        .values(
            "depth",
            *(f"{end}__{field}" for end in ends for field in ("name", "slug")),
            own_key=F("descendant_id"),
            description=F("descendant__description"),
        )
    )
    own = next((row for row in rows if row["depth"] == 0), None)
    if own is None:
        raise Http404("There is no such genre.")
    near = [row for row in rows if row["depth"] == 1]
    spokes = {place.genre_id: place for place in places.spokes}
    return GenrePage(
        name=own["descendant__name"],
        slug=slug,
        description=own["description"],
        spoke=spokes.get(own["own_key"]),
        parents=[_link(row, "ancestor") for row in near if row["descendant__slug"] == slug],
        children=[_link(row, "descendant") for row in near if row["ancestor__slug"] == slug],
    )


@dataclasses.dataclass(frozen=True, slots=True)
class ArtistPage:
    name: str
    slug: str
    country: str
    about: str
    link: str
    genres: list[GenreLink]


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
        raise Http404("There is no such artist.")
    name, country, about, link = rows[0][:4]
    genres = [GenreLink(row[4], genre_url(row[5])) for row in rows if row[5]]
    return ArtistPage(name, slug, country, about, link, genres)


def genre_url(slug: str) -> str:
    return f"/genres/{slug}/"


def artist_url(slug: str) -> str:
    return f"/artists/{slug}/"


def _link(row: Mapping[str, Any], end: str) -> GenreLink:
    return GenreLink(row[f"{end}__name"], genre_url(row[f"{end}__slug"]))
