"""What will happen on the site's places until a moment, if nobody changes anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from content.editorial.models import Post, PostGenre, PostState, TaggedPost
from content.editorial.querysets import PostQuerySet
from hub.delivery.holds import Holds
from hub.delivery.last_checks import foreseen_stop
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import DUE_STATES
from hub.preview.rows import Row, row_of_delivery, row_of_post
from spokes.audiences.routing import Route, route_many
from spokes.channels.exceptions import ContentRefused
from spokes.channels.models import Channel

# deliveries that one preview lays over the site; what is planned further than that is cut
MOST_PLANNED = 240
# drafts and posts in review that one preview looks at, those changed last
MOST_UNPLANNED = 60

# a spoke's key, or None for the hub
PlaceKey = int | None


@dataclasses.dataclass(frozen=True)
class Planned:
    """A delivery as it will be carried out: when, with what, or why not."""

    delivery: Delivery
    post: Post
    at: datetime
    # why it will not go out; empty when it will
    stop: str = ""
    # what it publishes, or puts in the place of what is there
    row: Row | None = None

    @property
    def place(self) -> PlaceKey:
        return self.delivery.channel.spoke_id

    @property
    def key(self) -> str:
        """The key of the publication that it makes or changes."""
        return (self.delivery.target or self.delivery).key


def of_site(places: Iterable[PlaceKey] | None) -> Q:
    """Select deliveries on the site's own channels of these places; None is everywhere."""
    wanted = Q(channel__network="site")
    if places is None:
        return wanted
    keys = set(places)
    here = Q(channel__spoke__in=[key for key in keys if key is not None])
    return wanted & (here | Q(channel__spoke__isnull=True) if None in keys else here)


def load_planned(
    *,
    places: Iterable[PlaceKey] | None,
    until: datetime,
    now: datetime,
    last_first: bool = False,
    with_rows: bool = True,
) -> list[Planned]:
    """Foresee the open deliveries due until then, the soonest first.

    At most MOST_PLANNED of them: the soonest, or those before ``until`` for ``last_first``. The
    number of queries does not grow with them.
    """
    order = ("-due_at", "-pk") if last_first else ("due_at", "pk")
    rows = Delivery.objects.still_open().filter(of_site(places), due_at__lte=until)
    deliveries = list(
        rows.select_related("channel__spoke", "target").order_by(*order)[:MOST_PLANNED]
    )
    if not deliveries:
        return []
    posts = with_content(Post.objects.all()).in_bulk({row.post_id for row in deliveries})
    foresight = _Foresight(deliveries, posts, now)
    planned = [foresight.of(delivery, with_row=with_rows) for delivery in deliveries]
    return sorted(
        (entry for entry in planned if entry.at <= until),
        key=lambda entry: (entry.at, entry.delivery.pk),
    )


def with_content(posts: PostQuerySet) -> PostQuerySet:
    """Read with the posts what the site's connector and the holds need of them."""
    return posts.select_related("hero").prefetch_related(
        "artists",
        Prefetch("post_genres", PostGenre.objects.select_related("genre")),
        Prefetch("tagged_items", TaggedPost.objects.select_related("tag")),
        "variants",
        "hero__renditions",
    )


class _Foresight:
    """What decides over many deliveries at once: holds, routes, withdrawals."""

    def __init__(
        self, deliveries: Sequence[Delivery], posts: Mapping[int, Post], now: datetime
    ) -> None:
        self._posts = posts
        self._now = now
        self._holds = Holds.load()
        self._withdrawn = {row.target_id for row in deliveries if row.kind == Kind.WITHDRAW}
        publishes = [row for row in deliveries if row.kind == Kind.PUBLISH]
        self._routes = _routes(publishes, posts)

    def of(self, delivery: Delivery, *, with_row: bool) -> Planned:
        post = self._posts[delivery.post_id]
        delivery.post = post
        at = self._time_of(delivery, post)
        stop = self._hold(delivery, post) or self._stop(delivery, post, at)
        row = None
        if with_row and delivery.kind != Kind.WITHDRAW:
            try:
                row = row_of_delivery(delivery, post, at)
            except ContentRefused as refusal:
                stop = stop or str(refusal)
        return Planned(delivery, post, at, stop, row)

    def _time_of(self, delivery: Delivery, post: Post) -> datetime:
        """Tell when it will be carried out: late ones at once, none before its embargo."""
        waits = delivery.next_try_at if delivery.state in DUE_STATES else delivery.due_at
        times = [self._now, delivery.due_at, waits]
        if post.embargo_until and delivery.kind != Kind.WITHDRAW:
            times.append(post.embargo_until)
        return max(times)

    def _hold(self, delivery: Delivery, post: Post) -> str:
        channel = delivery.channel
        artists = {artist.pk for artist in post.artists.all()}
        if self._holds.stop(channel) or post.pk in self._holds.posts:
            return _("It is on hold.")
        if not artists.isdisjoint(self._holds.artists):
            return _("One of its artists is on hold.")
        if channel.paused_at:
            return _("The channel is paused: %(reason)s") % {"reason": channel.paused_reason}
        return ""

    def _stop(self, delivery: Delivery, post: Post, at: datetime) -> str:
        stop = foreseen_stop(
            delivery=delivery,
            post=post,
            route=self._routes.get((post.pk, delivery.channel_id)),
            withdrawn=(delivery.target_id or delivery.pk) in self._withdrawn,
            now=at,
        )
        return stop.reason if stop else ""


def _routes(
    publishes: Sequence[Delivery], posts: Mapping[int, Post]
) -> dict[tuple[int, int], Route]:
    """Route the posts again, by post and channel."""
    channels = list({row.channel_id: row.channel for row in publishes}.values())
    if not channels:
        return {}
    routed = route_many([posts[pk] for pk in {row.post_id for row in publishes}], channels)
    return {
        (post_id, route.channel.pk): route for post_id, routes in routed.items() for route in routes
    }


@dataclasses.dataclass(frozen=True)
class Unplanned:
    """A draft or a post in review where routing would put it."""

    post: Post
    place: PlaceKey
    at: datetime
    row: Row


def load_unplanned(
    *, posts: PostQuerySet, places: Iterable[PlaceKey] | None, at: datetime, now: datetime
) -> list[Unplanned]:
    """Place drafts and posts in review among ``posts`` by their embargo, or else at the moment."""
    channels = list(site_channels(places))
    unfinished = (PostState.DRAFT, PostState.IN_REVIEW)
    wanted = posts.filter(state__in=unfinished).not_expired(at)
    rows = list(with_content(wanted).order_by("-updated_at", "-pk")[:MOST_UNPLANNED])
    if not rows or not channels:
        return []
    by_id = {channel.pk: channel for channel in channels}
    routed = route_many(rows, channels)
    return [
        unplanned_row(post, by_id[route.channel.pk], at, now)
        for post in rows
        if not (post.embargo_until and post.embargo_until > at)
        for route in routed[post.pk]
        if route.goes
    ]


def unplanned_row(post: Post, channel: Channel, at: datetime, now: datetime) -> Unplanned:
    """Show a post that has no delivery as it stands now, whatever it lacks."""
    embargo = post.embargo_until
    when = embargo if embargo and embargo > now else at
    return Unplanned(post, channel.spoke_id, when, row_of_post(post, channel, when))


def site_channels(places: Iterable[PlaceKey] | None) -> QuerySet[Channel]:
    """Select one or more channels of the site for each place."""
    rows = Channel.objects.filter(network="site").select_related("spoke")
    if places is None:
        return rows
    keys = set(places)
    here = Q(spoke__in=[key for key in keys if key is not None])
    return rows.filter(here | Q(spoke__isnull=True) if None in keys else here)
