"""What an expression may speak of. The grammar is the same for every vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic, TypeAlias, TypeVar

from django.db.models import Q
from django_stubs_ext import StrOrPromise

from spokes.audiences.language.tree import Value

Facts = TypeVar("Facts")
Test: TypeAlias = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value means: ``text`` is its canonical spelling, ``name`` what people call it."""

    value: Value
    text: str
    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    message: str
    hint: str = ""


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


class Vocabulary(Generic[Facts]):
    """The fields by name; ``bare`` is the field that a word without one was probably meant for."""

    def __init__(self, fields: Iterable[Field[Facts]], *, bare: str) -> None:
        self.fields = {field.name: field for field in fields}
        self.bare = self.fields[bare]

    def __getitem__(self, name: str) -> Field[Facts]:
        return self.fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def __iter__(self) -> Iterator[Field[Facts]]:
        return iter(self.fields.values())

    def nearest(self, name: str) -> str:
        """Name the field that was probably meant; empty when nothing is near."""
        return next(iter(get_close_matches(name.lower(), self.fields, n=1)), "")
