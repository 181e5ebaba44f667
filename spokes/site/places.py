"""Where publications stand: the hub and the spokes, as every page's navigation shows them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from content.catalogue.models import GenreClosure
from spokes.channels.models import Hub, Spoke
from spokes.site.models import Publication
from spokes.site.prepared import SOME_WORD, PreparedQuery
from spokes.site.querysets import PublicationQuerySet

HUB_SLUG = "hub"
# publications that the hub's front page asks of each spoke; it shows a few that are new to it
NEWEST_PER_SPOKE = 5
# publications with a day to come that it asks of each spoke, and of the hub's own
NEXT_PER_SPOKE = 2
NEXT_ON_HUB = 3

# spokes in the strip of every page, as many as a wide screen has room for; and the reader's own
SPOKES_IN_STRIP = 16

FIELDS = ("pk", "genre_id", "slug", "name", "colour", "tagline")
# the same for every row: the hub comes along, so that it costs no query of its own
HUB_FIELDS = ("name", "colour", "tagline")
HUB_COLUMNS = {f"hub_{field}": Subquery(Hub.objects.values(field)) for field in HUB_FIELDS}
COLUMNS = (*FIELDS, *HUB_COLUMNS)


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
        """Name the class of its colours: by key, for a page says it some hundred times."""
        return f"spoke-{self.pk or HUB_SLUG}"

    def post_url(self, slug: str) -> str:
        return f"/{self.slug}/{slug}/"


class Places:
    """The hub and all spokes, in the order of the navigation."""

    def __init__(self, spokes: Iterable[Place], hub: Place) -> None:
        self.hub = hub
        self.spokes = tuple(spokes)
        self._by_pk = {place.pk: place for place in self.everywhere}
        self._by_slug = {place.slug: place for place in self.everywhere}

    def __repr__(self) -> str:
        return f"Places({self.hub!r}, {self.spokes!r})"

    @property
    def first_spokes(self) -> tuple[Place, ...]:
        """Give those that the strip shows before one opens all of them."""
        return self.spokes[:SPOKES_IN_STRIP]

    @property
    def later_spokes(self) -> tuple[Place, ...]:
        return self.spokes[SPOKES_IN_STRIP:]

    @property
    def everywhere(self) -> tuple[Place, ...]:
        return (self.hub, *self.spokes)

    def at(self, slug: str) -> Place | None:
        return self._by_slug.get(slug)

    def of(self, spoke_id: int | None) -> Place:
        """Find a publication's place; a spoke made since the list was read counts as the hub."""
        return self._by_pk.get(spoke_id, self.hub)


HUB = PreparedQuery(lambda now, key: Hub.objects.values_list(*HUB_FIELDS))
PLACES = PreparedQuery(lambda now, key: Spoke.objects.annotate(**HUB_COLUMNS).values_list(*COLUMNS))
PLACES_AROUND = PreparedQuery(
    lambda now, key: Spoke.objects.annotate(
        **HUB_COLUMNS,
        lies_below=Exists(
            GenreClosure.objects.filter(
                ancestor__spoke__slug=SOME_WORD, descendant=OuterRef("genre"), depth__gt=0
            )
        ),
    ).values_list(*COLUMNS, "lies_below")
)


def load_places() -> Places:
    return _read(PLACES.rows())


def _read(rows: list[tuple[Any, ...]]) -> Places:
    """Make the places of rows that begin with COLUMNS; a house without spokes asks for its hub."""
    end = len(FIELDS)
    named = rows[0][end : len(COLUMNS)] if rows else next(iter(HUB.rows()), (None,))
    return Places((Place(*row[:end]) for row in rows), _hub(*named))


def _hub(name: str | None, colour: str = "", tagline: str = "") -> Place:
    if name is None:
        hub = Hub.unnamed()
        name, colour, tagline = hub.name, hub.colour, hub.tagline
    return Place(None, None, HUB_SLUG, name, colour, tagline)


def load_places_around(slug: str) -> tuple[Places, list[Place]]:
    """Load the places, and those whose genre lies somewhere below that of the spoke named."""
    rows = PLACES_AROUND.rows(word=slug)
    places = _read(rows)
    below = {row[0] for row in rows if row[-1]}
    return places, [place for place in places.spokes if place.pk in below]


def _with_newest(now: datetime) -> QuerySet[Spoke, Any]:
    """Select the spokes, each with the keys of its newest live publications, and of what is next.

    One probe of an index (``publication_stream``, ``publication_coming``) for each, however many
    publications there are.
    """
    live = Publication.objects.live(now)
    here = live.filter(spoke=OuterRef("pk"))
    columns = {
        **_columns("newest", here, NEWEST_PER_SPOKE),
        **_columns("next", here.coming(now.date()), NEXT_PER_SPOKE),
        # the same for every row
        **_columns("next_on_hub", live.on(None).coming(now.date()), NEXT_ON_HUB),
    }
    return Spoke.objects.annotate(**HUB_COLUMNS, **columns).values_list(*COLUMNS, *columns)


def _columns(name: str, publications: PublicationQuerySet, count: int) -> dict[str, Subquery]:
    keys = publications.values("pk")
    return {f"{name}_{number}": Subquery(keys[number : number + 1]) for number in range(count)}


PLACES_WITH_NEWEST = PreparedQuery(lambda now, key: _with_newest(now))


@dataclasses.dataclass(frozen=True, slots=True)
class FrontPage:
    """The keys of what the spokes bring to the hub's front page."""

    newest: tuple[int, ...] = ()
    coming: tuple[int, ...] = ()

    @property
    def keys(self) -> list[int]:
        return [*self.newest, *self.coming]


def load_places_with_newest(now: datetime) -> tuple[Places, FrontPage]:
    """Load the places, each spoke's newest live publications, and what is next anywhere."""
    rows = PLACES_WITH_NEWEST.rows(now=now)
    first, then = len(COLUMNS), len(COLUMNS) + NEWEST_PER_SPOKE
    newest = {pk for row in rows for pk in row[first:then] if pk}
    coming = {pk for row in rows for pk in row[then:] if pk}
    places = _read(rows)
    return places, FrontPage(tuple(sorted(newest)), tuple(sorted(coming)))


def absolute(url: str) -> str:
    return urljoin(f"{settings.SITE_URL}/", url)
