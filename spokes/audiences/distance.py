"""How near a post comes to being taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from django.db.models import F

from content.catalogue.closure import chunks
from content.catalogue.models import GenreClosure
from spokes.audiences.facts import PostFacts
from spokes.audiences.language import And, Expression, Included, Not, Or, Range, Term, predicate
from spokes.audiences.language.tree import ids_of
from spokes.audiences.language.vocabulary import Test

# a term's test and how far off a post is, or a node and over how many of those before it it stands
Far = Callable[[PostFacts], float]
Step = tuple[tuple[Test[PostFacts], Far] | None, Expression, int]
# what a whole term counts against how far off it is: all terms of an expression stay below one
MUCH = 1_000
MOST_GENRES = 10_000


class Distance:
    """Count the fewest terms that would have to be otherwise for the expression to hold.

    It is worked off as a flat list of steps: expressions may be nested very deep.
    """

    def __init__(self, expression: Expression) -> None:
        self._steps = list(reversed(list(_steps(expression))))

    def __call__(self, facts: PostFacts) -> int:
        return int(self.exactly(facts))

    def exactly(self, facts: PostFacts) -> float:
        """Count so, and behind the point how far off: a sister genre is nearer than a stranger."""
        # of each part: the changes to a yes, and to a no
        done: list[tuple[float, float]] = []
        for term, node, number in self._steps:
            if term is not None:
                test, far = term
                done.append((0, 1) if test(facts) else (1 + far(facts) / MUCH, 0))
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
    above = _above(expression)
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        match node:
            case Term(value=Included(expression=inner)):
                waiting.append(inner)
            case Term():
                yield (predicate(node), _far(node, above)), node, 0
            case Not(operand):
                yield None, node, 1
                waiting.append(operand)
            case And(operands) | Or(operands):
                yield None, node, len(operands)
                waiting.extend(operands)


def _far(term: Term, above: Mapping[int, frozenset[int]]) -> Far:
    """Make what says how far off a post is for which the term does not hold, 0..1."""
    wanted = term.value
    if term.field == "genre":
        families = [family for one in ids_of(wanted) if (family := above.get(one))]
        return lambda facts: (
            1 - max((len(family & facts.genres) / len(family) for family in families), default=0.0)
        )
    if term.field == "year" and isinstance(wanted, Range):
        ends = [end for end in (wanted.least, wanted.most) if end is not None]

        def years(facts: PostFacts) -> float:
            year = facts.year
            if year is None:
                return 1.0
            return min(1.0, min(abs(year - end) for end in ends) / 100) if ends else 1.0

        return years
    return lambda facts: 1.0


def _above(expression: Expression) -> Mapping[int, frozenset[int]]:
    """Read what stands above each genre that is asked for, itself left out; one query."""
    waiting, wanted = [expression], set[int]()
    while waiting:
        match waiting.pop():
            case Term(value=Included(expression=inner)):
                waiting.append(inner)
            case Term(field="genre", value=value):
                wanted |= ids_of(value)
            case Not(operand):
                waiting.append(operand)
            case And(operands) | Or(operands):
                waiting.extend(operands)
            case _:
                pass
    above: defaultdict[int, set[int]] = defaultdict(set)
    for some in chunks(list(wanted), MOST_GENRES):
        rows = GenreClosure.objects.filter(descendant__in=some).exclude(ancestor=F("descendant"))
        for genre, ancestor in rows.values_list("descendant_id", "ancestor_id"):
            above[genre].add(ancestor)
    return {genre: frozenset(family) for genre, family in above.items()}
