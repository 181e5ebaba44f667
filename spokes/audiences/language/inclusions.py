"""Expressions that ask for other expressions: found, put in order, and kept from going round."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext

from spokes.audiences.language.entries import Entry, claims_of
from spokes.audiences.language.parser import MAX_DEPTH, read
from spokes.audiences.language.reader import MAX_TERMS
from spokes.audiences.language.tree import Expression, Included, Not, Term
from spokes.audiences.language.vocabulary import Field, Meaning, Problem, Vocabulary

# expressions within expressions, one inside the other
MAX_HEIGHT = 20

Explain = Callable[[Field[Any], Collection[Entry]], None]


class Inclusions:
    """The expressions that others ask for, by the ids of their rows."""

    def __init__(self, vocabulary: Vocabulary[Any], own: Mapping[int, Entry]) -> None:
        self.vocabulary = vocabulary
        self.field = vocabulary.including.name if vocabulary.including else ""
        self._entries = dict(own)
        self._ids = {entry: pk for pk, entry in own.items()}
        # what asks for what, and what people call it
        self._asked: dict[Entry, list[int]] = {}
        self._titles: dict[int, str] = {}

    def load(self, entries: Collection[Entry], explain: Explain) -> None:
        """Read what is asked for, then what that asks for, and so on: some queries a storey."""
        known = self.vocabulary.including
        if known is None or known.include is None:
            return
        storey: Collection[Entry] = entries
        for _ in range(MAX_HEIGHT + 1):
            if not any(True for _ in claims_of(storey, self.field)):
                return
            explain(known, storey)
            self._note(storey)
            asked = {pk for entry in storey for pk in self._asked.get(entry, ())}
            texts = known.include(sorted(asked - self._entries.keys()))
            new = {
                pk: Entry(read(one.text, self.vocabulary), one.names) for pk, one in texts.items()
            }
            self._entries |= new
            self._ids |= {entry: pk for pk, entry in new.items()}
            storey = list(new.values())

    def every(self, entries: Collection[Entry]) -> list[Entry]:
        return list(dict.fromkeys([*entries, *self._entries.values()]))

    def in_order(self, entries: Collection[Entry]) -> Iterator[Entry]:
        """Go through all so that what is asked for comes before what asks for it."""
        seen: set[Entry] = set()
        for first in self.every(entries):
            if first in seen:
                continue
            seen.add(first)
            way = [(first, self._inner(first))]
            while way:
                entry, inner = way[-1]
                following = next((one for one in inner if one not in seen), None)
                if following is None:
                    way.pop()
                    yield entry
                else:
                    seen.add(following)
                    way.append((following, self._inner(following)))

    def include(self, entry: Entry, meaning: Meaning) -> Meaning | Problem:
        """Put the expression that is asked for into the meaning, or say why that can't be."""
        pk = meaning.rows[0].pk
        inner, own = self._entries.get(pk), self._ids.get(entry)
        if inner is None:
            return _too_high()
        way = self._way(pk, own) if own is not None else []
        if way:
            return Problem("audience_cycle", self._in_words(way), gettext("Leave one of them out."))
        if inner.expression is None:
            trouble = min(inner.draft.errors).message if inner.draft.errors else ""
            message = gettext("The audience “{name}” can’t be read: {trouble}").format(
                name=meaning.name, trouble=trouble
            )
            return Problem("unreadable_audience", message, gettext("Put that one right first."))
        entry.height = max(entry.height, inner.height + 1)
        if entry.height > MAX_HEIGHT:
            return _too_high()
        return replace(meaning, value=Included(pk, inner.expression))

    def measure(self, entry: Entry, expression: Expression) -> bool:
        """Count terms and depth with all that is asked for; False, with a fault, for too many."""
        entry.terms, entry.depth = self._size(expression)
        whole = 0, len(entry.draft.text)
        if entry.terms > MAX_TERMS:
            message = gettext(
                "With the audiences that it asks for, this has {terms} terms; {MAX_TERMS} are read."
            ).format(terms=entry.terms, MAX_TERMS=MAX_TERMS)
            hint = gettext("Ask for fewer audiences.")
            entry.draft.fault(*whole, "too_many_terms", message, hint)
        elif entry.height and entry.depth > MAX_DEPTH:
            message = gettext(
                "With the audiences that it asks for, this is nested more than {MAX_DEPTH} deep."
            ).format(MAX_DEPTH=MAX_DEPTH)
            hint = gettext("Ask for fewer audiences.")
            entry.draft.fault(*whole, "too_deep", message, hint)
        return not entry.draft.errors

    def _size(self, expression: Expression) -> tuple[int, int]:
        if isinstance(expression, Term):
            if isinstance(expression.value, Included):
                inner = self._entries[expression.value.audience]
                return inner.terms, inner.depth
            return 1, 0
        if isinstance(expression, Not):
            terms, depth = self._size(expression.operand)
            return terms, depth + 1
        sizes = [self._size(operand) for operand in expression.operands]
        return sum(terms for terms, _ in sizes), 1 + max(depth for _, depth in sizes)

    def _note(self, entries: Collection[Entry]) -> None:
        for entry, start, _ in claims_of(entries, self.field):
            meaning = entry.meanings[start]
            if isinstance(meaning, Meaning):
                self._titles[meaning.rows[0].pk] = meaning.name
                self._asked.setdefault(entry, []).append(meaning.rows[0].pk)

    def _inner(self, entry: Entry) -> Iterator[Entry]:
        return iter([self._entries[pk] for pk in self._asked.get(entry, ()) if pk in self._entries])

    def _way(self, start: int, end: int) -> list[int]:
        """Find a shortest way by what asks for what; empty when there is none."""
        ways = deque([[start]])
        seen = {start}
        while ways:
            way = ways.popleft()
            if way[-1] == end:
                return way
            entry = self._entries.get(way[-1])
            for pk in self._asked.get(entry, ()) if entry else ():
                if pk not in seen:
                    seen.add(pk)
                    ways.append([*way, pk])
        return []

    def _in_words(self, way: list[int]) -> str:
        names = [self._titles[pk] for pk in (way[-1], *way)]
        if len(names) == 2:
            return gettext("“{name}” asks for itself.").format(name=names[0])
        words = gettext("“{first}” asks for “{second}”").format(first=names[0], second=names[1])
        rest = [gettext(", which asks for “{name}”").format(name=name) for name in names[2:]]
        return gettext("{chain}: it would go round for ever.").format(chain=words + "".join(rest))


def _too_high() -> Problem:
    message = gettext("These are more than {MAX_HEIGHT} audiences, one within the other.").format(
        MAX_HEIGHT=MAX_HEIGHT
    )
    return Problem("too_deep", message, gettext("Ask for the inner ones directly."))
