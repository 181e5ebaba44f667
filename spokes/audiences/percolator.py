"""One post against all expressions at once.

Each conjunction of an expression is a row, and has one bit in whole numbers as long as there are
rows. For every fact there is a number of the rows that need it: a few ANDs and ORs of such numbers
leave the rows that hold, however many there are. Only rows with more to them than facts are asked
one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from typing import Generic, TypeVar

from spokes.audiences.anchors import Anchor, anchors_of
from spokes.audiences.conjunctions import CLAUSES, Conjunction, conjunctions_of
from spokes.audiences.facts import PostFacts
from spokes.audiences.language import Expression, predicate
from spokes.audiences.language.vocabulary import Test
from spokes.audiences.rows import Rows, places_of, rows_of_any, text_of

Key = TypeVar("Key", bound=Hashable)

# where every so many-th row holds, all keys are passed through once
MANY = 16
TRUTHS = bytes.maketrans(b"01", b"\x00\x01")


@dataclass
class Slot:
    """One clause of every row that has so many."""

    # rows without a clause here
    free: Rows = 0
    needing: dict[Anchor, Rows] = field(default_factory=dict)

    def copy(self) -> Slot:
        return Slot(self.free, dict(self.needing))

    def open_to(self, anchors: Iterable[Anchor]) -> Rows:
        return self.free | rows_of_any(self.needing, anchors)


class Percolator(Generic[Key]):
    """Expressions by key. ``matching`` is for any thread; for changes, take a ``copy`` first."""

    def __init__(self, expressions: Mapping[Key, Expression] | None = None) -> None:
        self._slots = [Slot() for _ in range(CLAUSES)]
        self._ruled_out: dict[Anchor, Rows] = {}
        # rows with more to them than facts
        self._asked: Rows = 0
        self._tests: dict[int, Test[PostFacts]] = {}
        # whose a row is; an unused one, with its bit nowhere set, still names its last
        self._keys: list[Key] = []
        self._unused: list[int] = []
        self._homes: dict[Key, list[tuple[int, Conjunction]]] = {}
        for key, expression in (expressions or {}).items():
            self.put(key, expression)

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, key: object) -> bool:
        return key in self._homes

    def copy(self) -> Percolator[Key]:
        other: Percolator[Key] = Percolator()
        other._slots = [slot.copy() for slot in self._slots]
        other._ruled_out = dict(self._ruled_out)
        other._asked = self._asked
        other._tests = dict(self._tests)
        other._keys = list(self._keys)
        other._unused = list(self._unused)
        other._homes = dict(self._homes)
        return other

    def matching(self, facts: PostFacts) -> set[Key]:
        """Name every key whose expression holds for the post."""
        rows = self._rows(facts)
        asked = rows & self._asked
        found = self._keys_of(rows ^ asked)
        for row in places_of(asked):
            if self._tests[row](facts):
                found |= self._keys_of(1 << row)
        return found

    def asked_for(self, facts: PostFacts) -> int:
        """Count the rows that facts alone do not decide: what a post costs."""
        return (self._rows(facts) & self._asked).bit_count()

    def conjunctions(self, key: Key) -> Iterator[tuple[Conjunction, Test[PostFacts] | None]]:
        """Give what a key's expression is divided into, each with the test of what is left."""
        for row, conjunction in self._homes.get(key, ()):
            yield conjunction, self._tests.get(row)

    def put(self, key: Key, expression: Expression) -> None:
        """Add an expression, or give a key another one."""
        self.drop(key)
        self._homes[key] = [
            (self._put_row(key, conjunction), conjunction)
            for conjunction in conjunctions_of(expression)
        ]

    def drop(self, key: Key) -> None:
        """Take a key out; one that is not in it is passed over."""
        for row, conjunction in self._homes.pop(key, ()):
            self._drop_row(row, conjunction)

    def _rows(self, facts: PostFacts) -> Rows:
        anchors = list(anchors_of(facts))
        first, *others = self._slots
        rows = first.open_to(anchors)
        for slot in others:
            if not rows:
                return 0
            rows &= slot.open_to(anchors)
        return rows & ~rows_of_any(self._ruled_out, anchors)

    def _keys_of(self, rows: Rows) -> set[Key]:
        if rows.bit_count() * MANY > len(self._keys):
            return set(compress(self._keys, text_of(rows).encode().translate(TRUTHS)))
        return {self._keys[row] for row in places_of(rows)}

    def _put_row(self, key: Key, conjunction: Conjunction) -> int:
        if self._unused:
            row = self._unused.pop()
            self._keys[row] = key
        else:
            row = len(self._keys)
            self._keys.append(key)
        bit = 1 << row
        for slot in self._slots[len(conjunction.clauses) :]:
            slot.free |= bit
        for slot, clause in zip(self._slots, conjunction.clauses, strict=False):
            _add(slot.needing, clause, bit)
        _add(self._ruled_out, conjunction.without, bit)
        if conjunction.left is not None:
            self._asked |= bit
            self._tests[row] = predicate(conjunction.left)
        return row

    def _drop_row(self, row: int, conjunction: Conjunction) -> None:
        bit = 1 << row
        for slot in self._slots[len(conjunction.clauses) :]:
            slot.free &= ~bit
        for slot, clause in zip(self._slots, conjunction.clauses, strict=False):
            _take(slot.needing, clause, bit)
        _take(self._ruled_out, conjunction.without, bit)
        self._asked &= ~bit
        self._tests.pop(row, None)
        self._unused.append(row)


def _add(rows_by_anchor: dict[Anchor, Rows], anchors: Collection[Anchor], bit: Rows) -> None:
    for anchor in anchors:
        rows_by_anchor[anchor] = rows_by_anchor.get(anchor, 0) | bit


def _take(rows_by_anchor: dict[Anchor, Rows], anchors: Collection[Anchor], bit: Rows) -> None:
    for anchor in anchors:
        rows = rows_by_anchor[anchor] & ~bit
        if rows:
            rows_by_anchor[anchor] = rows
        else:
            del rows_by_anchor[anchor]
