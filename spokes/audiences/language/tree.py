"""The tree of an expression. Positions say where it stood in the text; equality ignores them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import TypeAlias

# what a term asks for: a canonical word, the ids of the rows that its name names, numbers,
# beginnings of names, or another audience
Value: TypeAlias = "str | frozenset[int] | Range | Prefix | Included"


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from ``least`` to ``most``, both among them; None leaves that side open."""

    least: int | None = None
    most: int | None = None

    def __contains__(self, number: int) -> bool:
        above = self.least is None or number >= self.least
        return above and (self.most is None or number <= self.most)


@dataclass(frozen=True, slots=True)
class Prefix:
    """All names whose key starts with this one, also those that come later."""

    key: str


@dataclass(frozen=True, slots=True)
class Included:
    """Another audience by its id, and what it asks for now."""

    audience: int
    expression: Expression


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


def whole(expression: Expression) -> Expression:
    """Put in the place of every audience what it asks for."""
    if isinstance(expression, Term):
        inner = expression.value
        return whole(inner.expression) if isinstance(inner, Included) else expression
    if isinstance(expression, Not):
        return replace(expression, operand=whole(expression.operand))
    operands = tuple([whole(operand) for operand in expression.operands])
    return replace(expression, operands=operands)


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
