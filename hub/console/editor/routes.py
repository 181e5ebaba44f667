"""Where the post goes and why, and what is in its way, while it is being typed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from content.editorial.actions import missing_for_approval
from content.editorial.duplicates import Duplicate, find_duplicates
from content.editorial.models import Post
from hub.console.editor.asked_channels import AskedChannels, asked_channels
from hub.console.editor.genre_shares import problems_of_typed, typed_shares
from hub.console.editor.genres_said import GenresSaid, genres_said, shares_in
from hub.console.editor.typed_post import keys_of, read_post
from hub.console.people import acting
from hub.console.targeting.asked import newest_of
from hub.delivery.models import Delivery
from hub.people.scope import visible
from spokes.audiences.facts import PostFacts, facts_of
from spokes.audiences.models import RoutingOverride
from spokes.audiences.routing import Route, RouteCode, overrides_of, with_obstacles
from spokes.channels.connectors.registry import connector_for
from spokes.channels.exceptions import UnknownNetwork

FLOORED = frozenset({RouteCode.TOO_LITTLE, RouteCode.OFF_TASTE})


@dataclasses.dataclass(frozen=True)
class Line:
    """One channel: whether the post goes there, why, and what would not fit."""

    route: Route
    problems: Sequence[str] = ()
    # pin or ban, when a person has decided
    verdict: str = ""
    # what the audience and the floors say, whatever a person says
    wanted: bool = False
    # of the text that the network shows; 0 where it takes any length
    length: int = 0
    limit: int = 0
    # the newest publishing there, of a saved post
    delivery: Delivery | None = None

    @property
    def too_long(self) -> bool:
        return bool(self.limit) and self.length > self.limit


@dataclasses.dataclass(frozen=True)
class Outlook:
    going: list[Line]
    staying: list[Line]
    # what an approval would miss
    missing: list[str]
    genres: GenresSaid
    # channels that are not shown, of so many that a page of them all could not be read
    more_going: int = 0
    more_staying: int = 0

    @property
    def all_staying(self) -> int:
        return len(self.staying) + self.more_staying

    @property
    def banned(self) -> int:
        """Count the channels that a ban alone keeps it from."""
        return sum(line.wanted for line in self.staying)

    @property
    def is_guarded(self) -> bool:
        """Tell whether a floor keeps it from a channel whose audience asks for it."""
        return any(line.route.code in FLOORED for line in self.staying)


def outlook_of_typed(request: HttpRequest, saved: Post | None) -> Outlook:
    """Route the form as it stands; words by hand are those over the saved post."""
    typed = read_post(request.POST)
    overrides = overrides_of([saved]).get(saved.pk, {}) if saved else {}
    facts = typed.facts()
    asked = asked_channels(acting(request), facts, overrides)
    routes = asked.table.route_all(facts, overrides)
    said = genres_said(
        shares_in(facts), routes, problems_of_typed(facts.names.genres, typed_shares(request.POST))
    )
    return _outlook(typed.post, _lines(typed.post, facts, routes, overrides, asked), said, asked)


def outlook_of(request: HttpRequest, post: Post) -> Outlook:
    """Route a post as it is saved."""
    overrides = overrides_of([post]).get(post.pk, {})
    facts = facts_of(post)
    asked = asked_channels(acting(request), facts, overrides)
    routes = with_obstacles(post, asked.table.route_all(facts, overrides), timezone.now())
    # each channel that it goes to asks for them
    prefetch_related_objects([post], "variants")
    there = newest_of(acting(request), post, [route.channel.pk for route in routes])
    lines = [
        dataclasses.replace(line, delivery=there.get(line.route.channel.pk))
        for line in _lines(post, facts, routes, overrides, asked)
    ]
    return _outlook(post, lines, genres_said(shares_in(facts), routes), asked)


def _outlook(
    post: Post, lines: Sequence[Line], genres: GenresSaid, asked: AskedChannels
) -> Outlook:
    missing = [word for words in missing_for_approval(post).values() for word in words]
    return Outlook(
        going=[line for line in lines if line.route.goes],
        staying=[line for line in lines if not line.route.goes],
        missing=missing,
        genres=genres,
        more_going=asked.more_going,
        more_staying=asked.more_staying,
    )


def _lines(
    post: Post,
    facts: PostFacts,
    routes: Sequence[Route],
    overrides: dict[int, RoutingOverride],
    asked: AskedChannels,
) -> list[Line]:
    lines = []
    for route in routes:
        key = route.channel.pk
        verdict = overrides[key].verdict if key in overrides else ""
        wanted = asked.table.wants(facts, key) if verdict else route.goes
        lines.append(dataclasses.replace(_line(post, route), verdict=verdict, wanted=wanted))
    return lines


def _line(post: Post, route: Route) -> Line:
    if not route.goes:
        return Line(route)
    try:
        connector = connector_for(route.channel)
    except UnknownNetwork as unknown:
        return Line(route, [str(unknown)])
    said = post.for_target(route.channel.network, route.channel.slug)
    problems = [problem.message for problem in connector.problems(post)]
    limit = connector.capabilities.text_limit or 0
    length = len(f"{said.title}\n{said.teaser}")
    return Line(route, problems, length=length, limit=limit)


@require_POST
def routes_view(request: HttpRequest, saved: Post | None) -> HttpResponse:
    outlook = outlook_of_typed(request, saved)
    return TemplateResponse(
        request, "console/post_outlook.html", {"outlook": outlook, "original": saved}
    )


@require_POST
def duplicates_view(request: HttpRequest, saved: Post | None) -> HttpResponse:
    """Say what may be there already; never in the way of saving."""
    posts = visible(acting(request), Post.objects.all())
    found = find_duplicates(
        title=request.POST.get("title", ""),
        cta_url=request.POST.get("cta_url", ""),
        kind=request.POST.get("kind", ""),
        artists=keys_of(request.POST, "artists"),
        now=timezone.now(),
        posts=posts.exclude(pk=saved.pk) if saved else posts,
    )
    return TemplateResponse(
        request, "console/post_duplicates.html", {"duplicates": [_said(row) for row in found]}
    )


def _said(duplicate: Duplicate) -> tuple[Post, str]:
    words = {
        "title": _("has the same title"),
        "near_title": _("has nearly the same title"),
        "link": _("has the same deep link"),
        "subject": _("is of the same kind about the same artist, from the last two weeks"),
    }
    return duplicate.post, words[duplicate.likeness]
