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
    """``text`` is the field that is left out: that of a list, or of words that stand alone.

    Nothing here recurses: a tree may be deeper than the frames that are left.
    """
    pieces: list[str] = []
    # what is still to be written, the next one last; a group within another needs parentheses
    left: list[str | tuple[Expression, str, bool]] = [(expression, text, False)]
    while left:
        piece = left.pop()
        if isinstance(piece, str):
            pieces.append(piece)
            continue
        node, field, within = piece
        if isinstance(node, Term):
            pieces.append(_term(node, field))
        elif isinstance(node, Not):
            pieces.append("NOT ")
            left.append((node.operand, field, True))
        else:
            left += _group(node, field, within=within)
    return "".join(pieces)


def _group(
    group: And | Or, field: str, *, within: bool
) -> list[str | tuple[Expression, str, bool]]:
    """Give what the group is written of, in reverse."""
    common = _common_field(group)
    begin, end = ("(", ")") if within else ("", "")
    if common and common != field:
        begin, end, field = f"{common}:(", ")", common
    operator = " AND " if isinstance(group, And) else " OR "
    pieces: list[str | tuple[Expression, str, bool]] = [end]
    for operand in reversed(group.operands):
        pieces += [(operand, field, True), operator]
    return [*pieces[:-1], begin]


def _term(term: Term, field: str) -> str:
    value = _value(term)
    if term.field != field:
        return f"{term.field}:{value}"
    # where a word stands alone, this one would join its neighbours
    return f'"{value}"' if value.upper() in OPERATORS else value


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
