"""What an expression takes of the posts of late and what it just misses; what a change moves."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from content.editorial.models import Post
from spokes.audiences.explain import GenreTree, Part, explain
from spokes.audiences.facts import facts_of_many
from spokes.audiences.language import Expression, query

DAYS = 90
SHOWN = 5
# the newest ones that are not taken, among which the nearest are looked for
LOOKED_THROUGH = 1_000


@dataclass(frozen=True)
class NearMiss:
    """A post that is not taken, and the facts that would have to be others."""

    post: Post
    changes: int
    why: str


@dataclass(frozen=True)
class Answer:
    matching: int
    of: int
    examples_in: list[Post]
    # the nearest first
    near_misses: list[NearMiss]


@dataclass(frozen=True)
class Moves:
    """Posts that another expression would take besides, and those that it would not any more."""

    into: int
    out_of: int
    examples_into: list[Post]
    examples_out_of: list[Post]


def answer(expression: Expression, *, days: int = DAYS, now: datetime | None = None) -> Answer:
    """Count in the database, and look for what is just missed among the newest posts."""
    late = _late(days, now)
    taken = late.filter(query(expression))
    missed = late.exclude(query(expression))[:LOOKED_THROUGH]
    return Answer(
        matching=taken.order_by().count(),
        of=late.order_by().count(),
        examples_in=list(taken[:SHOWN]),
        near_misses=_near_misses(expression, list(missed)),
    )


def moves(
    before: Expression, after: Expression, *, days: int = DAYS, now: datetime | None = None
) -> Moves:
    """Compare two expressions over the posts of late, in the database."""
    late = _late(days, now)
    into = late.filter(query(after)).exclude(query(before))
    out_of = late.filter(query(before)).exclude(query(after))
    return Moves(
        into=into.order_by().count(),
        out_of=out_of.order_by().count(),
        examples_into=list(into[:SHOWN]),
        examples_out_of=list(out_of[:SHOWN]),
    )


def changes_to(part: Part) -> int:
    """Count the fewest terms that would have to be otherwise for the whole to become otherwise."""
    if not part.parts:
        return 1
    inner = [(changes_to(inner), inner.holds) for inner in part.parts]
    one_is_enough = (part.text == "AND") is part.holds
    if part.text not in {"AND", "OR"} or one_is_enough:
        return min(changes for changes, _ in inner)
    return sum(changes for changes, holds in inner if holds is part.holds)


def _late(days: int, now: datetime | None) -> QuerySet[Post]:
    since = (now or timezone.now()) - timedelta(days=days)
    rows = Post.objects.exclude(state="archived").filter(updated_at__gte=since)
    return rows.defer("body", "body_html").order_by("-updated_at", "-pk")


def _near_misses(expression: Expression, missed: list[Post]) -> list[NearMiss]:
    facts, tree = facts_of_many(missed), GenreTree()
    misses = []
    for post in missed:
        part = explain(expression, facts[post.pk], tree)
        misses.append(NearMiss(post, changes_to(part), part.reason()))
    return heapq.nsmallest(SHOWN, misses, key=lambda miss: miss.changes)
