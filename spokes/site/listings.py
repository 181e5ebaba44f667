"""Ways into what there is: artists and genres from A to Z, tags, and the months of the archive."""

from __future__ import annotations

import dataclasses
import itertools
import string
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag
from spokes.site.models import Facet, Publication
from spokes.site.pages import CARD_FIELDS, LAST_PAGE, Card
from spokes.site.places import Place, Places
from spokes.site.querysets import PublicationQuerySet

NAMES_A_PAGE = 240
LATEST = 40
# names that begin with none of a to z
OTHER_LETTER = "0"
LETTERS = (*string.ascii_lowercase, OTHER_LETTER)
# after all words in Latin letters, in every collation
AFTER_Z = "zzzzzzzz"


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """One page of an index: (slug, name, key), by key."""

    rows: tuple[tuple[str, str, str], ...]
    letter: str
    number: int
    has_more: bool

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Give the names by their letter."""
        by_letter = itertools.groupby(self.rows, key=lambda row: letter_of(row[2]))
        return [(letter, [row[:2] for row in rows]) for letter, rows in by_letter]

    @property
    def newer_url(self) -> str:
        return self._page(self.number - 1) if self.number > 1 else ""

    @property
    def older_url(self) -> str:
        return self._page(self.number + 1) if self.has_more else ""

    def url(self, base: str) -> str:
        """Give the one address of this page."""
        letter = f"?letter={self.letter}" if self.letter else ""
        return f"{base}{self._page(self.number)}" if self.number > 1 else f"{base}{letter}"

    def _page(self, number: int) -> str:
        letter = f"letter={self.letter}&" if self.letter else ""
        return f"?{letter}page={number}"


def letter_of(key: str) -> str:
    first = key[:1]
    return first.upper() if first in string.ascii_lowercase else "#"


def load_artist_names(letter: str, number: int, now: datetime) -> Names:
    """Read the artists that something live is about. Raises Http404 beyond the end."""
    return _load_names(Artist.objects.order_by("key"), Facet.Kind.ARTIST, letter, number, now)


def load_genre_names(letter: str, number: int, now: datetime) -> Names:
    return _load_names(Genre.objects.order_by("key"), Facet.Kind.GENRE, letter, number, now)


def load_tags(now: datetime) -> list[tuple[str, str]]:
    """Read the slugs and names of the tags that something live has."""
    tags = AudienceTag.objects.filter(_is_live(Facet.Kind.TAG, now)).order_by("name")
    return list(tags.values_list("slug", "name"))


def load_tag_name(slug: str) -> str:
    """Raises Http404 when there is no such tag."""
    names = AudienceTag.objects.filter(slug=slug).values_list("name", flat=True)
    name: str | None = names.first()
    if name is None:
        raise Http404("There is no such tag.")
    return name


def load_latest(places: Places, now: datetime) -> list[Card]:
    """Read the newest stories of the whole house, for what they say about artists."""
    rows = Publication.objects.live(now).values(*CARD_FIELDS)[:LATEST]
    return [Card.of(row, places) for row in rows]


def _load_names(
    things: QuerySet[Any], kind: Facet.Kind, letter: str, number: int, now: datetime
) -> Names:
    if letter and letter not in LETTERS:
        raise Http404("There is no such letter.")
    start = NAMES_A_PAGE * (number - 1)
    listed = things.filter(_begins_with(letter), _is_live(kind, now))
    rows = list(listed.values_list("slug", "name", "key")[start : start + NAMES_A_PAGE + 1])
    if not rows and number > 1:
        raise Http404("There is no such page.")
    more = len(rows) > NAMES_A_PAGE and number < LAST_PAGE
    return Names(tuple(rows[:NAMES_A_PAGE]), letter, number, has_more=more)


def _is_live(kind: Facet.Kind, now: datetime) -> Exists:
    live = Publication.objects.live(now)
    return Exists(live.filter(facets__kind=kind, facets__slug=OuterRef("slug")).order_by())


def _begins_with(letter: str) -> Q:
    """Select by a range of keys, which an index answers."""
    if letter == OTHER_LETTER:
        return Q(key__lt="a") | Q(key__gte=AFTER_Z)
    if not letter:
        return Q()
    return Q(key__gte=letter, key__lt=chr(ord(letter) + 1) if letter != "z" else AFTER_Z)


# --- the archive ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    month: int

    @property
    def name(self) -> str:
        return date_format(date(self.year, self.month, 1), "F")

    @property
    def title(self) -> str:
        return date_format(date(self.year, self.month, 1), _("F Y"))

    @property
    def path(self) -> str:
        return f"{self.year:04}/{self.month:02}/"

    @property
    def column(self) -> str:
        return f"in_{self.year:04}_{self.month:02}"

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def next(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> Month:
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    @classmethod
    def of(cls, moment: datetime) -> Month:
        return cls(moment.year, moment.month)


def archive_of(place: Place | None, now: datetime) -> PublicationQuerySet:
    """All that is live on a place, or everywhere with each post once, newest first."""
    live = Publication.objects.live(now)
    return live.once_per_post(now) if place is None else live.on(place.pk)


def load_months(place: Place | None, now: datetime) -> list[Month]:
    """List the months with stories, the newest first; each month costs one probe of an index."""
    here = _live_on(place, now)
    oldest = here.order_by("published_at", "pk").values_list("published_at", flat=True).first()
    months, month = [], Month.of(now)
    while oldest is not None and month >= Month.of(oldest):
        months.append(month)
        month = month.previous
    probes = {month.column: Exists(in_month(here, month).order_by()) for month in months}
    told = _ask(probes)
    return [month for month in months if told.get(month.column)]


def load_months_around(
    place: Place | None, month: Month, now: datetime
) -> tuple[Month | None, Month | None]:
    """Find the months with stories next before and after it; one query."""
    here = _live_on(place, now)
    before = here.filter(published_at__lt=month.start).order_by("-published_at", "-pk")
    after = here.filter(published_at__gte=month.next.start).order_by("published_at", "pk")
    ends = {"before": before, "after": after}
    told = _ask({end: Subquery(rows.values("published_at")[:1]) for end, rows in ends.items()})
    earlier, later = (told.get(end) for end in ends)
    return (earlier and Month.of(earlier), later and Month.of(later))


def _ask(questions: Mapping[str, Exists | Subquery]) -> dict[str, Any]:
    """Answer questions that need no row of their own, beside any row; {} in an empty house."""
    rows = Publication.objects.order_by().values(**questions)[:1]
    return {name: value for row in rows for name, value in row.items()}


def _live_on(place: Place | None, now: datetime) -> PublicationQuerySet:
    live = Publication.objects.live(now)
    return live if place is None else live.on(place.pk)


def by_year(months: Iterable[Month]) -> list[tuple[int, list[Month]]]:
    return [(year, list(rows)) for year, rows in itertools.groupby(months, lambda m: m.year)]


def in_month(publications: PublicationQuerySet, month: Month) -> PublicationQuerySet:
    return publications.filter(published_at__gte=month.start, published_at__lt=month.next.start)


def by_day(cards: Iterable[Card]) -> list[tuple[str, list[Card]]]:
    """Group the stories by the day on which they went out, in UTC."""
    days = itertools.groupby(cards, key=lambda card: card.published_at.date())
    return [(date_format(day, _("l, j F")), list(told)) for day, told in days]
