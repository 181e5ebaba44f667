"""The back end for facts in memory: a tree becomes nested closures, one frame a level."""

from __future__ import annotations

from collections.abc import Sequence

from spokes.audiences.language.tree import And, Expression, Not, Or, Term
from spokes.audiences.language.vocabulary import Facts, Test, Vocabulary


def compile_predicate(expression: Expression, vocabulary: Vocabulary[Facts]) -> Test[Facts]:
    match expression:
        case Term(field, _, value):
            return vocabulary[field].test(value)
        case Not(operand):
            return _negation(compile_predicate(operand, vocabulary))
        case And(operands):
            return _all_of([compile_predicate(operand, vocabulary) for operand in operands])
        case Or(operands):
            return _any_of([compile_predicate(operand, vocabulary) for operand in operands])


def _negation(test: Test[Facts]) -> Test[Facts]:
    return lambda facts: not test(facts)


def _all_of(tests: Sequence[Test[Facts]]) -> Test[Facts]:
    def holds(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110  # all() costs a generator on every call
            if not test(facts):
                return False
        return True

    return holds


def _any_of(tests: Sequence[Test[Facts]]) -> Test[Facts]:
    def holds(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110  # any() costs a generator on every call
            if test(facts):
                return True
        return False

    return holds
