"""The question backwards: what was kept from a channel of late, and by which rule."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from content.editorial.models import Post
from spokes.audiences.facts import facts_of_many
from spokes.audiences.routes import Route
from spokes.audiences.routing import RoutingTable, overrides_of
from spokes.channels.models import Channel

# the newest ones; of an archive of any size no more are read
MOST_POSTS = 5_000
PAGE = 1_000
EXAMPLES = 5


@dataclass(frozen=True)
class KeptOut:
    """A rule: a RouteCode, for ``not_wanted`` with the term that decided; and what it kept out."""

    code: str
    term: str
    number: int
    # the newest of them, each with the words
    examples: tuple[tuple[Post, str], ...]


def kept_out(channel: Channel, since: datetime) -> list[KeptOut]:
    """Sort the approved posts that changed since then and stay out, by rule, most first.

    A post that several terms keep out counts for each of them.
    """
    found: defaultdict[tuple[str, str], list[tuple[Post, str]]] = defaultdict(list)
    rows = Post.objects.approved().filter(updated_at__gte=since)
    keys = list(rows.order_by("-updated_at").values_list("pk", flat=True)[:MOST_POSTS])
    table = RoutingTable.load([channel])
    for start in range(0, len(keys), PAGE):
        posts = Post.objects.defer("body", "body_html").in_bulk(keys[start : start + PAGE])
        facts, overrides = facts_of_many(posts.values()), overrides_of(posts.values())
        for pk in keys[start : start + PAGE]:
            by_hand = overrides.get(pk, {})
            if pk not in posts or table.goes(facts[pk], channel, by_hand):
                continue
            route = table.route(facts[pk], channel, by_hand)
            for rule in _rules(route):
                found[rule].append((posts[pk], route.reason))
    kept = [
        KeptOut(code, term, len(those), tuple(those[:EXAMPLES]))
        for (code, term), those in found.items()
    ]
    return sorted(kept, key=lambda one: (-one.number, one.code, one.term))


def _rules(route: Route) -> set[tuple[str, str]]:
    terms = {part.text for part in route.decided_by()}
    return {(str(route.code), term) for term in terms or {""}}
