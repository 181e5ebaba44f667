"""What would come of a change before it is made: posts that move, deliveries that stop."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User

from content.editorial.models import Post
from content.editorial.querysets import PostQuerySet
from hub.delivery.models import Delivery, Kind
from hub.people.scope import visible
from spokes.audiences.lately import Sample
from spokes.audiences.models import Audience
from spokes.audiences.profiles.opened import Opened
from spokes.audiences.rows import places_of
from spokes.audiences.whatif import (
    Moved,
    Moves,
    Trial,
    moved,
    moves,
    try_audience,
    try_fields,
    try_opened,
)
from spokes.channels.models import Channel, Spoke

# planned deliveries that are looked at
MOST_DELIVERIES = 2000
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class WhatIf:
    moved: Moved
    # planned, and stopped at their last check if the change is made; the soonest first
    stops: list[int]
    # what an audience itself takes and leaves
    own: Moves | None = None

    @cached_property
    def shown_stops(self) -> list[Delivery]:
        rows = Delivery.objects.filter(pk__in=self.stops[:SHOWN]).order_by("due_at", "pk")
        shown = rows.select_related("post", "channel")
        return list(shown.defer("payload", "post__body", "post__body_html"))

    @property
    def more_stops(self) -> int:
        return max(0, len(self.stops) - SHOWN)


def if_audience_said(user: User, audience: Audience, text: str, posts: PostQuerySet) -> WhatIf:
    """Ask for an audience with another expression, which can be read."""
    trial = try_audience(audience, text)
    return _asked(user, trial, posts, moves(trial.before, trial.after, posts))


def if_changed(
    user: User, row: Spoke | Channel, fields: Mapping[str, Any], posts: PostQuerySet
) -> WhatIf:
    """Ask for a spoke or a channel with other fields, which are sound."""
    return _asked(user, try_fields(row, fields), posts)


def if_learnt(user: User, row: Spoke | Channel, opened: Opened, posts: PostQuerySet) -> WhatIf:
    """Ask for a spoke or a channel whose profile is learnt from these openings."""
    return _asked(user, try_opened(row, opened), posts)


def _asked(user: User, trial: Trial, posts: PostQuerySet, own: Moves | None = None) -> WhatIf:
    channels = visible(user, Channel.objects.select_related("spoke"))
    return WhatIf(moved(trial, posts, channels), _stops(user, trial), own)


def _stops(user: User, trial: Trial) -> list[int]:
    """Name what is planned for a channel that would not take it any more."""
    planned = visible(user, Delivery.objects.planned()).order_by("due_at", "pk")
    # the kind is looked at here: it would lead the database to all that was ever published
    rows = [
        (pk, post, channel)
        for pk, post, channel, kind in planned.values_list("pk", "post_id", "channel_id", "kind")[
            :MOST_DELIVERIES
        ]
        if kind == Kind.PUBLISH and channel in trial.channels
    ]
    posts = Post.objects.filter(pk__in={post for _, post, _ in rows}).filter(trial.may_move)
    leaves = {
        (page[place].post.pk, channel)
        for page in Sample(posts, MOST_DELIVERIES).pages()
        for channel, _, no_more in trial.changes(page)
        for place in places_of(no_more)
    }
    return [pk for pk, post, channel in rows if (post, channel) in leaves]
