"""Why an expression holds for a post or not: every term with the fact behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext

from content.catalogue.models import GenreEdge
from content.editorial.models import PostGenre
from content.editorial.shares import in_percent
from spokes.audiences.facts import PostFacts
from spokes.audiences.language import And, Expression, Not, Or, Term, format_expression, predicate
from spokes.audiences.language.tree import Included, ids_of
from spokes.audiences.language.vocabulary import Test

# facts named in one reason; the parts have them all
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One node of an expression: ``text`` is AND, OR, NOT or the term.

    ``field`` and ``fact`` are a term's; a term that asks for another audience has parts of its own.
    """

    text: str
    holds: bool
    fact: str = ""
    parts: tuple[Part, ...] = ()
    field: str = ""

    def decisive(self) -> Iterator[Part]:
        """Name the terms that decided: one way to a yes of OR or a no of AND would do, else all."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if not part.parts:
                yield part
            elif part.text == "OR" and part.holds:
                waiting.append(next(inner for inner in part.parts if inner.holds))
            else:
                waiting += [
                    inner
                    for inner in reversed(part.parts)
                    if part.text == "NOT" or inner.holds == part.holds
                ]

    def reason(self) -> str:
        facts = list(dict.fromkeys(part.fact for part in self.decisive()))
        if len(facts) <= SHOWN:
            return "; ".join(facts)
        more = ngettext("and {number} more", "and {number} more", len(facts) - SHOWN)
        return "; ".join([*facts[:SHOWN], more.format(number=len(facts) - SHOWN)])

    def levels(self) -> Iterator[tuple[int, Part]]:
        """List all parts as they stand, each with how deep it stands."""
        waiting = [(0, self)]
        while waiting:
            depth, part = waiting.pop()
            yield depth, part
            waiting += [(depth + 1, inner) for inner in reversed(part.parts)]

    def as_dict(self) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        waiting = [(self, whole)]
        while waiting:
            part, told = waiting.pop()
            inner: list[dict[str, Any]] = [{} for _ in part.parts]
            told.update(text=part.text, holds=part.holds, fact=part.fact, parts=inner)
            if part.field:
                told["field"] = part.field
            waiting.extend(zip(part.parts, inner, strict=True))
        return whole


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
    """Say of every node whether it holds, of every term why; however deep they are nested."""
    done: list[Part] = []
    waiting: list[tuple[Expression, bool]] = [(expression, False)]
    while waiting:
        node, seen = waiting.pop()
        operands = _operands(node)
        if not operands:
            done.append(_leaf(node, facts, tree))
        elif not seen:
            waiting.append((node, True))
            waiting += [(operand, False) for operand in reversed(operands)]
        else:
            parts = tuple(done[-len(operands) :])
            del done[-len(operands) :]
            done.append(_joined(node, parts, facts))
    return done[0]


def _operands(node: Expression) -> tuple[Expression, ...]:
    match node:
        case Term(value=Included(expression=inner)):
            return (inner,)
        case Not(operand):
            return (operand,)
        case And(operands) | Or(operands):
            return operands
    return ()


def _leaf(node: Expression, facts: PostFacts, tree: GenreTree) -> Part:
    assert isinstance(node, Term)  # noqa: S101  # all others have operands
    text, test = _compiled(node)
    holds = test(facts)
    return Part(text, holds, _fact(node, facts, tree, holds), field=node.field)


def _joined(node: Expression, parts: tuple[Part, ...], facts: PostFacts) -> Part:
    match node:
        case Not():
            return Part("NOT", not parts[0].holds, parts=parts)
        case And():
            return Part("AND", all(part.holds for part in parts), parts=parts)
        case Or():
            return Part("OR", any(part.holds for part in parts), parts=parts)
        case Term():
            holds = parts[0].holds
            fact = TELLERS[node.field](node, facts, holds)
            return Part(format_expression(node), holds, fact, parts, node.field)


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
        has = _listed(_with_share(genre, facts) for genre in facts.direct_genres)
        return gettext("no genre of it is {name} or below (it has: {has})").format(
            name=term.name, has=has
        )
    if same := wanted & facts.direct_genres:
        return gettext("genre: {name}").format(name=term.name) + _set_share(min(same), facts)
    ways = [
        (tree.between(genre, wanted), names.get(genre, "?"), genre)
        for genre, above in facts.lineage.items()
        if wanted & above
    ]
    between, name, below = min(ways, key=lambda way: (len(way[0]), way[1]))
    by_way = (
        gettext(", by way of {genres}").format(genres=get_text_list(between, gettext("and")))
        if between
        else ""
    )
    return gettext("genre: {genre} is below {above}{by_way}").format(
        genre=name, above=term.name, by_way=by_way
    ) + _set_share(below, facts)


def _set_share(genre: int, facts: PostFacts) -> str:
    """Say how much of the post the genre is, where an editor set that."""
    if not facts.has_set_shares:
        return ""
    who = PostGenre.Source(facts.sources[genre]).label
    return f" ({who}: {in_percent(facts.shares[genre])})"


def _with_share(genre: int, facts: PostFacts) -> str:
    name = facts.names.genres.get(genre, "?")
    return f"{name} {in_percent(facts.shares[genre])}" if facts.has_set_shares else name


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


def _year_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    if facts.year is None:
        return gettext("it is about no year")
    return (
        gettext("year: {year}").format(year=facts.year)
        if holds
        else gettext("its year is {year}, not {name}").format(year=facts.year, name=term.name)
    )


def _priority_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    return (
        gettext("priority: {priority}").format(priority=facts.priority)
        if holds
        else gettext("its priority is {priority}, not {name}").format(
            priority=facts.priority, name=term.name
        )
    )


def _audience_fact(term: Term, facts: PostFacts, holds: bool) -> str:
    return (
        gettext("it is for “{name}”").format(name=term.name)
        if holds
        else gettext("it is not for “{name}”").format(name=term.name)
    )


TELLERS: Mapping[str, Callable[[Term, PostFacts, bool], str]] = {
    "tag": _tag_fact,
    "artist": _artist_fact,
    "kind": _kind_fact,
    "lang": _lang_fact,
    "market": _market_fact,
    "explicit": _explicit_fact,
    "year": _year_fact,
    "priority": _priority_fact,
    "audience": _audience_fact,
}


def _listed(names: Collection[str] | Iterator[str]) -> str:
    return ", ".join(sorted(names)) or "none"
