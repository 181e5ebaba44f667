"""Who gets what: posts that reach no spoke, spokes that starve, tags nobody uses, overlap."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from django.db.models import QuerySet

from content.catalogue.closure import FEW, chunks
from content.catalogue.models import UnresolvedGenre
from content.editorial.models import AudienceTag
from content.editorial.querysets import PostQuerySet
from spokes.audiences.language import And, Expression, Not, Or, Prefix, Term, read_saved
from spokes.audiences.language.tree import ids_of
from spokes.audiences.lately import LOOKED_BACK, Example, Known, Sample, lately
from spokes.audiences.models import Audience
from spokes.audiences.routing import RoutingTable
from spokes.channels.models import Channel, Spoke

# the newest ones; more take long and tell the same
MOST_POSTS = 20_000
# fewer a week than this, on average
STARVING = 1.0
SHOWN = 20
SHOWN_TAGS = 100


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


@dataclass(frozen=True, slots=True)
class IdleTag:
    """A tag that no post has, or that no audience asks for."""

    tag: AudienceTag
    posts: int
    audiences: int


@dataclass(frozen=True)
class Coverage:
    """What routing makes of the posts of a time; only of the newest if it ``is_cut``."""

    posts: int
    is_cut: bool
    nowhere_number: int
    # the newest that reach no spoke, each with what most of the channels say
    nowhere: list[Example]
    # the hungriest first
    fed: list[Fed]
    # the most alike first
    overlaps: list[Overlap]
    # the first by name, of so many
    idle_tags: list[IdleTag]
    idle_number: int
    unresolved_number: int
    # the most seen first
    unresolved: list[UnresolvedGenre]

    @property
    def more_idle(self) -> int:
        """Count the idle tags that are not listed."""
        return self.idle_number - len(self.idle_tags)


def cover(
    *,
    now: datetime,
    looked_back: timedelta = LOOKED_BACK,
    posts: PostQuerySet | None = None,
    spokes: QuerySet[Spoke] | None = None,
    audiences: QuerySet[Audience] | None = None,
    most: int = MOST_POSTS,
) -> Coverage:
    """Route the posts of a time; of all posts, spokes and audiences, or of those given.

    The queries grow with pages of posts alone.
    """
    sample = Sample(lately(now - looked_back, posts), most)
    known_spokes = (Spoke.objects.all() if spokes is None else spokes).in_bulk()
    channels = list(Channel.objects.with_audience().filter(spoke__in=known_spokes))
    reached: defaultdict[int, set[int]] = defaultdict(set)
    tagged: Counter[int] = Counter()
    lost: list[Known] = []
    lost_number, oldest = 0, now
    for known, reaches in _routed(sample, channels):
        tagged.update(known.facts.tags)
        oldest = min(oldest, known.post.updated_at)
        for spoke in reaches:
            reached[spoke].add(known.post.pk)
        lost_number += not reaches
        if not reaches and len(lost) < SHOWN:
            lost.append(known)
    waiting = UnresolvedGenre.objects.waiting()
    asking = Audience.objects.all() if audiences is None else audiences
    idle_tags, idle_number = _idle(tagged, asking)
    return Coverage(
        posts=len(sample),
        is_cut=sample.is_cut,
        nowhere_number=lost_number,
        nowhere=_explained(lost, channels),
        fed=_fed(known_spokes, reached, max(1.0, (now - oldest) / timedelta(weeks=1))),
        overlaps=_overlaps(known_spokes, reached),
        idle_tags=idle_tags,
        idle_number=idle_number,
        unresolved_number=waiting.count(),
        unresolved=list(waiting[:SHOWN]),
    )


def _routed(sample: Sample, channels: Iterable[Channel]) -> Iterator[tuple[Known, set[int]]]:
    """Give each post with the spokes that it reaches."""
    table = RoutingTable.load([])
    spoke_of = {channel.pk: channel.spoke_id for channel in channels if channel.spoke_id}
    for known in sample:
        takers = table.takers(known.facts, known.by_hand) & spoke_of.keys()
        yield known, {spoke_of[pk] for pk in takers}


def _explained(lost: Iterable[Known], channels: Iterable[Channel]) -> list[Example]:
    table = RoutingTable.load(channels)
    found = []
    for post, facts, by_hand in lost:
        reasons = Counter(route.reason for route in table.route_all(facts, by_hand))
        found.append(Example(post, reasons.most_common(1)[0][0] if reasons else ""))
    return found


def _fed(spokes: Mapping[int, Spoke], reached: Mapping[int, set[int]], weeks: float) -> list[Fed]:
    """Count by week since the oldest of the posts: before a house began, nobody starved."""
    lines = [
        Fed(spoke, number := len(reached.get(pk, ())), round(number / weeks, 1))
        for pk, spoke in spokes.items()
    ]
    return sorted(lines, key=lambda line: (line.posts, line.spoke.name))


def _overlaps(spokes: Mapping[int, Spoke], reached: Mapping[int, set[int]]) -> list[Overlap]:
    found = []
    for first, second in combinations(sorted(reached.keys()), 2):
        if number := len(reached[first] & reached[second]):
            share = number / min(len(reached[first]), len(reached[second]))
            found.append(Overlap((spokes[first], spokes[second]), number, round(share, 2)))
    return sorted(found, key=lambda one: (-one.share, -one.posts))


def _idle(tagged: Mapping[int, int], audiences: QuerySet[Audience]) -> tuple[list[IdleTag], int]:
    """Give the first tags by name that are on no post or asked for by nobody, and their number.

    The tags of the posts are read, and as many more as are shown: not all that there are.
    """
    wishes = [set(_tags_in(one.expression)) for one in read_saved(audiences).values()]

    def asked(tag: AudienceTag) -> int:
        return sum(_asks_for(tag, wish) for wish in wishes)

    busy = {
        tag.pk
        for some in chunks(list(tagged), FEW)
        for tag in AudienceTag.objects.filter(pk__in=some).only("key")
        if asked(tag)
    }
    first = AudienceTag.objects.order_by("name")[: len(busy) + SHOWN_TAGS]
    idle = [tag for tag in first if tag.pk not in busy][:SHOWN_TAGS]
    lines = [IdleTag(tag, tagged.get(tag.pk, 0), asked(tag)) for tag in idle]
    return lines, AudienceTag.objects.count() - len(busy)


def _asks_for(tag: AudienceTag, wish: Iterable[int | Prefix]) -> bool:
    return any(
        tag.key.startswith(one.key) if isinstance(one, Prefix) else one == tag.pk for one in wish
    )


def _tags_in(expression: Expression | None) -> Iterator[int | Prefix]:
    """Give the tags that it names by id, and the beginnings of names."""
    waiting = [expression] if expression else []
    while waiting:
        match waiting.pop():
            case Term(field="tag", value=Prefix() as value):
                yield value
            case Term(field="tag", value=value):
                yield from ids_of(value)
            case Not(operand):
                waiting.append(operand)
            case And(operands) | Or(operands):
                waiting.extend(operands)
            case Term():
                pass
