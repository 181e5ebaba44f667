"""What an import did and which rows it could not take, in words for whoever made the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Change = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, order=True)
class BadRow:
    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass
class Report:
    """Counts by kind of thing ("genres", "tracks"), and the bad rows."""

    kinds: tuple[str, ...]
    counts: Counter[tuple[str, Change]] = field(default_factory=Counter)
    bad_rows: list[BadRow] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def count(self, kind: str, change: Change, number: int = 1) -> None:
        self.counts[kind, change] += number

    def bad(self, line: int, reason: str) -> None:
        self.bad_rows.append(BadRow(line, reason))

    def numbers(self, kind: str) -> tuple[int, int, int]:
        """Give the numbers of added, changed and unchanged things of a kind."""
        counts = self.counts
        return counts[kind, "added"], counts[kind, "changed"], counts[kind, "unchanged"]

    def lines(self) -> Iterator[str]:
        yield from (str(row) for row in sorted(self.bad_rows))
        for kind in self.kinds:
            added, changed, unchanged = self.numbers(kind)
            yield f"{kind}: {added} added, {changed} changed, {unchanged} unchanged"
        yield from self.remarks
        yield f"bad rows: {len(self.bad_rows)}"
