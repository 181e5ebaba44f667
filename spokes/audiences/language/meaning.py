"""From drafts to expressions: the values of many texts are explained together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext

from spokes.audiences.language.errors import ExpressionErrors
from spokes.audiences.language.parser import read
from spokes.audiences.language.reader import Draft
from spokes.audiences.language.tree import And, Expression, Not, Or, Term, holds_on_nothing
from spokes.audiences.language.vocabulary import Meaning, Problem, Vocabulary

Meanings = Mapping[tuple[str, str], Meaning | Problem]


def parse_all(
    texts: Iterable[str], vocabulary: Vocabulary[Any]
) -> dict[str, Expression | ExpressionErrors]:
    """Read every text; the number of queries does not grow with the texts."""
    drafts = [read(text, vocabulary) for text in dict.fromkeys(texts)]
    meanings = _explain(drafts, vocabulary)
    return {draft.text: _settle(draft, meanings) for draft in drafts}


def _explain(drafts: Iterable[Draft], vocabulary: Vocabulary[Any]) -> Meanings:
    values: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for draft in drafts:
        for claim in draft.claims.values():
            values[claim.field][claim.text] = None
    return {
        (field, text): meaning
        for field, texts in values.items()
        for text, meaning in vocabulary[field].read(list(texts)).items()
    }


def _settle(draft: Draft, meanings: Meanings) -> Expression | ExpressionErrors:
    for claim in draft.claims.values():
        meaning = meanings[claim.field, claim.text]
        if isinstance(meaning, Problem):
            draft.fault(claim.start, claim.end, meaning.code, meaning.message, meaning.hint)
    if draft.errors:
        return ExpressionErrors(draft.errors)
    if holds_on_nothing(draft.tree):
        message = gettext("This only says what a post must not be.")
        hint = gettext("Say first what it shall be: genre:hip-hop AND NOT explicit:yes.")
        draft.fault(0, len(draft.text), "only_negative", message, hint)
        return ExpressionErrors(draft.errors)
    return _bound(draft.tree, meanings)


def _bound(expression: Expression, meanings: Meanings) -> Expression:
    match expression:
        case Term(field, text):
            meaning = meanings[field, text]
            assert isinstance(meaning, Meaning)  # noqa: S101  # problems ended in errors above
            return replace(expression, text=meaning.text, value=meaning.value, name=meaning.name)
        case Not(operand):
            return replace(expression, operand=_bound(operand, meanings))
        case And(operands) | Or(operands):
            bound = tuple(_bound(operand, meanings) for operand in operands)
            return replace(expression, operands=bound)
