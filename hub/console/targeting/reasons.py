"""Why a post is on a channel, why another is not, and what was kept out of late, by which rule."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.editorial.models import Post
from hub.console.moments import moment
from hub.console.people import ROUTE, acting
from hub.console.targeting.sentences import sentence
from hub.people.scope import visible
from spokes.audiences.explain import Part
from spokes.audiences.facts import facts_of_many
from spokes.audiences.language import check
from spokes.audiences.routing import Route, RoutingTable, overrides_of
from spokes.channels.models import Channel

WEEK = timedelta(days=7)
MOST_POSTS = 1000
# of one rule, and of what is there
SHOWN = 20

RULES = {
    "banned": gettext_lazy("Banned by hand"),
    "kept_below": gettext_lazy("A spoke below keeps it to itself"),
    "unreadable": gettext_lazy("The audience can’t be read"),
    "off_taste": gettext_lazy("Below the off-taste guard"),
    "too_little": gettext_lazy("Too little of the spoke’s genre"),
}


@dataclasses.dataclass(frozen=True)
class Routed:
    post: Post
    route: Route


@dataclasses.dataclass(frozen=True)
class Rule:
    """What kept posts out, with all of them."""

    label: str
    # the term that was not met, as it is written
    term: str
    kept: list[Routed]
    percent: int

    @property
    def shown(self) -> list[Routed]:
        return self.kept[:SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.kept) - SHOWN)


@dataclasses.dataclass(frozen=True)
class Week:
    """The posts of the last seven days as one channel sees them."""

    going: list[Routed]
    rules: list[Rule]
    total: int

    @property
    def kept(self) -> int:
        return self.total - len(self.going)

    @property
    def shown(self) -> list[Routed]:
        return self.going[:SHOWN]


def week_of(user: User, channel: Channel, now: datetime) -> Week:
    """Route what changed in the last seven days, and sort what stays out by what kept it."""
    rows = visible(user, Post.objects.exclude(state="archived").filter(updated_at__gte=now - WEEK))
    posts = list(rows.defer("body", "body_html", "teaser")[:MOST_POSTS])
    table, by_hand = RoutingTable.load([channel]), overrides_of(posts)
    facts = facts_of_many(posts)
    routed = [
        Routed(post, route)
        for post in posts
        for route in table.route_all(facts[post.pk], by_hand.get(post.pk, {}))
    ]
    kept: defaultdict[tuple[str, str], list[Routed]] = defaultdict(list)
    for one in routed:
        if not one.route.goes:
            kept[rule_of(one.route)].append(one)
    return Week(
        going=[one for one in routed if one.route.goes],
        rules=_rules(kept.items()),
        total=len(routed),
    )


def _rules(kept: Any) -> list[Rule]:
    by_number = sorted(kept, key=lambda pair: (-len(pair[1]), pair[0]))
    most = max((len(rows) for _, rows in by_number), default=1)
    return [
        Rule(label, term, rows, max(2, round(100 * len(rows) / most)))
        for (label, term), rows in by_number
    ]


def rule_of(route: Route) -> tuple[str, str]:
    """Name the rule that kept a post out, and the term of the audience, if that was it."""
    label = RULES.get(route.code)
    if label is not None:
        return str(label), ""
    first = next(deciding(route.parts), None) if route.parts else None
    if first is None:
        return _("Its audience asks for something else"), ""
    # what holds and keeps a post out stands behind a NOT
    return (_("It leaves out") if first.holds else _("It asks for")), first.text


def deciding(part: Part) -> Iterator[Part]:
    """Give the terms that made it a no; of an OR, all of them did."""
    if not part.parts:
        yield part
        return
    for inner in part.parts:
        if part.text == "NOT" or inner.holds == part.holds:
            yield from deciding(inner)


def wish_in_words(channel: Channel) -> str:
    """Say what the channel asks for: its own audience, its spoke's, its genre, or everything."""
    spoke = channel.spoke
    audience = channel.audience or (spoke.audience if spoke else None)
    if audience:
        read = check(audience.expression).expression
        return sentence(read) if read else _("Its audience can’t be read any more.")
    if spoke is None:
        return _("Every post: it is a channel of the hub and has no audience.")
    words = _("Posts of %(genre)s (or below it), and what the spokes below take.")
    return words % {"genre": spoke.genre}


def reasons_view(request: HttpRequest, channel: Channel, site: Any) -> HttpResponse:
    """Show what one channel takes this week and why, and what was kept out by which rule."""
    user = acting(request)
    context = {
        **site.each_context(request),
        "title": _("%(place)s: why here, and why not") % {"place": channel},
        "channel": channel,
        "wish": wish_in_words(channel),
        "week": week_of(user, channel, timezone.now()),
        "may_pin": user.has_perm(ROUTE),
        "here": request.path,
    }
    return TemplateResponse(request, "console/audiences/channel_reasons.html", context)


@dataclasses.dataclass(frozen=True)
class Standing:
    """What holds for every channel alike: it decides when a post goes out, or for whom."""

    label: str
    words: str
    stops: bool = False


def standing_of(post: Post, now: datetime) -> list[Standing]:
    markets = [market.code for market in post.markets.all()]
    found = [
        Standing(_("State"), post.get_state_display(), stops=post.state != "approved"),
        Standing(_("Language"), post.lang),
        Standing(_("Markets"), ", ".join(markets) or _("everywhere")),
    ]
    if post.embargo_until:
        held = post.embargo_until > now
        found.append(Standing(_("Embargo until"), moment(post.embargo_until), stops=held))
    if post.expires_at:
        over = post.expires_at <= now
        found.append(Standing(_("Expires"), moment(post.expires_at), stops=over))
    return found


def json_view(post: Post, routes: Sequence[Route]) -> JsonResponse:
    """Give the whole answer for machines: each channel with its tree."""
    answer = {"post": post.pk, "title": post.title, "routes": [route.as_dict() for route in routes]}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "indent": 2})
