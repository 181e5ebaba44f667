"""How well names of genres are understood, against roots that somebody else says they have."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from content.catalogue.certainty import STATED, Doubt, Way
from content.catalogue.exceptions import UnreadableFile
from content.catalogue.imports.reading import read_text
from content.catalogue.resolver import Resolution, Resolver

SHOWN_WRONG = 20


@dataclass(frozen=True)
class Expected:
    """A name and the root it should have; without one it should stay unresolved."""

    name: str
    root: str
    weight: float = 1.0


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


@dataclass(frozen=True)
class Wrong:
    name: str
    expected: str
    resolution: Resolution


@dataclass
class Measured:
    """``right`` counts among the resolved: the expected root is the answer or above it."""

    names: Share = field(default_factory=Share)
    exact: Share = field(default_factory=Share)
    resolved: Share = field(default_factory=Share)
    right: Share = field(default_factory=Share)
    unresolved: Share = field(default_factory=Share)
    # the expected root is none that this house has: no answer could be right
    unknown_roots: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)
    # of every answer, also of those too unsure to be given: right, of
    by_kind: dict[tuple[Way, Doubt], tuple[int, int]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        shares = {
            "exact": self.exact.of(self.names),
            "resolved": self.resolved.of(self.names),
            "right": self.right.of(self.resolved),
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
            "wrong": [
                {
                    "name": wrong.name,
                    "expected": wrong.expected,
                    "answer": wrong.resolution.genre.name,
                    "matched": wrong.resolution.matched,
                }
                for wrong in self.wrong[:SHOWN_WRONG]
            ],
        }


def read_expected(path: Path) -> list[Expected]:
    """Read rows of name, expected root and maybe weight, with or without a line of headers.

    UnreadableFile names the line that is none of these.
    """
    rows = []
    for line, cells in enumerate(csv.reader(io.StringIO(read_text(path), newline=None)), start=1):
        if not any(cell.strip() for cell in cells):
            continue
        if line == 1 and cells[0].strip().casefold() in {"name", "genre"}:
            continue
        rows.append(_expected(path, line, [cell.strip() for cell in cells]))
    return rows


def _expected(path: Path, line: int, cells: Sequence[str]) -> Expected:
    try:
        name, root, *more = cells
        return Expected(name, root, *(float(weight) for weight in more[:1] if weight))
    except ValueError:
        raise UnreadableFile(
            gettext("{path}, line {line}: write name, expected root, and maybe a weight.").format(
                path=path, line=line
            )
        ) from None


def measure(rows: Iterable[Expected], resolver: Resolver, *, threshold: float) -> Measured:
    """Resolve every name, and count the answers that are at least as sure as the threshold."""
    measured = Measured()
    for row in rows:
        found = resolver.explain(row.name)
        right = found is not None and _is_right(row, found, resolver, measured.unknown_roots)
        measured.names.add(row.weight)
        if found:
            hits, of = measured.by_kind.get((found.way, found.doubt), (0, 0))
            measured.by_kind[found.way, found.doubt] = (hits + right, of + 1)
        if found is None or found.confidence < threshold:
            measured.unresolved.add(row.weight)
            continue
        measured.resolved.add(row.weight)
        if found.way in STATED:
            measured.exact.add(row.weight)
        if right:
            measured.right.add(row.weight)
        else:
            measured.wrong.append(Wrong(row.name, row.root, found))
    return measured


def _is_right(row: Expected, found: Resolution, resolver: Resolver, unknown: Counter[str]) -> bool:
    if not row.root:
        return False
    root = resolver.explain(row.root)
    if root is None:
        unknown[row.root] += 1
        return False
    return resolver.is_at_or_below(found.genre, root.genre)


def markdown(measured: Measured, *, source: str, graph: str) -> str:
    """Write what a page of the docs says of it."""
    plain = {
        gettext("named exactly, or by an alias"): measured.exact.of(measured.names),
        gettext("resolved"): measured.resolved.of(measured.names),
        gettext("right, of those resolved"): measured.right.of(measured.resolved),
        gettext("left for a person"): measured.unresolved.of(measured.names),
    }
    rows = [f"| {what} | {number:.1%} | {weight:.1%} |" for what, (number, weight) in plain.items()]
    return "\n".join(
        [
            f"{measured.names.number:,} names of `{source}`, on {graph}.",
            "",
            "| | of the names | weighted |",
            "|---|---|---|",
            *rows,
        ]
    )


def calibration(counts: Mapping[tuple[Way, Doubt], tuple[int, int]]) -> str:
    """Write the counts as ``certainty`` reads them."""
    lines = [
        "# Written by measure_resolver --calibrate: answers of a kind that were right, of how many"
    ]
    for way in (way for way in Way if way not in STATED):
        kinds = {doubt: counts[way, doubt] for doubt in Doubt if (way, doubt) in counts}
        if kinds:
            inner = ", ".join(f"{doubt}: [{right}, {of}]" for doubt, (right, of) in kinds.items())
            lines.append(f"{way}: {{{inner}}}")
    return "\n".join(lines) + "\n"
