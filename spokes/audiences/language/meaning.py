"""From drafts to expressions: the values of many texts are explained together.

What is typed is read by name. What was saved comes with the rows that its values named then, and
follows them through renamings and merges; only what is gone is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext

from spokes.audiences.language.entries import Entry, claims_of
from spokes.audiences.language.errors import ExpressionError, ExpressionErrors
from spokes.audiences.language.inclusions import Inclusions
from spokes.audiences.language.parser import read
from spokes.audiences.language.reader import Claim
from spokes.audiences.language.shown import shown_texts
from spokes.audiences.language.tree import Expression, Not, Or, Term, holds_on_nothing
from spokes.audiences.language.vocabulary import (
    Field,
    Meaning,
    Named,
    Names,
    Problem,
    Vocabulary,
    Written,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text comes to: its expression, or else all its errors.

    ``names`` are the rows that its values name, to be kept with the text; ``text`` is the text
    with the names that these rows have now.
    """

    text: str
    expression: Expression | None = None
    errors: tuple[ExpressionError, ...] = ()
    names: Names = field(default_factory=dict)

    def result(self) -> Expression | ExpressionErrors:
        return self.expression or ExpressionErrors(self.errors)


def parse_all(
    texts: Iterable[str], vocabulary: Vocabulary[Any]
) -> dict[str, Expression | ExpressionErrors]:
    """Read every text; the number of queries does not grow with the texts."""
    once = list(dict.fromkeys(texts))
    readings = read_all([Written(text) for text in once], vocabulary)
    return {text: reading.result() for text, reading in zip(once, readings, strict=True)}


def read_all(
    written: Sequence[Written],
    vocabulary: Vocabulary[Any],
    *,
    own: Sequence[int] = (),
    names_now: bool = False,
) -> list[Reading]:
    """Read every text, in the order given.

    ``own`` are the ids of the rows whose expressions these are, so that none asks for itself.
    With ``names_now``, the text of each reading has the names of today, which costs more queries.
    """
    entries = [Entry(read(one.text, vocabulary), one.names) for one in written]
    inclusions = Inclusions(vocabulary, dict(zip(own, entries, strict=False)))
    inclusions.load(entries, explain)
    for known in vocabulary:
        if known is not vocabulary.including:
            explain(known, inclusions.every(entries))
    for entry in inclusions.in_order(entries):
        _settle(entry, inclusions)
    texts = shown_texts(entries, vocabulary) if names_now else [one.text for one in written]
    return [
        Reading(text, entry.expression, tuple(sorted(set(entry.draft.errors))), entry.names())
        for entry, text in zip(entries, texts, strict=True)
    ]


def explain(known: Field[Any], entries: Collection[Entry]) -> None:
    """Say what the values of one field mean, in all the entries together."""
    texts: dict[str, None] = {}
    rows: dict[Named, None] = {}
    for entry, _, claim in claims_of(entries, known.name):
        if known.follow and (bound := entry.bound(claim)):
            rows |= dict.fromkeys(bound)
        else:
            texts[claim.text] = None
    read_now = known.read(list(texts)) if texts else {}
    followed = known.follow(list(rows)) if known.follow and rows else {}
    for entry, start, claim in claims_of(entries, known.name):
        bound = entry.bound(claim) if known.follow else ()
        if bound:
            entry.meanings[start] = _followed(known, claim, bound, followed)
        else:
            entry.meanings[start] = read_now[claim.text]


def _followed(
    known: Field[Any], claim: Claim, bound: Collection[Named], followed: Mapping[Named, Named]
) -> Meaning | Problem:
    rows = tuple(dict.fromkeys(followed[row] for row in bound if row in followed))
    if not rows:
        return known.gone(next(iter(bound)).name)
    return Meaning(frozenset(row.pk for row in rows), claim.text, rows[0].name, rows)


def _settle(entry: Entry, inclusions: Inclusions) -> None:
    draft = entry.draft
    for start, claim in draft.claims.items():
        meaning = entry.meanings[start]
        if isinstance(meaning, Meaning) and claim.field == inclusions.field:
            meaning = entry.meanings[start] = inclusions.include(entry, meaning)
        if isinstance(meaning, Problem):
            draft.fault(claim.start, claim.end, meaning.code, meaning.message, meaning.hint)
    if draft.errors:
        return
    if holds_on_nothing(draft.tree):
        message, hint = _only_negative(draft.tree)
        draft.fault(0, len(draft.text), "only_negative", message, hint)
        return
    bound = _bound(draft.tree, entry.meanings)
    if inclusions.measure(entry, bound):
        entry.expression = bound


def _only_negative(tree: Expression) -> tuple[str, str]:
    """Say what is wrong, and what would be right."""
    hint = gettext("Say first what it shall be: genre:hip-hop AND NOT explicit:yes.")
    if isinstance(tree, Or):
        words = gettext(
            "One side of this OR only says what a post must not be: nearly every post would do."
        )
        return words, hint
    return gettext("This only says what a post must not be."), hint


def _bound(expression: Expression, meanings: Mapping[int, Meaning | Problem]) -> Expression:
    if isinstance(expression, Term):
        meaning = meanings[expression.start]
        assert isinstance(meaning, Meaning)  # noqa: S101  # problems ended in errors above
        return replace(expression, text=meaning.text, value=meaning.value, name=meaning.name)
    if isinstance(expression, Not):
        return replace(expression, operand=_bound(expression.operand, meanings))
    operands = tuple([_bound(operand, meanings) for operand in expression.operands])
    return replace(expression, operands=operands)
