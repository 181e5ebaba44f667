"""Names that nothing explains surely enough wait here for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.db.models.expressions import Combinable

from content.catalogue.models import Genre, UnresolvedGenre
from content.catalogue.names import match_key
from content.text import clean_line

LENGTH = 200


def queue_name(text: str) -> str:
    """Give a name as the queue holds it; empty for what is none."""
    return clean_line(text)[:LENGTH].strip()


def queue_key(text: str) -> str:
    """Fold a name as the queue does, and so what is said of artists."""
    return match_key(queue_name(text))[:LENGTH]


def meaning_of(name: UnresolvedGenre) -> Genre | None:
    """Find the genre that has this name, as its own or as an alias."""
    return Genre.objects.filter(Q(key=name.key) | Q(aliases__key=name.key)).first()


@dataclass
class Miss:
    """A name that one reading did not understand: how often, where first, and the best guess."""

    name: str
    key: str
    example: str
    suggestion: Genre | None = None
    # of the suggestion, 0..1; None where it is only spelt alike
    confidence: float | None = None
    seen: int = 0


def keep_misses(misses: Iterable[Miss], *, now: datetime) -> int:
    """Put the misses into the queue and give the number of new ones.

    ``seen`` becomes the most that one reading met, so that reading a file again adds nothing.
    """
    new = 0
    for miss in misses:
        row, made = _queue(miss, now)
        new += made
        if not made and (row.seen < miss.seen or row.settled_at):
            _wait_again(row, miss, seen=max(row.seen, miss.seen))
    return new


def add_misses(misses: Iterable[Miss], *, now: datetime) -> None:
    """Put the misses into the queue, each adding to how often its name was seen."""
    for miss in misses:
        row, made = _queue(miss, now)
        if not made:
            _wait_again(row, miss, seen=F("seen") + miss.seen)


def _wait_again(row: UnresolvedGenre, miss: Miss, *, seen: int | Combinable) -> None:
    # settled before, and yet unknown: somebody took the alias away
    UnresolvedGenre.objects.filter(pk=row.pk).update(
        seen=seen, settled_at=None, suggestion=miss.suggestion, confidence=miss.confidence
    )


def _queue(miss: Miss, now: datetime) -> tuple[UnresolvedGenre, bool]:
    row = UnresolvedGenre.objects.filter(key=miss.key).first()
    if row:
        return row, False
    return UnresolvedGenre.objects.get_or_create(
        key=miss.key,
        defaults={
            "name": miss.name,
            "seen": miss.seen,
            "example": miss.example,
            "suggestion": miss.suggestion,
            "confidence": miss.confidence,
            "first_seen_at": now,
        },
    )
