from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from spokes.site.models import Publication
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

    @classmethod
    def of(cls, asked: Mapping[str, str], places: Places) -> Search:
        printable = "".join(c if c.isprintable() else " " for c in asked.get("q", ""))
        words = printable[:MOST_CHARACTERS].split()[:MOST_WORDS]
        kind = asked.get("kind", "")
        return cls(
            phrase=" ".join(words),
            place=places.at(asked.get("spoke", "")),
            kind=kind if kind in KIND_LABELS else "",
        )

    @property
    def query(self) -> str:
        """Spell it as the query of an address, in one way only; empty when nothing is asked."""
        spoke = self.place.slug if self.place else ""
        pairs = {"q": self.phrase, "spoke": spoke, "kind": self.kind}
        return urlencode({name: value for name, value in pairs.items() if value})

    def results(self, now: datetime) -> PublicationQuerySet:
        """Find live publications; a post once, unless one place is asked for. None for no words."""
        if not self.phrase:
            return Publication.objects.none()
        live = Publication.objects.live(now)
        found = live.on(self.place.pk) if self.place else live.once_per_post(now)
        return (found.filter(kind=self.kind) if self.kind else found).found_by(self.phrase)
