"""What an expression may speak of. The grammar is the same for every vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from django.db.models import Q
from django.utils.translation import gettext
from django_stubs_ext import StrOrPromise

from spokes.audiences.language.errors import ExpressionError
from spokes.audiences.language.tree import Expression, Value

Facts = TypeVar("Facts")
Test: TypeAlias = Callable[[Facts], bool]


class Named(NamedTuple):
    """A row that a value names: an expression holds on to ``pk``, whatever its name becomes."""

    pk: int
    slug: str
    name: str


# for each field and each value in a text, the rows that it named when it was saved
Names: TypeAlias = Mapping[str, Mapping[str, Collection[Named]]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value means: ``text`` is its canonical spelling, ``name`` what people call it."""

    value: Value
    text: str
    name: str
    rows: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and the rows that its values named when it was saved; empty for what is typed."""

    text: str
    names: Names = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that may be written: as it is put in, as people call it, and what it means."""

    insert: str
    label: str
    help: str = ""


def gone(name: str) -> Problem:
    message = gettext("“{name}” was deleted.").format(name=name)
    return Problem("deleted", message, gettext("Take it out, or name another."))


def no_warnings(expression: Expression, length: int) -> list[ExpressionError]:
    return []


def no_offers(typed: str) -> list[Offer]:
    return []


@dataclass(frozen=True)
class Field(Generic[Facts]):
    """One word before a colon.

    ``read`` explains all values of many expressions at once, in a fixed number of queries;
    ``test`` and ``condition`` make the same question to facts and to the database.
    """

    name: str
    help: StrOrPromise
    example: str
    read: Callable[[Collection[str]], Mapping[str, Meaning | Problem]]
    test: Callable[[Value], Test[Facts]]
    condition: Callable[[Value], Q]
    # values that begin with what is typed, the best first; few, and quick
    offer: Callable[[str], list[Offer]] = no_offers
    # finds rows again by what they were when they were named; without those that are gone
    follow: Callable[[Collection[Named]], Mapping[Named, Named]] | None = None
    # says of a row by its last name that it is gone
    gone: Callable[[str], Problem] = gone
    # the expressions of rows by id, for a field whose values are expressions themselves
    include: Callable[[Collection[int]], Mapping[int, Written]] | None = None
    # it takes >, >=, <, <=, = and 1990..1999
    compares: bool = False
    # its values may end in *
    has_wildcards: bool = False


class Vocabulary(Generic[Facts]):
    """The fields by name.

    ``bare`` is the field that a word without one was probably meant for; with ``text``, words and
    phrases may stand alone, and are values of that field.
    """

    def __init__(
        self,
        fields: Iterable[Field[Facts]],
        *,
        bare: str,
        text: str = "",
        also: Mapping[str, str] | None = None,
        warn: Callable[[Expression, int], list[ExpressionError]] = no_warnings,
    ) -> None:
        self.fields = {field.name: field for field in fields}
        self.bare = self.fields[bare]
        self.text = text
        # what people write for a field, and its name
        self.also = also or {}
        # says what is hardly meant in an expression of a text of some length
        self.warn = warn
        self.including = next((field for field in self if field.include), None)

    def __getitem__(self, name: str) -> Field[Facts]:
        return self.fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def __iter__(self) -> Iterator[Field[Facts]]:
        return iter(self.fields.values())

    def with_field(self, field: Field[Facts]) -> Vocabulary[Facts]:
        """Make the same vocabulary with another field in the place of the one of this name."""
        return Vocabulary(
            {**self.fields, field.name: field}.values(),
            bare=self.bare.name,
            text=self.text,
            also=self.also,
            warn=self.warn,
        )

    def nearest(self, name: str) -> str:
        """Name the field that was probably meant; empty when nothing is near."""
        meant = self.also.get(name.lower(), "")
        return meant or next(iter(get_close_matches(name.lower(), self.fields, n=1)), "")

    def comparing(self) -> list[str]:
        return [field.name for field in self if field.compares]
