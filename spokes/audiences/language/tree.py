"""The tree of an expression. Positions say where it stood in the text; equality ignores them."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TypeAlias

# what a term asks for: a canonical word, or the ids of the rows that its name names
Value: TypeAlias = str | frozenset[int]


def ids_of(value: Value) -> frozenset[int]:
    return value if isinstance(value, frozenset) else frozenset()


@dataclass(frozen=True, slots=True)
class Term:
    """``field:text``. ``value`` is what ``text`` means, ``name`` what people call it."""

    field: str
    text: str
    value: Value = ""
    name: str = ""
    start: int = attribute(default=0, compare=False)
    end: int = attribute(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression
    start: int = attribute(default=0, compare=False)
    end: int = attribute(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    operands: tuple[Expression, ...]
    start: int = attribute(default=0, compare=False)
    end: int = attribute(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of two or more."""

    operands: tuple[Expression, ...]
    start: int = attribute(default=0, compare=False)
    end: int = attribute(default=0, compare=False)


Expression: TypeAlias = Term | Not | And | Or


def holds_on_nothing(expression: Expression) -> bool:
    """Tell whether the expression is true where every term is false: it asks only for absence."""
    match expression:
        case Term():
            return False
        case Not(operand):
            return not holds_on_nothing(operand)
        case And(operands):
            return all(holds_on_nothing(operand) for operand in operands)
        case Or(operands):
            return any(holds_on_nothing(operand) for operand in operands)
