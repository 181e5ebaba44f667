"""The back end for the database: a tree becomes one ``Q`` of subqueries, without joins.

SQLite's own parser holds 100 open symbols, which some twenty nested parentheses use up. So a deep
tree is written as a flat list of cases along its heaviest branch: each branch left aside has at
most half of the terms, and 400 terms nest nine times at most.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import BooleanField, Case, Q, Value, When

from spokes.audiences.language.tree import And, Expression, Not, Or, Term
from spokes.audiences.language.vocabulary import Facts, Vocabulary

SHALLOW = 5


def build_query(expression: Expression, vocabulary: Vocabulary[Facts]) -> Q:
    if _depth(expression) > SHALLOW:
        return _cases(expression, vocabulary)
    match expression:
        case Term(field, _, value):
            return vocabulary[field].condition(value)
        case Not(operand):
            return ~build_query(operand, vocabulary)
        case And(operands) | Or(operands):
            return _joined(expression, operands, vocabulary)


def _joined(parent: And | Or, operands: Sequence[Expression], vocabulary: Vocabulary[Facts]) -> Q:
    connector = Q.AND if isinstance(parent, And) else Q.OR
    return Q(*(build_query(operand, vocabulary) for operand in operands), _connector=connector)


def _cases(expression: Expression, vocabulary: Vocabulary[Facts]) -> Q:
    """Decide by the light branches first, in the order of the way down the heavy one."""
    cases: list[When] = []
    outcome = True
    while not isinstance(expression, Term):
        if isinstance(expression, Not):
            outcome = not outcome
            expression = expression.operand
            continue
        *light, heavy = sorted(expression.operands, key=_terms)
        decides = _joined(expression, light, vocabulary)
        if isinstance(expression, And):
            cases.append(When(~decides, then=Value(not outcome)))
        else:
            cases.append(When(decides, then=Value(outcome)))
        expression = heavy
    cases.append(When(build_query(expression, vocabulary), then=Value(outcome)))
    return Q(Case(*cases, default=Value(not outcome), output_field=BooleanField()))


def _depth(expression: Expression) -> int:
    match expression:
        case Term():
            return 1
        case Not(operand):
            return 1 + _depth(operand)
        case And(operands) | Or(operands):
            return 1 + max(map(_depth, operands))


def _terms(expression: Expression) -> int:
    match expression:
        case Term():
            return 1
        case Not(operand):
            return _terms(operand)
        case And(operands) | Or(operands):
            return sum(map(_terms, operands))
