from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from content.catalogue.models import Artist
from content.catalogue.names import match_key

if TYPE_CHECKING:
    from spokes.channels.models import Spoke
    from spokes.site.models import Publication


class PublicationQuerySet(models.QuerySet["Publication"]):
    def live(self, now: datetime) -> Self:
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now),
            withdrawn_at__isnull=True,
        )

    def standing(self) -> Self:
        """Not taken down; an expired one still holds its address."""
        return self.filter(withdrawn_at__isnull=True)

    def on(self, spoke: Spoke | int | None) -> Self:
        """Of the spoke's site (or of the spoke with this key), or of the hub's own when None."""
        return self.filter(spoke__isnull=True) if spoke is None else self.filter(spoke=spoke)

    def coming(self, today: date) -> Self:
        """Releases and shows of today and later, the next first."""
        return self.filter(happens_on__gte=today).order_by("happens_on", "pk")

    def about(self, kind: str, slug: str) -> Self:
        return self.filter(facets__kind=kind, facets__slug=slug)

    def listed_under(self, kind: str, slug: str) -> Self:
        """About it, newest first, in the order of the index ``facet_stream``: nothing is sorted."""
        return self.about(kind, slug).order_by("-facets__published_at", "-facets__publication_id")

    def at(self, slug: str) -> Self:
        """All that ever had this address on its spoke, what stands there now before the rest."""
        return self.filter(slug=slug).order_by(
            models.F("withdrawn_at").desc(nulls_first=True), "-pk"
        )

    def once_per_post(self, now: datetime) -> Self:
        """Of a post that is live in several places, only where it came first."""
        earlier = self.model.objects.live(now).filter(
            post_ref=OuterRef("post_ref"), pk__lt=OuterRef("pk")
        )
        return self.filter(~Exists(earlier))

    def found_by(self, phrase: str) -> Self:
        """Those with every word in the title, the teaser or an artist's name, best first.

        A title with the whole phrase comes before an artist of that name, then all others.
        """
        found = self
        for word in phrase.split():
            found = found.filter(
                _written_in("title", word) | _written_in("teaser", word) | self._by_artist(word)
            )
        rank = Case(
            When(_written_in("title", phrase), then=Value(0)),
            When(self._by_artist(phrase), then=Value(1)),
            default=Value(2),
        )
        return found.alias(rank=rank).order_by("rank", "-published_at", "-pk")

    def _by_artist(self, name: str) -> Q:
        slugs = Artist.objects.filter(key__contains=match_key(name)).values("slug")
        listed = self.model.objects.filter(facets__kind="artist", facets__slug__in=slugs)
        return Q(pk__in=listed.values("pk"))


def _written_in(field: str, text: str) -> Q:
    """Find the text whatever its case; SQLite folds ASCII alone, so others are spelt out."""
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
    found = Q()
    for spelling in sorted(spellings):
        found |= Q(**{f"{field}__icontains": spelling})
    return found
