"""Why one post is on a channel, or is not: what routing says, and how far the post has come."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db.models import QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.editorial.models import Post, PostState
from hub.console.searching import search_posts
from hub.console.targeting.reasons import Standing, standing_of
from hub.delivery.models import Delivery, Kind
from hub.people.scope import visible
from spokes.audiences.lately import Sample
from spokes.audiences.routing import Route, RouteCode, RoutingTable
from spokes.channels.models import Channel

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# a title that more posts have is to be typed further
MOST = 6
LONGEST = 200

KEPT: Mapping[str, StrPromise] = {
    RouteCode.BANNED: gettext_lazy("It is banned from this channel by hand."),
    RouteCode.OFF_TASTE: gettext_lazy(
        "Its audience asks for it, and the off-taste guard stops it."
    ),
    RouteCode.TOO_LITTLE: gettext_lazy("Its audience asks for it, and the genre’s floor stops it."),
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """What became of one post on the channel: its route, and its newest delivery there."""

    post: Post
    route: Route
    delivery: Delivery | None
    # what keeps it back on every channel alike
    stops: list[Standing]

    @property
    def verdict(self) -> str:
        """Say in a sentence where it stands."""
        if self.delivery is not None:
            return ""
        if not self.route.goes:
            kept = KEPT.get(self.route.code)
            return str(kept) if kept else _("This channel does not want it.")
        if self.post.state == PostState.APPROVED:
            return _("This channel wants it, but it is not scheduled here.")
        return _("This channel wants it, but it is not approved and scheduled yet.")


@dataclasses.dataclass(frozen=True)
class Asked:
    """The answers for the posts that a person's words find; ``more`` when not all are shown."""

    words: str
    answers: list[Answer]
    more: bool


def ask(user: User, channel: Channel, words: str) -> Asked | None:
    """Answer for the posts whose title or artists have these words, those changed last first."""
    words = words.strip()[:LONGEST]
    if not words:
        return None
    found = search_posts(visible(user, Post.objects.all()), words)
    sample = Sample(found.order_by("-updated_at", "-pk"), MOST)
    table, now = RoutingTable.load([channel]), timezone.now()
    known = list(sample)
    posts = [one.post for one in known]
    prefetch_related_objects(posts, "markets")
    newest = _newest(user, channel, posts)
    answers = [
        Answer(
            post,
            table.route(facts, channel, by_hand),
            newest.get(post.pk),
            [one for one in standing_of(post, now) if one.stops],
        )
        for post, facts, by_hand in known
    ]
    return Asked(words, answers, sample.is_cut)


def _newest(user: User, channel: Channel, posts: list[Post]) -> dict[int, Delivery]:
    """Find the newest publishing of each post on the channel."""
    rows = _publishing(user).filter(channel=channel, post__in=posts)
    # the last of them stays
    return {delivery.post_id: delivery for delivery in rows}


def newest_of(user: User, post: Post, channels: Collection[int]) -> dict[int, Delivery]:
    """Find the newest publishing of the post on each of the channels, all by id; one query."""
    rows = _publishing(user).filter(post=post, channel__in=channels)
    return {delivery.channel_id: delivery for delivery in rows}


def _publishing(user: User) -> QuerySet[Delivery]:
    rows = visible(user, Delivery.objects.all()).filter(kind=Kind.PUBLISH)
    found: QuerySet[Delivery] = rows.select_related("channel").defer("payload")
    return found.order_by("due_at", "pk")
