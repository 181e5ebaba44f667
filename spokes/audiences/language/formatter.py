from __future__ import annotations

from typing import Any

from spokes.audiences.language.lexer import OPERATORS, WILDCARD, quote
from spokes.audiences.language.tree import And, Expression, Not, Or, Prefix, Range, Term
from spokes.audiences.language.vocabulary import Vocabulary


def format_expression(expression: Expression, vocabulary: Vocabulary[Any] | None = None) -> str:
    """Write the canonical text: one space between words, no parentheses but those that count.

    A group of values of one field is written as a list: ``genre:(trap OR drill)``.
    """
    return _written(expression, vocabulary.text if vocabulary else "")


def _written(expression: Expression, text: str) -> str:
    """``text`` is the field that is left out: that of a list, or of words that stand alone."""
    if isinstance(expression, Term):
        value = _value(expression)
        if expression.field != text:
            return f"{expression.field}:{value}"
        # where a word stands alone, this one would join its neighbours
        return f'"{value}"' if value.upper() in OPERATORS else value
    if isinstance(expression, Not):
        return f"NOT {_inside(expression.operand, text)}"
    common = _common_field(expression)
    if common and common != text:
        return f"{common}:({_joined(expression, common)})"
    return _joined(expression, text)


def _joined(expression: And | Or, text: str) -> str:
    operator = " AND " if isinstance(expression, And) else " OR "
    return operator.join([_inside(operand, text) for operand in expression.operands])


def _inside(expression: Expression, text: str) -> str:
    written = _written(expression, text)
    if isinstance(expression, And | Or) and _common_field(expression) in {"", text}:
        return f"({written})"
    return written


def _common_field(expression: Expression) -> str:
    """Name the field of all the terms; empty where there are several."""
    fields: set[str] = set()
    inner = [expression]
    while inner and len(fields) < 2:
        node = inner.pop()
        if isinstance(node, Term):
            fields.add(node.field)
        else:
            inner += [node.operand] if isinstance(node, Not) else node.operands
    return fields.pop() if len(fields) == 1 else ""


def _value(term: Term) -> str:
    if isinstance(term.value, Range):
        return term.text
    if isinstance(term.value, Prefix):
        begin = term.text.removesuffix(WILDCARD)
        return begin + WILDCARD if quote(begin) == begin else quote(term.text)
    return quote(term.text)
