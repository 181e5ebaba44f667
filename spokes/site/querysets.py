from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef

from spokes.site import matching
from spokes.site.words import read_query

if TYPE_CHECKING:
    from spokes.channels.models import Spoke
    from spokes.site.models import CardImage, Publication


class PublicationQuerySet(models.QuerySet["Publication"]):
    def live(self, now: datetime) -> Self:
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now),
            withdrawn_at__isnull=True,
        )

    def none_over(self, now: datetime) -> Self:
        """Find the same as ``live``, by what to leave out: of many it reads indexes alone."""
        standing = self.model.objects.standing()
        withdrawn = self.model.objects.filter(withdrawn_at__isnull=False)
        expired = standing.filter(expires_at__lte=now)
        return self.exclude(pk__in=withdrawn.values("pk")).exclude(pk__in=expired.values("pk"))

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

    def found_by(self, phrase: str, *, among: Self | None = None) -> Self:
        """Those with every word in the title, the artists' names or the teaser, best first.

        All of it in the title comes before all of it in the artists, and that before the rest;
        the newest first among equals. The last word may be the start of a longer one; "in
        quotes" is a phrase, and a -word must be missing. Of very many only the newest are found:
        of all there are, or of those ``among`` which to look.
        """
        query = read_query(phrase)
        found = self.filter(matching.condition(query, among))
        return found.alias(rank=matching.rank(query, among)).order_by(
            "rank", "-published_at", "-pk"
        )


class CardImageQuerySet(models.QuerySet["CardImage"]):
    def due(self, now: datetime) -> Self:
        return self.filter(state="pending", next_try_at__lte=now).order_by("next_try_at", "id")

    def ready(self) -> Self:
        return self.filter(state="ready")

    def shown(self) -> Self:
        """Those with a picture; one that is to be drawn anew shows the old one until then."""
        return self.exclude(file="")

    def look_other_than(self, looks: Collection[str]) -> Self:
        return self.exclude(look__in=looks)

    def on_standing(self) -> Self:
        return self.filter(publication__withdrawn_at__isnull=True)

    def on_withdrawn(self) -> Self:
        return self.filter(publication__withdrawn_at__isnull=False)
