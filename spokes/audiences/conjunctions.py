"""An expression as few conjunctions: facts that a post needs, facts that rule it out, the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spokes.audiences.anchors import Anchors, Grip, grip
from spokes.audiences.language import And, Expression, Not, Or

# of the facts that must hold together, so many are looked at in the index, the rarest
CLAUSES = 6
# an expression of more alternatives stays one: it is found by its anchors and then asked itself
ALTERNATIVES = 8


@dataclass(frozen=True, slots=True)
class Conjunction:
    """It holds where every clause has one of the post's facts, ``without`` none, and ``left`` too.

    The clauses stand by rarity; ``left`` is None where they and ``without`` say it all.
    """

    clauses: tuple[Anchors, ...] = ()
    without: Anchors = frozenset()
    left: Expression | None = None


def conjunctions_of(expression: Expression) -> list[Conjunction]:
    """Divide it into conjunctions of which at least one holds wherever it does, and only there."""
    found = grip(expression)
    if found and found.sure:
        return [Conjunction((found.anchors,))]
    alternatives = list(_alternatives(expression))
    if len(alternatives) > ALTERNATIVES:
        return [Conjunction((found.anchors,) if found else (), left=expression)]
    return [_conjunction(alternative) for alternative in alternatives]


def _alternatives(expression: Expression) -> Iterator[Expression]:
    """Name the branches of OR; those that one fact decides stay together."""
    if not isinstance(expression, Or):
        yield expression
        return
    plain = []
    for operand in expression.operands:
        found = grip(operand)
        if found and found.sure:
            plain.append(operand)
        else:
            yield from _alternatives(operand)
    if plain:
        yield plain[0] if len(plain) == 1 else Or(tuple(plain))


def _conjunction(expression: Expression) -> Conjunction:
    needed: list[tuple[Grip, Expression]] = []
    without: Anchors = frozenset()
    left: list[Expression] = []
    for operand in _operands(expression):
        found = grip(operand)
        ruled_out = grip(operand.operand) if isinstance(operand, Not) else None
        if found:
            needed.append((found, operand))
        elif ruled_out and ruled_out.sure:
            without |= ruled_out.anchors
        else:
            left.append(operand)
    needed.sort(key=lambda pair: pair[0].commonness)
    left += [
        operand
        for place, (found, operand) in enumerate(needed)
        if place >= CLAUSES or not found.sure
    ]
    clauses = tuple(found.anchors for found, _ in needed[:CLAUSES])
    return Conjunction(clauses, without, _joined(left))


def _operands(expression: Expression) -> Iterator[Expression]:
    """Name all that must hold, through nested ANDs and refused ORs."""
    waiting = [expression]
    while waiting:
        match waiting.pop():
            case And(operands):
                waiting.extend(operands)
            case Not(Not(operand)):
                waiting.append(operand)
            case Not(Or(operands)):
                waiting.extend(Not(operand) for operand in operands)
            case operand:
                yield operand


def _joined(operands: list[Expression]) -> Expression | None:
    if len(operands) > 1:
        return And(tuple(operands))
    return operands[0] if operands else None
