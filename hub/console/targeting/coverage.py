"""Who gets what: posts that reach no spoke, spokes that starve, tags nobody uses, overlap."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from content.catalogue.models import UnresolvedGenre
from content.editorial.models import AudienceTag, Post, PostState
from hub.console.people import require
from hub.console.targeting.answers import LOOKED_BACK
from hub.people.scope import visible
from spokes.audiences.facts import facts_of_many
from spokes.audiences.language import And, Expression, Not, Or, Term, check
from spokes.audiences.models import Audience
from spokes.audiences.routing import Route, RoutingTable, overrides_of
from spokes.channels.models import Channel, Spoke

SEE = "audiences.view_audience"
# the newest ones: each is routed to every channel
MOST_POSTS = 1000
SHOWN = 15
# fewer in a week than this, on average
STARVING = 1.0
WEEKS = LOOKED_BACK.days / 7
# a wider table can't be read
MOST_SPOKES = 24


@dataclasses.dataclass(frozen=True)
class Lost:
    """A post that reaches no spoke, and what came nearest to taking it."""

    post: Post
    reason: str


@dataclasses.dataclass(frozen=True)
class Fed:
    spoke: Spoke
    number: int
    percent: int

    @property
    def a_week(self) -> float:
        return round(self.number / WEEKS, 1)

    @property
    def starves(self) -> bool:
        return self.number / WEEKS < STARVING


@dataclasses.dataclass(frozen=True)
class Overlap:
    """Of the posts of one spoke, the percentage that each of the others gets, too."""

    spoke: Spoke
    cells: list[tuple[Spoke, int | None]]


@dataclasses.dataclass(frozen=True)
class Coverage:
    total: int
    is_cut: bool
    lost: list[Lost]
    fed: list[Fed]
    overlaps: list[Overlap]

    @property
    def starving(self) -> list[Fed]:
        return [one for one in self.fed if one.starves]

    @property
    def shown_lost(self) -> list[Lost]:
        return self.lost[:SHOWN]

    @property
    def more_lost(self) -> int:
        return max(0, len(self.lost) - SHOWN)


def cover(user: User, now: datetime) -> Coverage:
    """Route the posts of the last 90 days to the channels of the person's spokes."""
    rows = Post.objects.exclude(state=PostState.ARCHIVED).filter(updated_at__gte=now - LOOKED_BACK)
    seen = visible(user, rows).defer("body", "body_html", "teaser")
    posts = list(seen[: MOST_POSTS + 1])
    channels = list(visible(user, Channel.objects.filter(spoke__isnull=False)))
    taken, lost = _routed(posts[:MOST_POSTS], channels)
    spokes = list(visible(user, Spoke.objects.all()))
    return Coverage(
        total=min(len(posts), MOST_POSTS),
        is_cut=len(posts) > MOST_POSTS,
        lost=lost,
        fed=_fed(spokes, taken),
        overlaps=_overlaps(spokes[:MOST_SPOKES], taken),
    )


def _routed(
    posts: Sequence[Post], channels: Sequence[Channel]
) -> tuple[dict[int, set[int]], list[Lost]]:
    """Give the posts of each spoke, by key, and those of none."""
    table, by_hand, facts = RoutingTable.load(channels), overrides_of(posts), facts_of_many(posts)
    spoke_of = {channel.pk: channel.spoke_id for channel in channels}
    taken: defaultdict[int, set[int]] = defaultdict(set)
    lost = []
    for post in posts:
        words = by_hand.get(post.pk, {})
        spokes = {spoke_of.get(pk) for pk in table.takers(facts[post.pk], words)} - {None}
        for spoke in spokes:
            taken[spoke or 0].add(post.pk)
        if not spokes:
            lost.append(Lost(post, _why(table.route_all(facts[post.pk], words))))
    return taken, lost


def _why(routes: Sequence[Route]) -> str:
    if not routes:
        return _("There is no spoke with a channel.")
    common = Counter(route.reason for route in routes).most_common(1)
    return common[0][0]


def _fed(spokes: Iterable[Spoke], taken: dict[int, set[int]]) -> list[Fed]:
    most = max((len(found) for found in taken.values()), default=1)
    lines = [
        Fed(spoke, len(taken.get(spoke.pk, ())), round(100 * len(taken.get(spoke.pk, ())) / most))
        for spoke in spokes
    ]
    return sorted(lines, key=lambda line: (line.number, line.spoke.name))


def _overlaps(spokes: Sequence[Spoke], taken: dict[int, set[int]]) -> list[Overlap]:
    empty: set[int] = set()

    def share(one: Spoke, other: Spoke) -> int | None:
        own = taken.get(one.pk, empty)
        if one.pk == other.pk or not own:
            return None
        return round(100 * len(own & taken.get(other.pk, empty)) / len(own))

    return [Overlap(one, [(other, share(one, other)) for other in spokes]) for one in spokes]


@dataclasses.dataclass(frozen=True)
class Idle:
    tag: AudienceTag
    posts: int
    audiences: int


def idle_tags(user: User, now: datetime) -> list[Idle]:
    """List tags that no post of late has, and tags that no audience asks for."""
    late = visible(user, Post.objects.filter(updated_at__gte=now - LOOKED_BACK))
    used = Count("tagged_posts", filter=Q(tagged_posts__content_object__in=late.order_by()))
    asked = _tags_asked_for(visible(user, Audience.objects.all()))
    rows = AudienceTag.objects.annotate(number=used).order_by("name")
    return [
        Idle(tag, tag.number, asked[tag.pk]) for tag in rows if not tag.number or not asked[tag.pk]
    ]


def _tags_asked_for(audiences: Iterable[Audience]) -> Counter[int]:
    asked: Counter[int] = Counter()
    for audience in audiences:
        read = check(audience.expression).expression
        if read is not None:
            asked.update(_tags_in(read))
    return asked


def _tags_in(expression: Expression) -> set[int]:
    match expression:
        case Term(field="tag", value=frozenset() as ids):
            return set(ids)
        case Term():
            return set()
        case Not(operand):
            return _tags_in(operand)
        case And(operands) | Or(operands):
            return set().union(*(_tags_in(operand) for operand in operands))


@require_GET
def coverage_view(request: HttpRequest) -> HttpResponse:
    user, now = require(request, SEE), timezone.now()
    unresolved = UnresolvedGenre.objects.waiting()
    page = {
        **admin.site.each_context(request),
        "title": _("Coverage"),
        "coverage": cover(user, now),
        "idle": idle_tags(user, now),
        "unresolved": list(unresolved[:SHOWN]),
        "unresolved_number": unresolved.count(),
    }
    return TemplateResponse(request, "console/audiences/coverage.html", page)
