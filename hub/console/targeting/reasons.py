"""Why a post is on a channel, why another is not, and what was kept out of late, by which rule."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.catalogue.countries import country_name
from content.editorial.models import Post
from hub.console.moments import moment
from hub.console.people import ROUTE, SCHEDULE, acting
from hub.console.targeting.sentences import language_name, sentence
from hub.people.scope import visible
from spokes.audiences.kept_out import Intake, Rule, kept_out
from spokes.audiences.language import check
from spokes.audiences.lately import Example
from spokes.channels.models import Channel

WEEK = timedelta(days=7)
MOST_SIBLINGS = 8

RULES = {
    "banned": gettext_lazy("Banned by hand"),
    "kept_below": gettext_lazy("A spoke below keeps it to itself"),
    "unreadable": gettext_lazy("The audience can’t be read"),
    "off_taste": gettext_lazy("Below the off-taste guard"),
    "too_little": gettext_lazy("Too little of the spoke’s genre"),
}


@dataclasses.dataclass(frozen=True)
class RuleLine:
    """A rule in words, with what it kept out; the term as it is written."""

    label: str
    term: str
    number: int
    percent: int
    examples: list[Example]

    @property
    def more(self) -> int:
        return self.number - len(self.examples)


def rule_lines(intake: Intake) -> list[RuleLine]:
    most = max((one.number for one in intake.kept_out), default=1)
    return [
        RuleLine(
            label_of(one.rule),
            one.rule.term,
            one.number,
            max(2, round(100 * one.number / most)),
            one.examples,
        )
        for one in intake.kept_out
    ]


def label_of(rule: Rule) -> str:
    label = RULES.get(rule.code)
    if label is not None:
        return str(label)
    if not rule.term:
        return _("Its audience asks for something else")
    return _("It leaves out") if rule.leaves_out else _("It asks for")


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


def reasons_view(
    request: HttpRequest, channel: Channel, site: Any, more: Mapping[str, Any]
) -> HttpResponse:
    """Show what one channel takes this week and why, and what was kept out by which rule."""
    user = acting(request)
    posts = visible(user, Post.objects.all())
    week = kept_out(channel, timezone.now() - WEEK, posts)
    context = {
        **site.each_context(request),
        "title": _("%(place)s: why here, and why not") % {"place": channel},
        "channel": channel,
        "siblings": _siblings(request, channel),
        "wish": wish_in_words(channel),
        "week": week,
        "kept_number": week.posts - week.going,
        "rules": rule_lines(week),
        "by_fit": any(one.fit is not None for kept in week.kept_out for one in kept.examples),
        "may_pin": user.has_perm(ROUTE),
        "may_schedule": user.has_perm(SCHEDULE),
        "here": request.get_full_path(),
        **more,
    }
    return TemplateResponse(request, "console/audiences/channel_reasons.html", context)


def _siblings(request: HttpRequest, channel: Channel) -> list[Channel]:
    """List the other channels of its spoke (or of the hub), which may ask for something else."""
    rows = visible(acting(request), Channel.objects.filter(spoke=channel.spoke_id))
    return list(rows.exclude(pk=channel.pk).order_by("name")[:MOST_SIBLINGS])


@dataclasses.dataclass(frozen=True)
class Standing:
    """What holds for every channel alike: it decides when a post goes out, or for whom."""

    label: str
    words: str
    stops: bool = False


def standing_of(post: Post, now: datetime) -> list[Standing]:
    markets = [country_name(market.code) for market in post.markets.all()]
    found = [
        Standing(_("State"), post.get_state_display(), stops=post.state != "approved"),
        Standing(_("Language"), language_name(post.lang)),
        Standing(_("Markets"), ", ".join(markets) or _("everywhere")),
    ]
    if post.embargo_until:
        held = post.embargo_until > now
        found.append(Standing(_("Embargo until"), moment(post.embargo_until), stops=held))
    if post.expires_at:
        over = post.expires_at <= now
        found.append(Standing(_("Expires"), moment(post.expires_at), stops=over))
    return found
