"""How near a post comes to being taken."""

from __future__ import annotations

from collections.abc import Iterator

from spokes.audiences.facts import PostFacts
from spokes.audiences.language import And, Expression, Included, Not, Or, Term, predicate
from spokes.audiences.language.vocabulary import Test

# a term's test, or a node and over how many of those before it it stands
Step = tuple[Test[PostFacts] | None, Expression, int]


class Distance:
    """Count the fewest terms that would have to be otherwise for the expression to hold.

    It is worked off as a flat list of steps: expressions may be nested very deep.
    """

    def __init__(self, expression: Expression) -> None:
        self._steps = list(reversed(list(_steps(expression))))

    def __call__(self, facts: PostFacts) -> int:
        # of each part: the changes to a yes, and to a no
        done: list[tuple[int, int]] = []
        for test, node, number in self._steps:
            if test is not None:
                done.append((0, 1) if test(facts) else (1, 0))
                continue
            inner = done[-number:]
            del done[-number:]
            to_yes, to_no = [yes for yes, _ in inner], [no for _, no in inner]
            if isinstance(node, Not):
                done.append((to_no[0], to_yes[0]))
            elif isinstance(node, And):
                done.append((sum(to_yes), min(to_no)))
            else:
                done.append((min(to_yes), sum(to_no)))
        return done[0][0]


def _steps(expression: Expression) -> Iterator[Step]:
    """Give each node before what is below it."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        match node:
            case Term(value=Included(expression=inner)):
                waiting.append(inner)
            case Term():
                yield predicate(node), node, 0
            case Not(operand):
                yield None, node, 1
                waiting.append(operand)
            case And(operands) | Or(operands):
                yield None, node, len(operands)
                waiting.extend(operands)
