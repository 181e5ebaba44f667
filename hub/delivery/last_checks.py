"""Looked at again at the moment of sending: what was right when it was planned may be wrong now."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from content.editorial.models import Post, PostState
from hub.delivery import gates, policy
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import State
from spokes.audiences.routing import Route
from spokes.channels.models import Channel

# a change waits this long for the publish before it
WAIT_FOR_TARGET = timedelta(seconds=15)


@dataclasses.dataclass(frozen=True)
class Stop:
    """The delivery does not go out now: where it goes instead, and why."""

    to: State
    reason: str
    next_try_at: datetime | None = None


def reason_to_stop(
    *, delivery: Delivery, post: Post, channel: Channel, route: Route | None, now: datetime
) -> Stop | None:
    if delivery.kind == Kind.WITHDRAW:
        return _target_not_ready(delivery, now)
    changed = _post_changed(delivery, post, now)
    if delivery.kind == Kind.EDIT:
        return _target_not_ready(delivery, now) or changed
    return changed or _not_routed(route) or _late(delivery, post, channel, now)


def _post_changed(delivery: Delivery, post: Post, now: datetime) -> Stop | None:
    if post.state != PostState.APPROVED:
        return Stop(State.REFUSED, "The post is not approved any more.")
    if post.revision != delivery.post_revision:
        return Stop(State.REFUSED, "The post was changed after it was scheduled.")
    if post.expires_at and post.expires_at <= now:
        return Stop(State.MISSED, f"The post expired at {post.expires_at:%Y-%m-%d %H:%M} UTC.")
    if post.embargo_until and post.embargo_until > now:
        return Stop(
            delivery.resting_state,
            f"Under embargo until {post.embargo_until:%Y-%m-%d %H:%M} UTC.",
            post.embargo_until,
        )
    return None


def _not_routed(route: Route | None) -> Stop | None:
    if route is None or route.goes:
        return None
    return Stop(State.REFUSED, f"The channel does not want it any more: {route.reason}")


def _late(delivery: Delivery, post: Post, channel: Channel, now: datetime) -> Stop | None:
    verdict = policy.lateness(
        due_at=delivery.due_at,
        now=now,
        policy=channel.late_policy,
        evergreen=post.evergreen,
    )
    if verdict is policy.Lateness.ON_TIME:
        return None
    if verdict is policy.Lateness.MISSED:
        late_by = int((now - delivery.due_at).total_seconds() // 60)
        return Stop(State.MISSED, f"It came up {late_by} minutes late, too late for this channel.")
    free_at = gates.take_late_place(channel_id=channel.pk, now=now)
    if free_at:
        return Stop(delivery.resting_state, "Late; released at a pace.", free_at)
    return None


def _target_not_ready(delivery: Delivery, now: datetime) -> Stop | None:
    target = delivery.target
    over = (State.CANCELLED, State.REFUSED, State.MISSED, State.DEAD)
    if target is None or target.withdrawn_at or target.state in over:
        return Stop(State.CANCELLED, "There is nothing on the channel to change any more.")
    if target.state == State.LIVE:
        return None
    return Stop(delivery.resting_state, "Waits until the post is there.", now + WAIT_FOR_TARGET)
