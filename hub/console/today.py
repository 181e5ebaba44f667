"""What a person of the newsroom wants to know first: the day, in few and bounded queries."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from content.editorial.models import Post, PostState
from content.media.models import Asset, Rendition
from content.media.renditions import urls_of
from hub.console.waiting import PASSING
from hub.delivery import health
from hub.delivery.clock import TO_COME
from hub.delivery.health import OVERDUE_AFTER, SILENT_AFTER
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery, Heartbeat, Hold, Kind
from hub.delivery.states import DUE_STATES, INBOX_STATES, State
from hub.people.scope import visible
from spokes.channels.models import Channel

SHOWN_PLANNED = 8
SHOWN_GONE_OUT = 8
SHOWN_TROUBLE = 6
SHOWN_POSTS = 6
SHOWN_LICENCES = 8
SHOWN_UNCONNECTED = 6
SHOWN_HOLDS = 3
# of what should be out and is kept back, so many are counted
MOST_KEPT = 1_000
# so many holds are counted for nothing, more with another query
READ_HOLDS = 20
LICENCES_AHEAD = timedelta(days=7)
NO_HOLDS = Holds.of(())
CHANGES = (Kind.EDIT, Kind.WITHDRAW)
NOT_LIVE = tuple(state for state in State if state != State.LIVE)
# what small pictures are made from, the first that is ready
THUMBNAILS = ("card-320", "card-640")


@dataclasses.dataclass(frozen=True)
class Deliveries:
    planned: list[Delivery]
    gone_out: list[Delivery]
    trouble: list[Delivery]
    # live with a picture whose licence has ended or ends within a week
    licences: list[Delivery]

    @property
    def every(self) -> list[Delivery]:
        return [*self.planned, *self.gone_out, *self.trouble, *self.licences]


@dataclasses.dataclass(frozen=True)
class Kept:
    """How much should be out that a pause, a hold or a lost connection keeps back."""

    number: int
    # there is more than was counted
    more: bool


@dataclasses.dataclass(frozen=True)
class Desk:
    """A person's own work."""

    reviews: list[Post]
    drafts: list[Post]


@dataclasses.dataclass(frozen=True)
class Machine:
    """Whether anything goes out at all, and what stops it."""

    alive: bool
    last_seen_at: datetime | None
    paused: Hold | None
    # the first of those that stop a part, and how many there are
    held: list[Hold]
    holds: int
    unconnected: list[Channel]
    # beyond these
    more_unconnected: int


def deliveries_of_today(user: User, now: datetime, holds: Holds = NO_HOLDS) -> Deliveries:
    """Read what goes out next, what went out last, what is stuck, and where a licence ends.

    What a person has to do something about comes before what passes by itself.
    """
    rows = visible(user, Delivery.objects.all())
    licence_end = (now + LICENCES_AHEAD).date()
    ending = Post.objects.filter(hero__in=Asset.objects.licence_ends(date.min, licence_end))
    lists = (
        rows.planned()
        .exclude(health.kept_back(holds))
        .order_by("next_try_at", "id")[:SHOWN_PLANNED],
        rows.filter(state=State.LIVE, due_at__lte=now).order_by("-due_at", "-id")[:SHOWN_GONE_OUT],
        rows.needing_a_person().order_by("-due_at", "-id")[:SHOWN_TROUBLE],
        rows.filter(state__in=PASSING).order_by("-due_at", "-id")[:SHOWN_TROUBLE],
        # live ones, by what they are not: no index is used for that, but the one by posts, of
        # which there are few
        rows.filter(post__in=ending, withdrawn_at__isnull=True)
        .exclude(kind__in=CHANGES)
        .exclude(state__in=NOT_LIVE)
        .order_by("post__hero__licence_until", "id")[:SHOWN_LICENCES],
    )
    full = Delivery.objects.select_related("post__hero", "channel__spoke")
    # neither their texts nor what was sent: only what a row of the page shows
    found = list(
        any_of(full, lists).defer("payload", "post__body", "post__body_html", "post__teaser")
    )
    live = sorted((row for row in found if row.state == State.LIVE), key=_due_at, reverse=True)
    return Deliveries(
        planned=sorted(
            (row for row in found if row.state in DUE_STATES), key=lambda row: row.next_try_at
        ),
        gone_out=[row for row in live if row.due_at <= now][:SHOWN_GONE_OUT],
        trouble=[
            *sorted((row for row in found if row.state in INBOX_STATES), key=_due_at, reverse=True),
            *sorted((row for row in found if row.state in PASSING), key=_due_at, reverse=True),
        ][:SHOWN_TROUBLE],
        licences=_by_licence_end(live, licence_end)[:SHOWN_LICENCES],
    )


def kept_back(user: User, now: datetime, holds: Holds) -> Kept:
    """Count what should be out, and does not go out before somebody steps in."""
    due = visible(user, Delivery.objects.due(now)).filter(health.kept_back(holds))
    number = due.order_by()[: MOST_KEPT + 1].count()
    return Kept(min(number, MOST_KEPT), number > MOST_KEPT)


def _due_at(row: Delivery) -> datetime:
    return row.due_at


def _by_licence_end(live: Iterable[Delivery], last: date) -> list[Delivery]:
    ends = [
        (row.post.hero.licence_until, row.pk, row)
        for row in live
        if row.kind == Kind.PUBLISH and not row.withdrawn_at
        if row.post.hero and row.post.hero.licence_until and row.post.hero.licence_until <= last
    ]
    return [row for *_, row in sorted(ends)]


def desk_of(user: User) -> Desk:
    """Read what waits for this person's review and what he or she has begun, in one query."""
    posts = visible(user, Post.objects.all())
    reviews = posts.waiting_for(user) if user.has_perm("editorial.approve_post") else posts.none()
    lists = (
        reviews.order_by("updated_at", "id")[:SHOWN_POSTS],
        posts.drafts().filter(author=user).order_by("-updated_at", "-id")[:SHOWN_POSTS],
    )
    full = Post.objects.select_related("author", "hero").defer("body", "body_html")
    found = list(any_of(full, lists))
    by_age = sorted(found, key=lambda post: post.updated_at)
    return Desk(
        [post for post in by_age if post.state == PostState.IN_REVIEW],
        [post for post in reversed(by_age) if post.state == PostState.DRAFT],
    )


def machine(user: User, now: datetime, *, unconnected: int) -> Machine:
    """Look after the runner and what is stopped.

    ``unconnected`` channels are known to be lost: asked for only if there are some.
    """
    # beat alone sends nothing, and what a wrong clock noted says nothing
    workers = Heartbeat.objects.filter(role="worker", seen_at__lte=now + TO_COME)
    last = workers.order_by("-seen_at").values_list("seen_at", flat=True).first()
    rows = Hold.objects.select_related("spoke", "artist", "post", "by")
    # what stops everything concerns everybody
    everything = Hold.objects.filter(scope=Hold.Scope.ALL)
    mine = visible(user, Hold.objects.all())
    rows = rows.filter(Q(pk__in=everything) | Q(pk__in=mine))
    # what stops everything stands first, by its name too
    holds = list(rows.order_by("scope", "pk")[:READ_HOLDS])
    held = [one for one in holds if one.scope != Hold.Scope.ALL]
    lost = visible(user, Channel.objects.unconnected())
    shown = list(lost.order_by("auth_lost_at", "pk")[:SHOWN_UNCONNECTED]) if unconnected else []
    return Machine(
        alive=bool(last and now - last < SILENT_AFTER),
        last_seen_at=last,
        paused=next((one for one in holds if one.scope == Hold.Scope.ALL), None),
        held=held[:SHOWN_HOLDS],
        holds=len(held) if len(holds) < READ_HOLDS else rows.exclude(pk__in=everything).count(),
        unconnected=shown,
        more_unconnected=max(0, unconnected - len(shown)),
    )


def overdue_since(user: User, now: datetime, holds: Holds) -> datetime | None:
    """Say since when the first that should have gone out waits; None: nothing is late.

    What a pause, a hold or a lost connection keeps is not late, and must not hide what is.
    """
    late = visible(user, Delivery.objects.due(now - OVERDUE_AFTER))
    open_ones = late.exclude(health.kept_back(holds)).order_by("next_try_at")
    first = open_ones.only("next_try_at").first()
    return first.next_try_at if first else None


def add_thumbnails(posts: Iterable[Post], wanted: Sequence[str] = THUMBNAILS) -> None:
    """Give each post ``thumbnail``, the address of a small picture or nothing; one query."""
    posts = list(posts)
    heroes = [post.hero for post in posts if post.hero]
    ready = Rendition.objects.ready().filter(name__in=wanted)
    prefetch_related_objects(heroes, Prefetch("renditions", queryset=ready))
    for post in posts:
        urls = urls_of(post.hero) if post.hero else {}
        found = next((urls[name] for name in wanted if name in urls), "")
        post.thumbnail = found  # type: ignore[attr-defined]  # for the template alone


def any_of(full: QuerySet[Any], lists: Sequence[QuerySet[Any]]) -> QuerySet[Any]:
    """Join bounded lists: a union on SQLite takes no limits, so each hides in a list of keys."""
    keys = [full.model._default_manager.filter(pk__in=rows.values("pk")) for rows in lists]
    first, *others = (one.order_by().values("pk") for one in keys)
    return full.filter(pk__in=first.union(*others, all=True))
