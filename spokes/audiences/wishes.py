"""What a channel or a spoke asks for, compiled; and which spokes rise to which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from content.catalogue.models import GenreClosure
from spokes.audiences.facts import NOTHING, PostFacts
from spokes.audiences.language import (
    And,
    Expression,
    ExpressionErrors,
    Included,
    Not,
    Or,
    Term,
    predicate,
)
from spokes.audiences.language.tree import ids_of
from spokes.audiences.language.vocabulary import Test
from spokes.channels.models import Spoke


def _nothing(facts: PostFacts) -> bool:
    return False


class Reference(NamedTuple):
    """A row that a text of some field names, and what it was called when it was read."""

    field: str
    text: str
    row: int
    name: str


# a field and a text in it
Text: TypeAlias = tuple[str, str]
Loose: TypeAlias = frozenset[Text]


@dataclass(frozen=True)
class Wish:
    """What a channel or a spoke asks for; ``trouble`` when that can't be read."""

    name: str = ""
    expression: Expression | None = None
    trouble: str = ""
    # genres of the spokes below that keep their posts to themselves
    closed: frozenset[int] = NOTHING
    # genres, tags and artists that it names, and that the audiences name that it asks for
    references: frozenset[Reference] = frozenset()
    # audiences that it asks for, and that those ask for
    includes: frozenset[int] = NOTHING
    # what it names by its text alone; all else follows the rows that it named when it was saved.
    # None where one of those is gone by now and another stands for it
    loose: Loose | None = frozenset()

    @classmethod
    def read(cls, name: str, result: Expression | ExpressionErrors) -> Wish:
        if isinstance(result, ExpressionErrors):
            return cls(name, trouble=str(result))
        terms = list(_terms(result))
        references = (
            Reference(term.field, term.text, pk, term.name)
            for term in terms
            for pk in ids_of(term.value)
        )
        includes = (term.value.audience for term in terms if isinstance(term.value, Included))
        return cls(name, result, references=frozenset(references), includes=frozenset(includes))

    @cached_property
    def wants(self) -> Test[PostFacts]:
        return predicate(self.expression) if self.expression else _nothing

    def takes(self, facts: PostFacts) -> bool:
        return self.wants(facts.without(self.closed))


def _terms(expression: Expression) -> Iterator[Term]:
    """List the terms, and those of the audiences that it asks for."""
    waiting = [expression]
    while waiting:
        match waiting.pop():
            case Term(value=value) as term:
                yield term
                waiting += [value.expression] if isinstance(value, Included) else []
            case Not(operand):
                waiting.append(operand)
            case And(operands) | Or(operands):
                waiting.extend(operands)


# the key of what takes every post
HUB = 0


@dataclass(frozen=True)
class Plan:
    """What decides for one channel: the key of its wish, and the spokes that rise to it.

    A key is the id of an audience, that of a spoke that asks for its genre, below zero, or HUB.
    """

    key: int
    # the spoke whose floor counts
    spoke: Spoke | None = None
    fit_floor: float | None = None
    rising: tuple[Spoke, ...] = ()
    closed: tuple[Spoke, ...] = ()


class Kin(NamedTuple):
    """The spokes below one: those that rise to it, and those that keep to themselves."""

    rising: tuple[Spoke, ...]
    closed: tuple[Spoke, ...]


class Family:
    """The spokes, and which genre of theirs is below which."""

    def __init__(self, spokes: Iterable[Spoke] = (), pairs: Iterable[tuple[int, int]] = ()) -> None:
        self.spokes = {spoke.pk: spoke for spoke in spokes}
        self._below: defaultdict[int, set[int]] = defaultdict(set)
        pairs = frozenset(pairs)
        # all that decides or is said: two families of which it is the same are one
        self.said = [said_of(spoke) for spoke in self.spokes.values()], pairs
        for ancestor, descendant in pairs:
            self._below[ancestor].add(descendant)
        self._kin: dict[int, Kin] = {}

    @classmethod
    def load(cls) -> Family:
        """Read all spokes, in two queries."""
        spokes = list(Spoke.objects.with_genre())
        genres = [spoke.genre_id for spoke in spokes]
        rows = GenreClosure.objects.filter(ancestor__in=genres, descendant__in=genres, depth__gt=0)
        return cls(spokes, rows.values_list("ancestor_id", "descendant_id"))

    def key_of(self, spoke: Spoke) -> int:
        return spoke.audience_id or -spoke.pk

    def kin(self, spoke: Spoke) -> Kin:
        """Give what rises to a spoke and what keeps to itself; found once, for the spokes asked."""
        found = self._kin.get(spoke.pk)
        if found is None:
            found = self._kin[spoke.pk] = Kin(self.rising_to(spoke), self.closed_below(spoke))
        return found

    def closed_below(self, spoke: Spoke) -> tuple[Spoke, ...]:
        below = self._below.get(spoke.genre_id, set())
        return tuple(
            other
            for other in self.spokes.values()
            if not other.rolls_up and other.genre_id in below
        )

    def rising_to(self, spoke: Spoke) -> tuple[Spoke, ...]:
        """List the spokes below, without the closed ones and what is below those."""
        closed = {other.genre_id for other in self.closed_below(spoke)}
        hidden = closed.union(*(self._below.get(genre, set()) for genre in closed))
        rising = self._below.get(spoke.genre_id, set()) - hidden
        return tuple(other for other in self.spokes.values() if other.genre_id in rising)

    def own_wish(self, spoke: Spoke) -> Wish:
        """Ask for the spoke's genre, without what closed spokes below it keep."""
        genre = spoke.genre
        closed = frozenset(other.genre_id for other in self.closed_below(spoke))
        expression = Term("genre", genre.slug, frozenset({genre.pk}), genre.name)
        return Wish("", expression, closed=closed)


def said_of(spoke: Spoke) -> tuple[Any, ...]:
    """Give all of a spoke that decides or is said, to be compared."""
    decides = (spoke.pk, spoke.name, spoke.audience_id, spoke.rolls_up, spoke.genre_floor)
    return (*decides, spoke.genre.pk, spoke.genre.slug, spoke.genre.name)
