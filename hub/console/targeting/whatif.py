"""What would come of a change before it is made: posts that move, deliveries that stop."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from content.editorial.models import Post
from content.editorial.querysets import PostQuerySet
from hub.delivery.models import Delivery, Kind
from hub.people.scope import visible
from spokes.audiences.facts import facts_of_many
from spokes.audiences.lately import Known
from spokes.audiences.models import Audience
from spokes.audiences.routing import overrides_of
from spokes.audiences.whatif import Moved, Moves, Trial, moved, moves, try_audience, try_fields
from spokes.channels.models import Channel, Spoke

# planned deliveries that are looked at
MOST_DELIVERIES = 2000
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class WhatIf:
    moved: Moved
    # planned, and stopped at their last check if the change is made
    stops: list[Delivery]
    # what an audience itself takes and leaves
    own: Moves | None = None

    @property
    def shown_stops(self) -> list[Delivery]:
        return self.stops[:SHOWN]

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


def _asked(user: User, trial: Trial, posts: PostQuerySet, own: Moves | None = None) -> WhatIf:
    channels = visible(user, Channel.objects.with_audience())
    return WhatIf(moved(trial, posts, list(channels)), _stops(user, trial), own)


def _stops(user: User, trial: Trial) -> list[Delivery]:
    """List what is planned for a channel that would not take it any more, the soonest first."""
    planned = visible(user, Delivery.objects.planned().filter(kind=Kind.PUBLISH))
    if trial.may_move:
        planned = planned.filter(post__in=Post.objects.filter(trial.may_move).order_by())
    rows = list(
        planned.select_related("post", "channel")
        .defer("payload", "post__body", "post__body_html")
        .order_by("due_at", "pk")[:MOST_DELIVERIES]
    )
    posts = {row.post_id: row.post for row in rows}
    facts, by_hand = facts_of_many(posts.values()), overrides_of(posts.values())
    leaves = {
        pk: trial.changes(Known(post, facts[pk], by_hand.get(pk, {})))[1]
        for pk, post in posts.items()
    }
    return [row for row in rows if row.channel_id in leaves[row.post_id]]
