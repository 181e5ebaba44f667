from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from content.catalogue.models import Artist, Genre, GenreClosure
from content.catalogue.names import make_slug
from spokes.channels.models import Spoke
from spokes.site import answers, front, search
from spokes.site.models import Facet, Publication

FIRST = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
HERO = {
    "url": "/media/assets/night.jpg",
    "width": 2400,
    "height": 1600,
    "alt": "A piano in an empty hall",
    "credit": "Ada Lind",
    "focal_x": 0.3,
    "focal_y": 0.62,
    "renditions": {"card-640": "/media/night-640.jpg", "wide-1200": "/media/night-1200.jpg"},
}


@pytest.fixture(autouse=True)
def no_kept_pages() -> None:
    """The renderings that the process keeps must not wander from test to test."""
    front.forget()
    answers.renderings.clear()
    search.forget_names()


Composed = tuple[Publication, list[Artist], list[Genre]]


@pytest.fixture
def compose(db: None) -> Callable[..., Composed]:
    """Make a publication that is not stored yet; each is of an hour after the one before."""
    numbers = itertools.count(1)

    def make(
        spoke: Spoke | None = None,
        title: str = "",
        artists: Iterable[Artist] = (),
        genres: Iterable[Genre] = (),
        **fields: Any,
    ) -> Composed:
        number = next(numbers)
        title = title or f"Story {number}"
        artists, genres = list(artists), list(genres)
        at = FIRST + timedelta(hours=number)
        publication = Publication(
            spoke=spoke,
            title=title,
            **{
                "key": f"key-{number}",
                "post_ref": number,
                "slug": make_slug(title),
                "kind": "feature",
                "teaser": f"The teaser of {title}.",
                "body_html": f"<p>The body of <strong>{title}</strong>.</p>",
                "cta_label": "Listen now",
                "cta_url": "https://listen.example.org/album/1?bb=m1",
                "artists": [{"name": row.name, "slug": row.slug} for row in artists],
                "genres": [{"name": row.name, "slug": row.slug} for row in genres],
                "published_at": at,
                "changed_at": at,
                **fields,
            },
        )
        return publication, artists, genres

    return make


def publish_all(composed: list[Composed]) -> None:
    """Store publications at once, listed under artists, genres and all genres above them."""
    publications = [publication for publication, _, _ in composed]
    Publication.objects.bulk_create(publications)
    above: dict[int, set[str]] = {}
    picked = {genre.pk for _, _, genres in composed for genre in genres}
    rows = GenreClosure.objects.filter(descendant__in=picked)
    for genre, slug in rows.values_list("descendant", "ancestor__slug"):
        above.setdefault(genre, set()).add(slug)
    Facet.objects.bulk_create(
        Facet(
            publication=publication,
            kind=kind,
            slug=slug,
            published_at=publication.published_at,
        )
        for publication, artists, genres in composed
        for kind, slug in (
            *(("artist", artist.slug) for artist in artists),
            *(("genre", slug) for slug in set().union(*(above[genre.pk] for genre in genres))),
        )
    )
    search.index(publications)


@pytest.fixture
def publish(compose: Callable[..., Composed]) -> Callable[..., Publication]:
    """Put a publication on a spoke, or on the hub for None."""

    def make(*told: Any, **fields: Any) -> Publication:
        composed = compose(*told, **fields)
        publish_all([composed])
        return composed[0]

    return make


@pytest.fixture
def jazz(make_genre: Callable[..., Genre], make_spoke: Callable[..., Spoke]) -> Spoke:
    return make_spoke(make_genre("Jazz"), colour="#2a6f97", tagline="Blue notes, new and old")


@pytest.fixture
def full_house(
    compose: Callable[..., Composed],
    make_genre: Callable[..., Genre],
    make_spoke: Callable[..., Spoke],
    make_artist: Callable[..., Artist],
) -> Spoke:
    """Several spokes with stories, 25 on the hub and on that of jazz, which it gives."""
    music = make_genre("Music")
    spokes = [make_spoke(make_genre(name, music)) for name in ("Jazz", "Metal", "Soul")]
    make_spoke(make_genre("Bebop", spokes[0].genre))
    artists = [make_artist(name) for name in ("Nubya Garcia", "John Coltrane")]
    composed = []
    for spoke in (None, *spokes):
        for number in range(25 if spoke in (None, spokes[0]) else 5):
            genres = [spoke.genre] if spoke else []
            artist = artists[number % 2]
            place = spoke.name if spoke else "Hub"
            title = f"{place} story {number}"
            composed.append(compose(spoke, title, [artist], genres, hero=HERO))
    publish_all(composed)
    return spokes[0]
