"""What an import did and which rows it could not take, in words for whoever made the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext

Change = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, order=True)
class BadRow:
    line: int
    reason: str

    def __str__(self) -> str:
        return gettext("line {line}: {reason}").format(line=self.line, reason=self.reason)


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
            yield gettext("{kind}: {added} added, {changed} changed, {unchanged} unchanged").format(
                kind=kind, added=added, changed=changed, unchanged=unchanged
            )
        yield from self.remarks
        yield gettext("bad rows: {number}").format(number=len(self.bad_rows))
