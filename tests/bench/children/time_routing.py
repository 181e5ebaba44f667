"""Time one post against ever more audiences; prints a JSON object: ``time_routing POSTS SIZE...``.

Beside the index that routing keeps: asking every predicate in turn, and asking the database once
for every audience. The last row is the other way round: all stored posts against one audience.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import django

django.setup()

from django.utils import timezone

from content.editorial.models import Post
from spokes.audiences import compiled as kept
from spokes.audiences.facts import PostFacts, facts_of_many
from spokes.audiences.language import Expression, predicate, query
from spokes.audiences.models import Audience
from spokes.audiences.routing import RoutingTable
from tests.bench.children import audiences as world

# posts that are routed, to the index and to the slower ways
ROUTED, ROUTED_SLOWLY = 200, 40
# audiences that the database is asked for; what all of them would take is reckoned from these
ASKED = 100
CHANGES = 10
PAGE = 2_000


def main() -> None:
    number, *sizes = map(int, sys.argv[1:])
    chance, now = random.Random(world.SEED), timezone.now()
    posts = world.make_posts(number, world.make_vocabulary(chance), chance, now)
    facts = list(facts_of_many(chance.sample(posts, ROUTED)).values())
    rows, there = [], 0
    for size in sizes:
        world.make_audiences(size - there, chance, now)
        there = size
        rows.append({"audiences": size, "posts": 1, **_one_post(facts)})
    rows.append({"audiences": 1, "posts": number, **_one_audience(number)})
    print(json.dumps({"rows": rows}))


def _one_post(facts: Sequence[PostFacts]) -> dict[str, Any]:
    kept.forget()
    begun = time.perf_counter()
    table = RoutingTable.load([])
    taken = [table.takers(post, {}) for post in facts]
    compiled = time.perf_counter() - begun
    wishes = kept.compiled().wishes
    expressions = {pk: wish.expression for pk, wish in wishes.items() if wish.expression}
    index = _median(lambda post: table.takers(post, {}), facts)
    tests = [(pk, predicate(expression)) for pk, expression in expressions.items()]
    slowly = facts[:ROUTED_SLOWLY]
    one_by_one = _median(lambda post: {pk for pk, test in tests if test(post)}, slowly)
    if [len(found) for found in taken[:5]] != [
        sum(test(post) for _, test in tests) for post in facts[:5]
    ]:
        raise SystemExit("the index and the predicates disagree")
    asked = list(expressions.values())[:: max(1, len(expressions) // ASKED)]
    database = _median(lambda post: _in_database(post, asked), slowly) * len(tests) / len(asked)
    return {
        "taken by": round(statistics.mean(map(len, taken))),
        "ours ms": round(index, 3),
        "each predicate ms": round(one_by_one, 2),
        "times": round(one_by_one / index, 1),
        "each query ms": round(database, 1),
        "compiled s": round(compiled, 2),
        "one changed ms": round(_changing(), 1),
    }


def _in_database(post: PostFacts, expressions: Iterable[Expression]) -> list[bool]:
    row = Post.objects.order_by().filter(pk=post.post_id)
    return [row.filter(query(expression)).exists() for expression in expressions]


def _changing() -> float:
    """Change one audience and bring the table up to date: what the next post of a process waits."""
    chance = random.Random(world.SEED + 1)
    audiences = list(Audience.objects.order_by("pk")[:CHANGES])

    def change(audience: Audience) -> None:
        RoutingTable.load([])

    found = []
    for audience in audiences:
        Audience.objects.filter(pk=audience.pk).update(expression=world.expression(chance))
        found.append(_milliseconds(change, audience))
    return statistics.median(found)


def _one_audience(number: int) -> dict[str, Any]:
    """Find all stored posts of an audience that was changed: in the database, and one by one."""
    wishes = list(kept.compiled().wishes.values())[:CHANGES]
    expressions = [wish.expression for wish in wishes if wish.expression]
    rows = Post.objects.order_by()
    database = _median(lambda one: rows.filter(query(one)).count(), expressions)
    test = predicate(expressions[0])
    begun = time.perf_counter()
    found = 0
    for start in range(0, number, PAGE):
        page = list(rows.order_by("pk")[start : start + PAGE])
        found += sum(test(post) for post in facts_of_many(page).values())
    one_by_one = (time.perf_counter() - begun) * 1_000
    if found != rows.filter(query(expressions[0])).count():
        raise SystemExit("the database and the predicate disagree")
    return {
        "taken by": "",
        "ours ms": round(database, 1),
        "each predicate ms": round(one_by_one, 1),
        "times": round(one_by_one / database, 1),
    }


def _median(work: Callable[[Any], object], things: Sequence[Any]) -> float:
    return statistics.median(_milliseconds(work, thing) for thing in things)


def _milliseconds(work: Callable[[Any], object], thing: Any) -> float:
    begun = time.perf_counter()
    work(thing)
    return (time.perf_counter() - begun) * 1_000


if __name__ == "__main__":
    main()
