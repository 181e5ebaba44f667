"""Why an expression holds for a post or not: every term with the fact behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext

from content.catalogue.models import GenreEdge
from spokes.audiences.facts import PostFacts
from spokes.audiences.language import And, Expression, Not, Or, Term, format_expression, predicate
from spokes.audiences.language.tree import ids_of
from spokes.audiences.language.vocabulary import Test

# facts named in one reason; the parts have them all
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One node of an expression: ``text`` is AND, OR, NOT or the term; ``fact`` only for a term."""

    text: str
    holds: bool
    fact: str = ""
    parts: tuple[Part, ...] = ()

    def decisive_facts(self) -> Iterator[str]:
        """Name what decided: one way to a yes of OR or a no of AND would do, else all count."""
        if not self.parts:
            yield self.fact
        elif self.text == "OR" and self.holds:
            yield from next(part for part in self.parts if part.holds).decisive_facts()
        else:
            for part in self.parts:
                if self.text == "NOT" or part.holds == self.holds:
                    yield from part.decisive_facts()

    def reason(self) -> str:
        facts = list(dict.fromkeys(self.decisive_facts()))
        more = f"; and {len(facts) - SHOWN} more" if len(facts) > SHOWN else ""
        return "; ".join(facts[:SHOWN]) + more

    def as_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "holds": self.holds,
            "fact": self.fact,
            "parts": [part.as_dict() for part in self.parts],
        }


class GenreTree:
    """The ways up from a genre; one query, made when the first one is asked for."""

    @cached_property
    def parents(self) -> Mapping[int, Mapping[int, str]]:
        parents: dict[int, dict[int, str]] = {}
        for child, parent, name in GenreEdge.objects.values_list(
            "child_id", "parent_id", "parent__name"
        ):
            parents.setdefault(child, {})[parent] = name
        return parents

    def between(self, below: int, above: frozenset[int]) -> list[str]:
        """Name the genres on a shortest way up, without its two ends."""
        ways: deque[tuple[int, list[str]]] = deque([(below, [])])
        seen = {below}
        while ways:
            genre, names = ways.popleft()
            for parent, name in self.parents.get(genre, {}).items():
                if parent in above:
                    return names
                if parent not in seen:
                    seen.add(parent)
                    ways.append((parent, [*names, name]))
        return []


def explain(expression: Expression, facts: PostFacts, tree: GenreTree) -> Part:
    match expression:
        case Term():
            text, test = _compiled(expression)
            holds = test(facts)
            return Part(text, holds, _fact(expression, facts, tree, holds))
        case Not(operand):
            part = explain(operand, facts, tree)
            return Part("NOT", not part.holds, parts=(part,))
        case And(operands):
            parts = tuple(explain(operand, facts, tree) for operand in operands)
            return Part("AND", all(part.holds for part in parts), parts=parts)
        case Or(operands):
            parts = tuple(explain(operand, facts, tree) for operand in operands)
            return Part("OR", any(part.holds for part in parts), parts=parts)


@lru_cache(maxsize=2048)
def _compiled(term: Term) -> tuple[str, Test[PostFacts]]:
    return format_expression(term), predicate(term)


def _fact(term: Term, facts: PostFacts, tree: GenreTree, holds: bool) -> str:
    if term.field == "genre":
        return _genre_fact(term, facts, tree, holds)
    return TELLERS[term.field](term, facts, holds)


def _genre_fact(term: Term, facts: PostFacts, tree: GenreTree, holds: bool) -> str:
    names = facts.names.genres
    wanted = ids_of(term.value)
    if not holds:
        has = _listed(names.get(genre, "?") for genre in facts.direct_genres)
        return gettext("no genre of it is {name} or below (it has: {has})").format(
            name=term.name, has=has
        )
    if wanted & facts.direct_genres:
        return gettext("genre: {name}").format(name=term.name)
    ways = [
        (tree.between(genre, wanted), names.get(genre, "?"))
        for genre, above in facts.lineage.items()
        if wanted & above
    ]
    between, name = min(ways, key=lambda way: (len(way[0]), way[1]))
    by_way = (
        gettext(", by way of {genres}").format(genres=get_text_list(between, gettext("and")))
        if between
        else ""
    )
    return gettext("genre: {genre} is below {above}{by_way}").format(
        genre=name, above=term.name, by_way=by_way
    )


def _tag_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    has = _listed(facts.names.tags.values())
    return (
        gettext("tag: {name}").format(name=term.name)
        if holds
        else gettext("it is not tagged {name} (it has: {has})").format(name=term.name, has=has)
    )


def _artist_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    has = _listed(facts.names.artists.values())
    return (
        gettext("artist: {name}").format(name=term.name)
        if holds
        else gettext("it is not about {name} (artists: {has})").format(name=term.name, has=has)
    )


def _kind_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    return (
        gettext("kind: {name}").format(name=term.name)
        if holds
        else gettext("its kind is {kind}, not {name}").format(kind=facts.kind, name=term.name)
    )


def _lang_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    return (
        gettext("language: {lang}").format(lang=facts.lang)
        if holds
        else gettext("its language is {lang}, not {name}").format(lang=facts.lang, name=term.name)
    )


def _market_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    if not facts.markets:
        return gettext("market: it is for everywhere")
    only = _listed(facts.markets)
    return (
        gettext("market: {name}").format(name=term.name)
        if holds
        else gettext("it is not for {name} (only for: {only})").format(name=term.name, only=only)
    )


def _explicit_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    return gettext("it is explicit") if facts.explicit else gettext("it is not explicit")


TELLERS: Mapping[str, Callable[[Term, PostFacts, bool], str]] = {
    "tag": _tag_fact,
    "artist": _artist_fact,
    "kind": _kind_fact,
    "lang": _lang_fact,
    "market": _market_fact,
    "explicit": _explicit_fact,
}


def _listed(names: Collection[str] | Iterator[str]) -> str:
    return ", ".join(sorted(names)) or "none"
