"""The question backwards: what a channel took of late, what was kept out, and by which rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from content.editorial.querysets import PostQuerySet
from spokes.audiences.lately import Example, Sample, lately
from spokes.audiences.routes import Route
from spokes.audiences.routing import RoutingTable
from spokes.channels.models import Channel

# the newest ones; of an archive of any size no more are read
MOST_POSTS = 2_000
EXAMPLES = 20


class Rule(NamedTuple):
    """A RouteCode; for ``not_wanted`` the term that decided, and whether it is one to leave out."""

    code: str
    term: str = ""
    leaves_out: bool = False


@dataclass(frozen=True)
class KeptOut:
    """A rule, how many posts it kept out, and some of them: what fits best first, else newest."""

    rule: Rule
    number: int
    examples: list[Example]


@dataclass(frozen=True)
class Intake:
    """What became of the approved posts of a time; only the newest if it ``is_cut``."""

    posts: int
    is_cut: bool
    going: int
    examples_going: list[Example]
    # most first; a post that several terms keep out counts for each of them
    kept_out: list[KeptOut]


def kept_out(channel: Channel, since: datetime, posts: PostQuerySet | None = None) -> Intake:
    """Sort what changed since then, of ``posts`` or of all, by what the channel makes of it."""
    sample = Sample(lately(since, posts).approved(), MOST_POSTS)
    table = RoutingTable.load([channel])
    total, going = 0, 0
    shown: list[Example] = []
    found: defaultdict[Rule, list[Example]] = defaultdict(list)
    for post, facts, by_hand in sample:
        total += 1
        goes = table.goes(facts, channel, by_hand)
        going += goes
        if goes and len(shown) == EXAMPLES:
            continue
        route = table.route(facts, channel, by_hand)
        example = Example(post, route.reason, route.fit.score if route.fit else None)
        for examples in [shown] if goes else [found[rule] for rule in _rules(route)]:
            examples.append(example)
    kept = [
        KeptOut(rule, len(those), sorted(those, key=lambda one: -(one.fit or 0))[:EXAMPLES])
        for rule, those in found.items()
    ]
    kept.sort(key=lambda one: (-one.number, one.rule))
    return Intake(total, sample.is_cut, going, shown, kept)


def _rules(route: Route) -> Iterator[Rule]:
    found = {Rule(str(route.code), part.text, part.holds) for part in route.decided_by()}
    yield from found or {Rule(str(route.code))}
