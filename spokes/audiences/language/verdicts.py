"""What can be said of an expression without a post: parts that never hold, or always do.

Only what is cheap and sure is said: an expression without a warning may still match nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from itertools import combinations

from django.utils.translation import gettext

from content.catalogue.alike import begins_with
from content.catalogue.models import GenreClosure
from content.editorial.models import AudienceTag, PostKind, PostPriority
from spokes.audiences.language.errors import ExpressionError
from spokes.audiences.language.formatter import format_expression
from spokes.audiences.language.tree import (
    And,
    Expression,
    Included,
    Not,
    Or,
    Prefix,
    Range,
    Term,
    ids_of,
)

# the fields of which a post has one value
SINGLE = {"kind", "explicit"}
CHOICES = {"kind": frozenset(PostKind.values), "explicit": frozenset({"yes", "no"})}
PRIORITIES = frozenset(PostPriority.values)
# warnings told of one expression
MOST = 20


class Verdict(Enum):
    OPEN = auto()
    ALWAYS = auto()
    NEVER = auto()


OPPOSITE = {
    Verdict.OPEN: Verdict.OPEN,
    Verdict.ALWAYS: Verdict.NEVER,
    Verdict.NEVER: Verdict.ALWAYS,
}


def warnings_of(expression: Expression, length: int) -> list[ExpressionError]:
    """Say what is hardly meant in an expression of a text of this length.

    One query for its genres, and one for each beginning of tags.
    """
    judge = Judge(_genres_above(expression))
    verdict = judge.verdict(expression)
    judge.missing_tags(expression)
    if verdict is Verdict.NEVER:
        judge.warn(0, length, "matches_nothing", gettext("No post can ever match this."))
    elif verdict is Verdict.ALWAYS:
        judge.warn(0, length, "matches_everything", gettext("Every post matches this."))
    return sorted(set(judge.warnings))[:MOST]


class Judge:
    def __init__(self, above: set[tuple[int, int]]) -> None:
        # pairs of genres: one at or above the other
        self._above = above
        self.warnings: list[ExpressionError] = []

    def warn(self, start: int, end: int, code: str, message: str, hint: str = "") -> None:
        self.warnings.append(ExpressionError(start, end, code, message, hint))

    def missing_tags(self, expression: Expression) -> None:
        wanted = [term for term in _terms(expression) if isinstance(term.value, Prefix)]
        for term in wanted[:MOST]:
            prefix = term.value.key if isinstance(term.value, Prefix) else ""
            if not AudienceTag.objects.filter(begins_with(prefix)).exists():
                message = gettext("No tag begins with “{text}” yet.").format(text=prefix)
                self.warn(term.start, term.end, "no_tag_begins_so", message)

    def verdict(self, expression: Expression) -> Verdict:
        if isinstance(expression, Term):
            return self._of_term(expression)
        if isinstance(expression, Not):
            return OPPOSITE[self.verdict(expression.operand)]
        self._said_twice(expression.operands)
        verdicts = [self.verdict(operand) for operand in expression.operands]
        decisive = Verdict.NEVER if isinstance(expression, And) else Verdict.ALWAYS
        if decisive in verdicts:
            return decisive
        if all(verdict is OPPOSITE[decisive] for verdict in verdicts):
            return OPPOSITE[decisive]
        if isinstance(expression, And):
            contradicts = self._contradiction(expression)
        else:
            contradicts = _exhausts(expression)
        return decisive if contradicts else Verdict.OPEN

    def _of_term(self, term: Term) -> Verdict:
        if isinstance(term.value, Included):
            # its own page says why
            return Judge(self._above).verdict(term.value.expression)
        if term.field == "priority" and isinstance(term.value, Range):
            wanted = term.value
            return Verdict.ALWAYS if all(one in wanted for one in PRIORITIES) else Verdict.OPEN
        return Verdict.OPEN

    def _said_twice(self, operands: Sequence[Expression]) -> None:
        seen: set[Expression] = set()
        for operand in operands:
            # groups are left out: to compare them would take as many frames as they are deep
            if not isinstance(operand, Term):
                continue
            if operand in seen:
                message = gettext("This stands here twice.")
                self.warn(operand.start, operand.end, "said_twice", message)
            seen.add(operand)

    def _contradiction(self, group: And) -> bool:
        wanted = [operand for operand in group.operands if isinstance(operand, Term)]
        refused = [
            operand.operand
            for operand in group.operands
            if isinstance(operand, Not) and isinstance(operand.operand, Term)
        ]
        for first, second in combinations(wanted, 2):
            if _apart(first, second):
                self._cannot_both(first, format_expression(second), second)
                return True
        for term in wanted:
            for other in refused:
                if term.field == other.field and self._within(term, other):
                    self._cannot_both(term, f"NOT {format_expression(other)}", other)
                    return True
        return False

    def _cannot_both(self, first: Term, second: str, at: Term) -> None:
        message = gettext("No post is both {first} and {second}.").format(
            first=format_expression(first), second=second
        )
        self.warn(at.start, at.end, "contradiction", message)

    def _within(self, term: Term, other: Term) -> bool:
        """Tell whether all that one term takes, the other takes too."""
        inner, outer = term.value, other.value
        if isinstance(inner, Range) and isinstance(outer, Range):
            return _span(inner)[0] >= _span(outer)[0] and _span(inner)[1] <= _span(outer)[1]
        if isinstance(inner, Prefix) and isinstance(outer, Prefix):
            return inner.key.startswith(outer.key)
        if term.field == "genre":
            return all(
                any((above, genre) in self._above for above in ids_of(outer))
                for genre in ids_of(inner)
            )
        if term.field == "lang":
            return f"{inner}-".lower().startswith(f"{outer}-".lower())
        if isinstance(inner, frozenset) and isinstance(outer, frozenset):
            return inner <= outer
        return inner == outer


def _apart(first: Term, second: Term) -> bool:
    """Tell whether no post can be both."""
    if first.field != second.field:
        return False
    one, other = first.value, second.value
    if isinstance(one, Range) and isinstance(other, Range):
        return max(_span(one)[0], _span(other)[0]) > min(_span(one)[1], _span(other)[1])
    if first.field == "lang":
        longer, shorter = sorted((f"{one}-".lower(), f"{other}-".lower()), key=len, reverse=True)
        return not longer.startswith(shorter)
    return first.field in SINGLE and one != other


def _exhausts(group: Or) -> bool:
    """Tell whether the values leave no post out."""
    terms = [operand for operand in group.operands if isinstance(operand, Term)]
    for field, choices in CHOICES.items():
        if choices <= {term.value for term in terms if term.field == field}:
            return True
    taken = [term.value for term in terms if term.field == "priority"]
    return all(
        any(isinstance(one, Range) and number in one for one in taken) for number in PRIORITIES
    )


def _span(wanted: Range) -> tuple[int, int]:
    least = 0 if wanted.least is None else wanted.least
    return least, 10_000 if wanted.most is None else wanted.most


def _terms(expression: Expression) -> Iterator[Term]:
    nodes = [expression]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Term):
            yield node
        else:
            nodes += [node.operand] if isinstance(node, Not) else node.operands


def _genres_above(expression: Expression) -> set[tuple[int, int]]:
    ids: set[int] = set()
    ids.update(*(ids_of(term.value) for term in _terms(expression) if term.field == "genre"))
    if not ids:
        return set()
    pairs = GenreClosure.objects.filter(ancestor__in=ids, descendant__in=ids)
    return set(pairs.values_list("ancestor_id", "descendant_id"))
