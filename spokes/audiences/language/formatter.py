from __future__ import annotations

from spokes.audiences.language.lexer import quote
from spokes.audiences.language.tree import And, Expression, Not, Or, Term


def format_expression(expression: Expression) -> str:
    """Write the canonical text: one space between words, no parentheses but those that count."""
    match expression:
        case Term(field, text):
            return f"{field}:{quote(text)}"
        case Not(operand):
            return f"NOT {_inside(operand)}"
        case And(operands):
            return " AND ".join(map(_inside, operands))
        case Or(operands):
            return " OR ".join(map(_inside, operands))


def _inside(expression: Expression) -> str:
    text = format_expression(expression)
    return f"({text})" if isinstance(expression, And | Or) else text
