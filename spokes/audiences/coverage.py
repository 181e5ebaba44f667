"""Who gets what: posts that reach no spoke, spokes that starve, tags nobody uses, overlap."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from django.db.models import QuerySet

from content.catalogue.closure import FEW, chunks
from content.catalogue.models import UnresolvedGenre
from content.editorial.models import AudienceTag
from content.editorial.querysets import PostQuerySet
from spokes.audiences.compiled import compiled
from spokes.audiences.language import And, Expression, Not, Or, Prefix, Term, read_saved
from spokes.audiences.language.tree import ids_of
from spokes.audiences.lately import LOOKED_BACK, Example, Known, Sample, lately
from spokes.audiences.models import Audience
from spokes.audiences.reach import Reach
from spokes.audiences.routing import RoutingTable
from spokes.audiences.rows import Rows, places_of
from spokes.channels.models import Spoke

# the newest ones; more take long and tell the same
MOST_POSTS = 20_000
# fewer a week than this, on average
STARVING = 1.0
SHOWN = 20
SHOWN_TAGS = 100
# channels whose reasons are looked at, of a post that reaches no spoke
ASKED = 24


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
    table = RoutingTable.load([])
    spoke_of = {
        pk: row.spoke
        for pk, row in table.known.layout.rows.items()
        if row.spoke and row.spoke in known_spokes
    }
    seen = _Seen(now)
    reach = Reach(table, spoke_of)
    for page in sample.pages():
        seen.add(page, reach.of([(known.facts, known.by_hand) for known in page]))
    waiting = UnresolvedGenre.objects.waiting()
    asking = Audience.objects.all() if audiences is None else audiences
    idle_tags, idle_number = _idle(seen.tagged, asking)
    return Coverage(
        posts=len(sample),
        is_cut=sample.is_cut,
        nowhere_number=seen.lost_number,
        nowhere=_explained(seen.lost, table, spoke_of),
        fed=_fed(known_spokes, seen.reached, max(1.0, (now - seen.oldest) / timedelta(weeks=1))),
        overlaps=_overlaps(known_spokes, seen.reached),
        idle_tags=idle_tags,
        idle_number=idle_number,
        unresolved_number=waiting.count(),
        unresolved=list(waiting[:SHOWN]),
    )


class _Seen:
    """What is gathered from page to page of the posts."""

    def __init__(self, now: datetime) -> None:
        self.posts = 0
        # the posts of each spoke, by their places among all
        self.reached: defaultdict[int, Rows] = defaultdict(int)
        self.tagged: Counter[int] = Counter()
        # the newest that reach no spoke
        self.lost: list[Known] = []
        self.lost_number = 0
        self.oldest = now

    def add(self, page: Sequence[Known], reached: Mapping[int, Rows]) -> None:
        lost = (1 << len(page)) - 1
        for spoke, rows in reached.items():
            self.reached[spoke] |= rows << self.posts
            lost &= ~rows
        self.posts += len(page)
        self.lost_number += lost.bit_count()
        self.lost += [page[place] for place in places_of(lost)][: SHOWN - len(self.lost)]
        for known in page:
            self.tagged.update(known.facts.tags)
            self.oldest = min(self.oldest, known.post.updated_at)


def _explained(
    lost: Iterable[Known], table: RoutingTable, spoke_of: Mapping[int, int]
) -> list[Example]:
    """Say what most of the channels say that come nearest: of thousands, each would say its own."""
    layout = table.known.layout
    # for each spoke the one that goes by the spoke's own rules, if there is one
    first: dict[int, int] = {}
    for pk in sorted(spoke_of, key=lambda pk: (layout.rows[pk].audience is not None, pk)):
        first.setdefault(spoke_of[pk], pk)
    found = []
    for post, facts, by_hand in lost:
        near = sorted({*table.known.nearly(facts), *by_hand} & spoke_of.keys())
        asked = (near or list(first.values()))[:ASKED]
        reasons = Counter(table.route(facts, layout.channels[pk], by_hand).reason for pk in asked)
        found.append(Example(post, reasons.most_common(1)[0][0] if reasons else ""))
    return found


def _fed(spokes: Mapping[int, Spoke], reached: Mapping[int, Rows], weeks: float) -> list[Fed]:
    """Count by week since the oldest of the posts: before a house began, nobody starved."""
    lines = [
        Fed(spoke, number := reached.get(pk, 0).bit_count(), round(number / weeks, 1))
        for pk, spoke in spokes.items()
    ]
    return sorted(lines, key=lambda line: (line.posts, line.spoke.name))


def _overlaps(spokes: Mapping[int, Spoke], reached: Mapping[int, Rows]) -> list[Overlap]:
    numbers = {spoke: rows.bit_count() for spoke, rows in sorted(reached.items())}
    found = []
    for first, second in combinations(numbers, 2):
        if number := (reached[first] & reached[second]).bit_count():
            share = number / min(numbers[first], numbers[second])
            found.append(Overlap((spokes[first], spokes[second]), number, round(share, 2)))
    return sorted(found, key=lambda one: (-one.share, -one.posts))


def _idle(tagged: Mapping[int, int], audiences: QuerySet[Audience]) -> tuple[list[IdleTag], int]:
    """Give the first tags by name that are on no post or asked for by nobody, and their number.

    The tags of the posts are read, and as many more as are shown: not all that there are.
    """
    asked = _Asked.by(audiences)
    busy = {
        tag.pk
        for some in chunks(list(tagged), FEW)
        for tag in AudienceTag.objects.filter(pk__in=some).only("key")
        if asked.number(tag)
    }
    first = AudienceTag.objects.order_by("name")[: len(busy) + SHOWN_TAGS]
    idle = [tag for tag in first if tag.pk not in busy][:SHOWN_TAGS]
    lines = [IdleTag(tag, tagged.get(tag.pk, 0), asked.number(tag)) for tag in idle]
    return lines, AudienceTag.objects.count() - len(busy)


class _Asked:
    """Which audiences ask for a tag, by its id or by a beginning of its name."""

    def __init__(self) -> None:
        self._by_id: defaultdict[int, set[int]] = defaultdict(set)
        self._by_beginning: defaultdict[str, set[int]] = defaultdict(set)

    @classmethod
    def by(cls, audiences: QuerySet[Audience]) -> _Asked:
        """Take those that routing has compiled as they are; only the others are read."""
        asked, wishes = cls(), compiled().wishes
        idle = []
        for pk in audiences.order_by().values_list("pk", flat=True):
            if pk in wishes:
                asked.add(pk, wishes[pk].expression)
            else:
                idle.append(pk)
        for some in chunks(idle, FEW):
            rows = Audience.objects.filter(pk__in=some, expression__contains="tag:")
            for pk, reading in read_saved(rows).items():
                asked.add(pk, reading.expression)
        return asked

    def add(self, audience: int, expression: Expression | None) -> None:
        for tag in _tags_in(expression):
            if isinstance(tag, Prefix):
                self._by_beginning[tag.key].add(audience)
            else:
                self._by_id[tag].add(audience)

    def number(self, tag: AudienceTag) -> int:
        found = self._by_id.get(tag.pk, set())
        beginnings = (tag.key[:end] for end in range(len(tag.key) + 1))
        more = [asking for one in beginnings if (asking := self._by_beginning.get(one))]
        return len(found.union(*more))


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
