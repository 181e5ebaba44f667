"""How well names of genres are understood, against roots that somebody else says they have."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from content.catalogue.certainty import STATED, Counts, Doubt, Way
from content.catalogue.expected import Expected
from content.catalogue.lexicon import Strength, lexicon
from content.catalogue.models import Genre
from content.catalogue.names import split_words
from content.catalogue.resolver import Resolution, Resolver

SHOWN_WRONG = 20
# where a band of confidence begins; the last is what the house states itself
BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)

# between roots that a label joins: "Folk, World & Country"
JOINED = re.compile(r",|/|&|\band\b", re.IGNORECASE)
# by these ways a root is understood as it stands: "drum and bass"
WHOLE = STATED | {Way.SPELLING, Way.KNOWN}


@dataclass
class Share:
    """How many of something, by number and by weight."""

    number: int = 0
    weight: float = 0.0

    def add(self, weight: float) -> None:
        self.number += 1
        self.weight += weight

    def of(self, whole: Share) -> tuple[float, float]:
        """Give the parts of the whole, 0..1, by number and by weight."""
        return (
            self.number / whole.number if whole.number else 0.0,
            self.weight / whole.weight if whole.weight else 0.0,
        )


@dataclass
class Band:
    """Answers that were about equally sure: how many, how sure on average, and how many right."""

    answers: int = 0
    right: int = 0
    stated: float = 0.0

    def add(self, confidence: float, *, right: bool) -> None:
        self.answers += 1
        self.right += right
        self.stated += confidence


@dataclass(frozen=True)
class Wrong:
    name: str
    expected: str
    resolution: Resolution


@dataclass
class Measured:
    """``right`` counts among the resolved: an expected root is the answer or above it."""

    names: Share = field(default_factory=Share)
    exact: Share = field(default_factory=Share)
    resolved: Share = field(default_factory=Share)
    right: Share = field(default_factory=Share)
    # right by the first of the expected roots alone
    strictly: Share = field(default_factory=Share)
    unresolved: Share = field(default_factory=Share)
    # the expected root is none that this house has: no answer could be right
    unknown_roots: Counter[str] = field(default_factory=Counter)
    unknown_rows: list[Expected] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    # of every answer, also of those too unsure to be given: right, of
    by_kind: dict[tuple[Way, Doubt], tuple[int, int]] = field(default_factory=dict)
    # likewise, by where the band begins
    bands: dict[float, Band] = field(default_factory=lambda: defaultdict(Band))

    def as_dict(self) -> dict[str, Any]:
        shares = {
            "exact": self.exact.of(self.names),
            "resolved": self.resolved.of(self.names),
            "right": self.right.of(self.resolved),
            "strictly": self.strictly.of(self.resolved),
            "unresolved": self.unresolved.of(self.names),
        }
        return {
            "names": self.names.number,
            "weight": self.names.weight,
            **{name: round(share, 4) for name, (share, _) in shares.items()},
            "weighted": {name: round(share, 4) for name, (_, share) in shares.items()},
            "unknown_roots": dict(self.unknown_roots),
            "by_kind": [
                {"way": way.value, "doubt": doubt.value, "right": right, "of": of}
                for (way, doubt), (right, of) in sorted(self.by_kind.items())
            ],
            "by_confidence": [
                {
                    "from": low,
                    "stated": round(band.stated / band.answers, 4),
                    "right": band.right,
                    "of": band.answers,
                }
                for low, band in sorted(self.bands.items())
            ],
            "wrong": [
                {
                    "name": wrong.name,
                    "expected": wrong.expected,
                    "answer": wrong.resolution.genre.name,
                    "matched": wrong.resolution.matched,
                    "by": f"{wrong.resolution.way}, {wrong.resolution.doubt}",
                }
                for wrong in self.wrong[:SHOWN_WRONG]
            ],
        }


def measure(
    rows: Iterable[Expected],
    resolver: Resolver,
    *,
    threshold: float,
    judge: Resolver | None = None,
) -> Measured:
    """Resolve every name, and count the answers that are at least as sure as the threshold.

    ``judge`` understands the expected roots, where the resolver is to know less.
    """
    measured = Measured()
    for row in rows:
        found = resolver.explain(row.name)
        known = _known_roots(row, judge or resolver)
        if row.roots and not known:
            measured.unknown_roots[row.root] += 1
            measured.unknown_rows.append(row)
        strictly = _is_right(found, known[:1], resolver)
        right = strictly or _is_right(found, known[1:], resolver)
        _count(measured, row, found, right=right, threshold=threshold)
        if strictly and found and found.confidence >= threshold:
            measured.strictly.add(row.weight)
    return measured


def _count(
    measured: Measured, row: Expected, found: Resolution | None, *, right: bool, threshold: float
) -> None:
    measured.names.add(row.weight)
    if found:
        hits, of = measured.by_kind.get((found.way, found.doubt), (0, 0))
        measured.by_kind[found.way, found.doubt] = (hits + right, of + 1)
        low = max(band for band in BANDS if band <= found.confidence)
        measured.bands[low].add(found.confidence, right=right)
    if found is None or found.confidence < threshold:
        measured.unresolved.add(row.weight)
        return
    measured.resolved.add(row.weight)
    if found.way in STATED:
        measured.exact.add(row.weight)
    if right:
        measured.right.add(row.weight)
    else:
        measured.wrong.append(Wrong(row.name, row.root, found))


def _known_roots(row: Expected, resolver: Resolver) -> list[Resolution]:
    return [found for root in row.roots for found in _meant(root, resolver)]


def _meant(root: str, resolver: Resolver) -> list[Resolution]:
    """Understand a root; one that joins several ("Funk / Soul") means each of them."""
    whole = resolver.explain(root)
    if whole and whole.way in WHOLE:
        return [whole]
    joined = [resolver.explain(part) for part in JOINED.split(root) if part.strip()]
    parts = [part for part in joined if part]
    if len(parts) > 1 and len(parts) == len(joined):
        return parts
    return [whole] if whole else []


def _is_right(found: Resolution | None, roots: list[Resolution], resolver: Resolver) -> bool:
    return found is not None and any(
        resolver.is_at_or_below(found.genre, root.genre) for root in roots
    )


def measure_endings(resolver: Resolver) -> Counts:
    """Read every single word that names a genre by its end alone, as if nobody knew it.

    Gives how many were right, of how many; a word whose end says nothing is not counted.
    """
    counts: dict[tuple[Way, Doubt], tuple[int, int]] = {}
    for word, genre in _single_words(resolver).items():
        found = resolver.by_ending(word)
        if found is None:
            continue
        right = resolver.is_at_or_below(genre, found.genre) or resolver.is_at_or_below(
            found.genre, genre
        )
        hits, of = counts.get((found.way, found.doubt), (0, 0))
        counts[found.way, found.doubt] = (hits + right, of + 1)
    return counts


def _single_words(resolver: Resolver) -> dict[str, Genre]:
    """Give the words of the field, and the genres here, that are written as one word."""
    words = lexicon()
    strong = {
        key: genre
        for key in words.single
        if words.senses[key].strength == Strength.STRONG
        and (genre := resolver.nearest(words.senses[key]))
    }
    named = {
        key: genre for key, genre in resolver.names.items() if len(split_words(genre.name)) == 1
    }
    return {**strong, **named}
