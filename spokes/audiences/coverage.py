"""Who gets what: posts that reach no spoke, spokes that starve, tags nobody uses, overlap."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from content.catalogue.models import UnresolvedGenre
from content.editorial.models import AudienceTag, Post
from spokes.audiences.compiled import compiled
from spokes.audiences.facts import facts_of_many
from spokes.audiences.routing import RoutingTable, overrides_of
from spokes.channels.models import Spoke

LOOKED_BACK = timedelta(days=90)
# the newest ones; more take long and tell the same
MOST_POSTS = 20_000
PAGE = 2_000
# fewer a week than this, on average
STARVING = 1.0
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fed:
    """A spoke, and how many of the posts reach it."""

    spoke: Spoke
    posts: int
    a_week: float

    @property
    def starves(self) -> bool:
        return self.a_week < STARVING


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two spokes that get the same posts; ``share`` is of those of the smaller one, 0..1."""

    spokes: tuple[Spoke, Spoke]
    posts: int
    share: float


@dataclass(frozen=True)
class Coverage:
    """What routing makes of the posts of a time; ``nowhere`` has the newest that reach no spoke."""

    posts: int
    nowhere_number: int
    nowhere: list[Post]
    # the hungriest first
    fed: list[Fed]
    # the most alike first
    overlaps: list[Overlap]
    unused_tags: list[AudienceTag]
    unresolved_number: int
    # the most seen first
    unresolved: list[UnresolvedGenre]


def cover(*, now: datetime, looked_back: timedelta = LOOKED_BACK) -> Coverage:
    """Route the posts of a time; the queries grow with pages of posts alone."""
    since = now - looked_back
    reached: defaultdict[int, set[int]] = defaultdict(set)
    total, lost = 0, []
    for post, spokes in _routed(since):
        total += 1
        if not spokes:
            lost.append(post)
        for spoke in spokes:
            reached[spoke].add(post.pk)
    spokes_by_id = Spoke.objects.in_bulk()
    late = Post.objects.filter(updated_at__gte=since).order_by()
    waiting = UnresolvedGenre.objects.waiting()
    return Coverage(
        posts=total,
        nowhere_number=len(lost),
        nowhere=lost[:SHOWN],
        fed=_fed(spokes_by_id, reached, weeks=looked_back / timedelta(weeks=1)),
        overlaps=_overlaps(spokes_by_id, reached),
        unused_tags=list(AudienceTag.objects.exclude(tagged_posts__content_object__in=late)),
        unresolved_number=waiting.count(),
        unresolved=list(waiting[:SHOWN]),
    )


def _routed(since: datetime) -> Iterator[tuple[Post, set[int]]]:
    """Give each post, the newest first, with the spokes that it reaches."""
    rows = Post.objects.exclude(state="archived").filter(updated_at__gte=since)
    keys = list(rows.order_by("-updated_at", "-pk").values_list("pk", flat=True)[:MOST_POSTS])
    table, known = RoutingTable.load([]), compiled()
    for start in range(0, len(keys), PAGE):
        found = Post.objects.defer("body", "body_html").in_bulk(keys[start : start + PAGE])
        posts = [found[pk] for pk in keys[start : start + PAGE] if pk in found]
        facts, overrides = facts_of_many(posts), overrides_of(posts)
        for post in posts:
            takers = table.takers(facts[post.pk], overrides.get(post.pk, {}))
            channels = (known.channels[pk] for pk in takers if pk in known.channels)
            yield post, {channel.spoke_id for channel in channels if channel.spoke_id}


def _fed(spokes: dict[int, Spoke], reached: dict[int, set[int]], *, weeks: float) -> list[Fed]:
    lines = [
        Fed(spoke, number := len(reached.get(pk, ())), round(number / weeks, 1))
        for pk, spoke in spokes.items()
    ]
    return sorted(lines, key=lambda line: (line.posts, line.spoke.name))


def _overlaps(spokes: dict[int, Spoke], reached: dict[int, set[int]]) -> list[Overlap]:
    shared: Counter[tuple[int, int]] = Counter()
    for first, second in combinations(sorted(reached.keys() & spokes.keys()), 2):
        shared[first, second] = len(reached[first] & reached[second])
    found = [
        Overlap(
            (spokes[first], spokes[second]),
            number,
            round(number / min(len(reached[first]), len(reached[second])), 2),
        )
        for (first, second), number in shared.items()
        if number
    ]
    return sorted(found, key=lambda one: (-one.share, -one.posts))[:SHOWN]
