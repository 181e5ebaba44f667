from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from content.catalogue.names import make_slug
from spokes.site.models import Facet, Publication
from spokes.site.pages import KIND_LABELS
from spokes.site.places import Place, Places
from spokes.site.querysets import PublicationQuerySet

MOST_CHARACTERS = 100
MOST_WORDS = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Search:
    """What a reader asked for, made sane: a filter that we don't know is no filter."""

    phrase: str
    place: Place | None
    kind: str
    # the slug of an artist
    artist: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str], places: Places) -> Search:
        printable = "".join(c if c.isprintable() else " " for c in asked.get("q", ""))
        words = printable[:MOST_CHARACTERS].split()[:MOST_WORDS]
        kind = asked.get("kind", "")
        artist = asked.get("artist", "")[:MOST_CHARACTERS].strip()
        return cls(
            phrase=" ".join(words),
            place=places.at(asked.get("spoke", "")),
            kind=kind if kind in KIND_LABELS else "",
            artist=make_slug(artist) if artist else "",
        )

    @property
    def artist_name(self) -> str:
        """Give the artist's slug as one would type it; the slug finds the same."""
        return self.artist.replace("-", " ")

    @property
    def is_asked(self) -> bool:
        return bool(self.phrase or self.artist)

    @property
    def filters(self) -> list[tuple[str, str]]:
        """Name each filter in use, with the address of the same search without it."""
        place = self.place and (self.place.name if not self.place.is_hub else _("Hub"))
        named = {
            "artist": self.artist_name,
            "place": place,
            "kind": str(KIND_LABELS.get(self.kind, "")),
        }
        return [(name, self._without(field)) for field, name in named.items() if name]

    def _without(self, field: str) -> str:
        empty: dict[str, Any] = {field: None if field == "place" else ""}
        return f"/search/?{dataclasses.replace(self, **empty).query}"

    @property
    def query(self) -> str:
        """Spell it as the query of an address, in one way only; empty when nothing is asked."""
        spoke = self.place.slug if self.place else ""
        pairs = {"q": self.phrase, "spoke": spoke, "kind": self.kind, "artist": self.artist}
        return urlencode({name: value for name, value in pairs.items() if value})

    def results(self, now: datetime) -> PublicationQuerySet:
        """Find live publications; a post once, unless one place is asked for.

        None when neither words nor an artist are asked for.
        """
        if not self.is_asked:
            return Publication.objects.none()
        live = Publication.objects.live(now)
        found = live if self.place else live.once_per_post(now)
        if not self.phrase:
            return self._narrow(found)
        # narrowed where the newest of very many are chosen, so that each filter finds its own
        among = self._narrow(Publication.objects.none_over(now))
        return found.found_by(self.phrase, among=among if self.filters else None)

    def _narrow(self, found: PublicationQuerySet) -> PublicationQuerySet:
        if self.place:
            found = found.on(self.place.pk)
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.artist:
            found = found.about(Facet.Kind.ARTIST, self.artist)
        return found
