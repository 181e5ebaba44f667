"""Facts by which an expression is found: where it holds, the post has at least one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from content.editorial.models import PostPriority
from spokes.audiences.facts import PostFacts
from spokes.audiences.language import And, Expression, Not, Or, Term
from spokes.audiences.language.tree import Included, Prefix, Range, Value

# a field and one value of it, as a post has it
Anchor: TypeAlias = tuple[str, int | str]
Anchors: TypeAlias = frozenset[Anchor]

# how often a post has one fact of this field, roughly: of two ways the rarer is taken. Only the
# speed hangs on it
COMMONNESS: Mapping[str, float] = {
    "artist": 0.002,
    "tag": 0.02,
    "tag*": 0.05,
    "genre": 0.06,
    "year": 0.1,
    "kind": 0.17,
    "priority": 0.3,
    "lang": 0.5,
    "market": 0.5,
    "explicit": 0.5,
}
PRIORITIES = (min(PostPriority.values), max(PostPriority.values))
# a wider range names too many facts
WIDEST = 40
# what a post without markets has: it is for every one
EVERYWHERE = ""
# further down nothing is looked for: what has no anchors is asked of every post, and that is right
DEEPEST = 40


class Grip(NamedTuple):
    """The anchors of an expression; ``sure`` when one of them is all that it asks for."""

    anchors: Anchors
    sure: bool

    @property
    def commonness(self) -> float:
        return sum(COMMONNESS[field] for field, _ in self.anchors)


def anchors_of(facts: PostFacts) -> Iterator[Anchor]:
    """Name all that a post may be found by."""
    for genre in facts.genres:
        yield "genre", genre
    for tag in facts.tags:
        yield "tag", tag
    for artist in facts.artists:
        yield "artist", artist
    for key in facts.tag_keys:
        for end in range(1, len(key) + 1):
            yield "tag*", key[:end]
    for market in facts.markets or (EVERYWHERE,):
        yield "market", market
    parts = facts.lang.lower().split("-")
    for end in range(1, len(parts) + 1):
        yield "lang", "-".join(parts[:end])
    yield "kind", facts.kind
    yield "explicit", _yes_or_no(facts.explicit)
    yield "priority", facts.priority
    if facts.year is not None:
        yield "year", facts.year


def grip(expression: Expression, depth: int = 0) -> Grip | None:
    """Find the rarest anchors of an expression; None when it may hold without any."""
    if depth > DEEPEST:
        return None
    match expression:
        case Term():
            return _of_term(expression, depth)
        case Not(operand):
            return _of_negation(operand, depth)
        case And(operands):
            grips = [found for operand in operands if (found := grip(operand, depth + 1))]
            rarest = min(grips, key=lambda found: found.commonness, default=None)
            return rarest and Grip(rarest.anchors, sure=False)
        case Or(operands):
            return _of_any(operands, depth)


def _of_any(operands: tuple[Expression, ...], depth: int) -> Grip | None:
    known: list[Grip] = []
    for operand in operands:
        found = grip(operand, depth + 1)
        if found is None:
            return None
        known.append(found)
    anchors: Anchors = frozenset().union(*(found.anchors for found in known))
    return Grip(anchors, all(found.sure for found in known))


def _of_negation(operand: Expression, depth: int) -> Grip | None:
    match operand:
        case Not(inner):
            return grip(inner, depth + 2)
        case Term("explicit", _, str(value)):
            return Grip(frozenset({("explicit", _yes_or_no(value != "yes"))}), sure=True)
    return None


def _of_term(term: Term, depth: int) -> Grip | None:
    if isinstance(term.value, Included):
        return grip(term.value.expression, depth + 1)
    read = READERS.get(term.field)
    anchors = read(term.field, term.value) if read else None
    return None if anchors is None else Grip(anchors, sure=True)


def _rows(field: str, value: Value) -> Anchors | None:
    if isinstance(value, Prefix):
        return frozenset({(f"{field}*", value.key)}) if value.key else None
    return frozenset((field, pk) for pk in value) if isinstance(value, frozenset) else None


def _word(field: str, value: Value) -> Anchors | None:
    return frozenset({(field, value)}) if isinstance(value, str) else None


def _language(field: str, value: Value) -> Anchors | None:
    return frozenset({(field, value.lower())}) if isinstance(value, str) else None


def _market(field: str, value: Value) -> Anchors | None:
    return frozenset({(field, value), (field, EVERYWHERE)}) if isinstance(value, str) else None


def _numbers(field: str, value: Value) -> Anchors | None:
    if not isinstance(value, Range):
        return None
    least, most = value.least, value.most
    if field == "priority":
        least = max(PRIORITIES[0], least if least is not None else PRIORITIES[0])
        most = min(PRIORITIES[1], most if most is not None else PRIORITIES[1])
    if least is None or most is None or most - least >= WIDEST:
        return None
    return frozenset((field, number) for number in range(least, most + 1))


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


READERS: Mapping[str, Callable[[str, Value], Anchors | None]] = {
    "genre": _rows,
    "tag": _rows,
    "artist": _rows,
    "kind": _word,
    "explicit": _word,
    "lang": _language,
    "market": _market,
    "year": _numbers,
    "priority": _numbers,
}
