"""Texts on their way to expressions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from spokes.audiences.language.reader import Claim, Draft
from spokes.audiences.language.tree import Expression
from spokes.audiences.language.vocabulary import Meaning, Named, Names, Problem


@dataclass(slots=True, eq=False)
class Entry:
    """A text's draft, the rows that its values named when it was saved, and what they mean now.

    ``meanings`` by the start of the claim; ``expression`` stays None where there are faults.
    """

    draft: Draft
    saved: Names
    meanings: dict[int, Meaning | Problem] = field(default_factory=dict)
    expression: Expression | None = None
    # with all the audiences that it asks for
    terms: int = 0
    depth: int = 0
    # audiences within audiences
    height: int = 0

    def bound(self, claim: Claim) -> Collection[Named]:
        return self.saved.get(claim.field, {}).get(claim.text, ())

    def rows(self, start: int) -> tuple[Named, ...]:
        meaning = self.meanings[start]
        return meaning.rows if isinstance(meaning, Meaning) else ()

    def names(self) -> dict[str, dict[str, tuple[Named, ...]]]:
        """Give what is to be saved with the text."""
        names: dict[str, dict[str, tuple[Named, ...]]] = {}
        for start, claim in self.draft.claims.items():
            if rows := self.rows(start):
                names.setdefault(claim.field, {})[claim.text] = rows
        return names


def claims_of(entries: Iterable[Entry], name: str) -> Iterator[tuple[Entry, int, Claim]]:
    """Go through the values of one field: the entry, the start of the term, and the claim."""
    for entry in entries:
        for start, claim in entry.draft.claims.items():
            if claim.field == name:
                yield entry, start, claim
