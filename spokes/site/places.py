"""Where publications stand: the hub and the spokes, as every page's navigation shows them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from spokes.channels.models import Spoke
from spokes.site.models import Publication
from spokes.site.prepared import PreparedQuery

HUB_SLUG = "hub"
HUB_COLOUR = "#d6336c"
# publications that the hub's front page asks of each spoke; it shows a few that are new to it
NEWEST_PER_SPOKE = 5

FIELDS = ("pk", "genre_id", "slug", "name", "colour", "tagline")


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A spoke, or the hub, which has neither key nor genre."""

    pk: int | None
    genre_id: int | None
    slug: str
    name: str
    colour: str
    tagline: str

    @property
    def is_hub(self) -> bool:
        return self.pk is None

    @property
    def url(self) -> str:
        return "/" if self.is_hub else f"/{self.slug}/"

    @property
    def css_class(self) -> str:
        return f"spoke-{self.slug}"

    def post_url(self, slug: str) -> str:
        return f"/{self.slug}/{slug}/"


class Places:
    """The hub and all spokes, in the order of the navigation."""

    def __init__(self, spokes: Iterable[Place]) -> None:
        self.hub = Place(None, None, HUB_SLUG, settings.BRAND_NAME, HUB_COLOUR, "")
        self.spokes = tuple(spokes)
        self._by_pk = {place.pk: place for place in self.everywhere}
        self._by_slug = {place.slug: place for place in self.everywhere}

    def __repr__(self) -> str:
        return f"Places({self.hub!r}, {self.spokes!r})"

    @property
    def everywhere(self) -> tuple[Place, ...]:
        return (self.hub, *self.spokes)

    def at(self, slug: str) -> Place | None:
        return self._by_slug.get(slug)

    def of(self, spoke_id: int | None) -> Place:
        """Find a publication's place; a spoke made since the list was read counts as the hub."""
        return self._by_pk.get(spoke_id, self.hub)


PLACES = PreparedQuery(lambda now, key: Spoke.objects.values_list(*FIELDS))


def load_places() -> Places:
    return Places(Place(*row) for row in PLACES.rows())


def _with_newest(now: datetime) -> QuerySet[Spoke, Any]:
    """Select the spokes, each with the keys of its newest live publications.

    One probe of the index ``publication_stream`` for each, however many there are.
    """
    newest = Publication.objects.live(now).filter(spoke=OuterRef("pk")).values("pk")
    columns = {
        f"newest_{number}": Subquery(newest[number : number + 1])
        for number in range(NEWEST_PER_SPOKE)
    }
    return Spoke.objects.annotate(**columns).values_list(*FIELDS, *columns)


PLACES_WITH_NEWEST = PreparedQuery(lambda now, key: _with_newest(now))


def load_places_with_newest(now: datetime) -> tuple[Places, dict[int, list[int]]]:
    """Load the places and, by spoke, the keys of its newest live publications."""
    rows = PLACES_WITH_NEWEST.rows(now=now)
    places = Places(Place(*row[: len(FIELDS)]) for row in rows)
    return places, {row[0]: [pk for pk in row[len(FIELDS) :] if pk] for row in rows}


def absolute(url: str) -> str:
    return urljoin(f"{settings.SITE_URL}/", url)
