"""How much waits for a person: counted in one query, once a request."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.db.models import CharField, Count, F, QuerySet, Value
from django.http import HttpRequest

from content.catalogue.models import UnresolvedGenre
from content.editorial.models import Post
from hub.delivery.health import COUNTED_STATES
from hub.delivery.models import Delivery
from hub.delivery.states import INBOX_STATES, State
from hub.people.scope import visible
from spokes.channels.models import Channel

POSTS, GENRES = "posts in review", "unknown genres"
# nobody has to act yet, but somebody may want to know
PASSING = (State.UNKNOWN, State.BLOCKED)
WORRYING = (*INBOX_STATES, *PASSING)
PAUSED, UNCONNECTED = "paused channels", "unconnected channels"


@dataclasses.dataclass(frozen=True)
class Waiting:
    reviews: int
    unknown_genres: int
    paused_channels: int
    unconnected_channels: int
    # deliveries by state, for the states that pass or need somebody
    deliveries: dict[str, int]

    @property
    def trouble(self) -> int:
        return sum(self.deliveries.get(state, 0) for state in INBOX_STATES)

    @property
    def worrying(self) -> int:
        """Count what is in trouble and nobody has to do anything about yet, too."""
        return sum(self.deliveries.get(state, 0) for state in WORRYING)


def waiting(request: HttpRequest) -> Waiting:
    """Count what the person behind the request may see of it."""
    known: Waiting | None = getattr(request, "console_waiting", None)
    if known is None:
        known = _count(request)
        request.console_waiting = known  # type: ignore[attr-defined]  # kept for this request only
    return known


def _count(request: HttpRequest) -> Waiting:
    user = request.user
    channels = visible(user, Channel.objects.all())
    legs = {
        POSTS: visible(user, Post.objects.in_review()),
        GENRES: UnresolvedGenre.objects.waiting(),
        PAUSED: channels.paused(),
        UNCONNECTED: channels.filter(auth_lost_at__isnull=False),
    }
    rows = visible(user, Delivery.objects.filter(state__in=COUNTED_STATES))
    states = rows.order_by().values_list(F("state")).annotate(number=Count("pk"))
    every = states.union(*(_one(leg, name) for name, leg in legs.items()), all=True)
    counted = dict(every)
    return Waiting(
        reviews=counted.pop(POSTS, 0),
        unknown_genres=counted.pop(GENRES, 0),
        paused_channels=counted.pop(PAUSED, 0),
        unconnected_channels=counted.pop(UNCONNECTED, 0),
        deliveries=counted,
    )


def _one(rows: QuerySet[Any], name: str) -> Any:
    named = rows.order_by().annotate(what=Value(name, output_field=CharField()))
    return named.values_list("what").annotate(number=Count("pk"))
