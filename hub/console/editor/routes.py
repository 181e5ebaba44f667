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
from hub.people.scope import visible
from spokes.audiences.facts import facts_of
from spokes.audiences.models import RoutingOverride
from spokes.audiences.routing import Route, overrides_of, with_obstacles
from spokes.channels.connectors.registry import connector_for
from spokes.channels.exceptions import UnknownNetwork


@dataclasses.dataclass(frozen=True)
class Line:
    """One channel: whether the post goes there, why, and what would not fit."""

    route: Route
    problems: Sequence[str] = ()
    # pin or ban, when a person has decided
    verdict: str = ""
    # of the text that the network shows; 0 where it takes any length
    length: int = 0
    limit: int = 0

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
    return _outlook(typed.post, routes, overrides, said, asked)


def outlook_of(request: HttpRequest, post: Post) -> Outlook:
    """Route a post as it is saved."""
    overrides = overrides_of([post]).get(post.pk, {})
    facts = facts_of(post)
    asked = asked_channels(acting(request), facts, overrides)
    routes = with_obstacles(post, asked.table.route_all(facts, overrides), timezone.now())
    # each channel that it goes to asks for them
    prefetch_related_objects([post], "variants")
    return _outlook(post, routes, overrides, genres_said(shares_in(facts), routes), asked)


def _outlook(
    post: Post,
    routes: Sequence[Route],
    overrides: dict[int, RoutingOverride],
    genres: GenresSaid,
    asked: AskedChannels,
) -> Outlook:
    missing = [word for words in missing_for_approval(post).values() for word in words]
    lines = [_line(post, route, overrides) for route in routes]
    return Outlook(
        going=[line for line in lines if line.route.goes],
        staying=[line for line in lines if not line.route.goes],
        missing=missing,
        genres=genres,
        more_going=asked.more_going,
        more_staying=asked.more_staying,
    )


def _line(post: Post, route: Route, overrides: dict[int, RoutingOverride]) -> Line:
    by_hand = overrides.get(route.channel.pk)
    verdict = by_hand.verdict if by_hand else ""
    if not route.goes:
        return Line(route, verdict=verdict)
    try:
        connector = connector_for(route.channel)
    except UnknownNetwork as unknown:
        return Line(route, [str(unknown)], verdict)
    said = post.for_target(route.channel.network, route.channel.slug)
    problems = [problem.message for problem in connector.problems(post)]
    limit = connector.capabilities.text_limit or 0
    return Line(route, problems, verdict, len(f"{said.title}\n{said.teaser}"), limit)


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
