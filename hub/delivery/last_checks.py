"""Looked at again at the moment of sending: what was right when it was planned may be wrong now."""

from __future__ import annotations

import dataclasses
import zoneinfo
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext, ngettext

from content.editorial.models import Post, PostState
from hub.delivery import gates, policy
from hub.delivery.clock import TO_COME
from hub.delivery.models import Attempt, Delivery, Kind, Outcome
from hub.delivery.states import (
    CHECKING_STATES,
    GONE_STATES,
    INBOX_STATES,
    LEASED_STATES,
    State,
)
from spokes.audiences.routing import Route
from spokes.channels.connectors.base import Capabilities, Dedupe
from spokes.channels.models import Channel

# a change waits this long for the publish before it
WAIT_FOR_TARGET = timedelta(seconds=15)
WAIT_FOR_PERSON = timedelta(minutes=5)


@dataclasses.dataclass(frozen=True)
class Stop:
    """The delivery does not go out now: where it goes instead, and why."""

    to: State
    reason: str
    next_try_at: datetime | None = None
    # set when the delivery itself is under suspicion
    crashes: int | None = None
    # goes to the channel's next free slot after this time, and to ``to`` where there is none
    slot_after: datetime | None = None


@dataclasses.dataclass(frozen=True)
class Around:
    """What else goes on with the same posts on the network; ids of publish deliveries."""

    withdrawn: frozenset[int]
    # an edit is on the wire, or may be
    edited: frozenset[int]
    # a worker that had lost its lease brought the answer "it is there"
    answered: frozenset[int]

    @classmethod
    def of(cls, claimed: Sequence[Delivery]) -> Around:
        publishes = {delivery.target_id or delivery.pk for delivery in claimed}
        changes = Delivery.objects.still_open().filter(target__in=publishes)
        rows = list(changes.order_by().values_list("target_id", "kind", "state"))
        on_the_wire = (*LEASED_STATES, *CHECKING_STATES)
        tried = [delivery.pk for delivery in claimed if delivery.first_sent_at]
        answers = Attempt.objects.filter(
            delivery__in=tried, orphaned=True, outcome=Outcome.SENT
        ).order_by()
        return cls(
            withdrawn=frozenset(pk for pk, kind, _ in rows if kind == Kind.WITHDRAW),
            edited=frozenset(
                pk for pk, kind, state in rows if kind == Kind.EDIT and state in on_the_wire
            ),
            answered=frozenset(answers.values_list("delivery", flat=True))
            if tried
            else frozenset(),
        )


def reason_to_stop(
    *,
    delivery: Delivery,
    post: Post,
    channel: Channel,
    capabilities: Capabilities,
    route: Route | None,
    around: Around,
    now: datetime,
) -> Stop | None:
    if delivery.kind == Kind.WITHDRAW:
        return _target_not_ready(delivery, now) or _edit_first(delivery, around, now)
    withdrawn = _being_withdrawn(delivery, around)
    changed = _post_changed(delivery, post, now)
    if delivery.kind == Kind.EDIT:
        unlicensed = _not_licensed(post, channel, now)
        return _target_not_ready(delivery, now) or withdrawn or changed or unlicensed
    return (
        _answered_late(delivery, around, now)
        or withdrawn
        or changed
        or _not_routed(route)
        or _not_licensed(post, channel, now)
        or _late(delivery, post, channel, now)
        or _unprotected(delivery, capabilities, now)
    )


def foreseen_stop(
    *, delivery: Delivery, post: Post, route: Route | None, withdrawn: bool, now: datetime
) -> Stop | None:
    """Tell what would stop it at a time to come, if nothing changes until then.

    Reads and takes nothing: no place among the late ones, no look at the target.
    """
    if delivery.kind == Kind.WITHDRAW:
        return None
    if withdrawn:
        return Stop(State.CANCELLED, gettext("It is being withdrawn."))
    changed = _post_changed(delivery, post, now)
    changed = changed or _not_licensed(post, delivery.channel, now)
    return changed if delivery.kind == Kind.EDIT else changed or _not_routed(route)


def ends_unsent(
    *, delivery: Delivery, post: Post, channel: Channel, withdrawn: bool, now: datetime
) -> Stop | None:
    """Tell what ends it whatever it waits for: no later moment would send it.

    Reads and takes nothing but its target.
    """
    gone = _target_gone(delivery) if delivery.kind != Kind.PUBLISH else None
    if gone or delivery.kind == Kind.WITHDRAW:
        return gone
    if withdrawn:
        return Stop(State.CANCELLED, gettext("It is being withdrawn."))
    expired = _expired(post, now)
    if expired or delivery.kind == Kind.EDIT:
        return expired
    verdict = _lateness(delivery, post, channel, now)
    return _missed(delivery, now) if verdict is policy.Lateness.MISSED else None


def key_protects(delivery: Delivery, capabilities: Capabilities, now: datetime) -> bool:
    """Say whether the same can be sent again now without becoming a second post."""
    if delivery.kind != Kind.PUBLISH:
        return True
    if capabilities.dedupe is not Dedupe.KEY:
        return False
    first = delivery.first_sent_at or now
    if first > now + TO_COME and capabilities.key_lifetime:
        # noted by a wrong clock: nobody knows how old the key is
        return False
    # the call may come as late as the lease allows, and take as long as it may
    over_at = now + max(policy.LEASE, timedelta(seconds=capabilities.call_seconds))
    return capabilities.key_lifetime is None or over_at - first < capabilities.key_lifetime


def _answered_late(delivery: Delivery, around: Around, now: datetime) -> Stop | None:
    if delivery.pk not in around.answered:
        return None
    return Stop(State.UNKNOWN, gettext("The answer to an earlier call came late."), now)


def _being_withdrawn(delivery: Delivery, around: Around) -> Stop | None:
    if (delivery.target_id or delivery.pk) not in around.withdrawn:
        return None
    return Stop(State.CANCELLED, gettext("It is being withdrawn."))


def _edit_first(delivery: Delivery, around: Around, now: datetime) -> Stop | None:
    if delivery.target_id not in around.edited:
        return None
    words = gettext("Waits until the edit before it is through.")
    return Stop(delivery.resting_state, words, now + WAIT_FOR_TARGET)


def _unprotected(delivery: Delivery, capabilities: Capabilities, now: datetime) -> Stop | None:
    """A repeat of what may be there: only under a key that the network still remembers."""
    if not delivery.uncertain or key_protects(delivery, capabilities, now):
        return None
    return Stop(State.UNKNOWN, gettext("The network may have forgotten our key by now."), now)


def _post_changed(delivery: Delivery, post: Post, now: datetime) -> Stop | None:
    if post.state != PostState.APPROVED:
        return Stop(State.REFUSED, gettext("The post is not approved any more."))
    if post.revision != delivery.post_revision:
        return Stop(State.REFUSED, gettext("The post was changed after it was scheduled."))
    if expired := _expired(post, now):
        return expired
    if post.embargo_until and post.embargo_until > now:
        return Stop(
            delivery.resting_state,
            gettext("Under embargo until {embargo_until:%Y-%m-%d %H:%M} UTC.").format(
                embargo_until=post.embargo_until
            ),
            post.embargo_until,
        )
    return None


def _expired(post: Post, now: datetime) -> Stop | None:
    if post.expires_at is None or post.expires_at > now:
        return None
    words = gettext("The post expired at {expires_at:%Y-%m-%d %H:%M} UTC.")
    return Stop(State.MISSED, words.format(expires_at=post.expires_at))


def _not_routed(route: Route | None) -> Stop | None:
    if route is None or route.goes:
        return None
    return Stop(
        State.REFUSED,
        gettext("The channel does not want it any more: {reason}").format(reason=route.reason),
    )


def _not_licensed(post: Post, channel: Channel, now: datetime) -> Stop | None:
    """Its picture may not be shown on this day, as the day is where the channel is."""
    if post.hero is None:
        return None
    today = now.astimezone(zoneinfo.ZoneInfo(channel.zone)).date()
    problem = post.hero.licence_problem(today)
    return Stop(State.REFUSED, problem) if problem else None


def _in_words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    if minutes < 48 * 60:
        return gettext("{n} hours").format(n=minutes // 60)
    return gettext("{n} days").format(n=minutes // (24 * 60))


def _late(delivery: Delivery, post: Post, channel: Channel, now: datetime) -> Stop | None:
    verdict = _lateness(delivery, post, channel, now)
    if verdict is policy.Lateness.ON_TIME:
        return None
    if verdict is policy.Lateness.MISSED:
        return _missed(delivery, now)
    if verdict is policy.Lateness.NEXT_SLOT:
        late_by = _in_words(now - delivery.due_at)
        words = gettext("It came up {late_by} late.").format(late_by=late_by)
        # a repeat of what may be there already does not begin a new life
        return Stop(State.MISSED, words, slot_after=None if delivery.uncertain else now)
    free_at = gates.take_late_place(channel=channel, due_at=delivery.due_at, now=now)
    if free_at:
        return Stop(delivery.resting_state, gettext("Late; released at a pace."), free_at)
    return None


def _lateness(delivery: Delivery, post: Post, channel: Channel, now: datetime) -> policy.Lateness:
    return policy.lateness(
        due_at=delivery.due_at, now=now, policy=channel.late_policy, evergreen=post.evergreen
    )


def _missed(delivery: Delivery, now: datetime) -> Stop:
    words = gettext("It came up {late_by} late, too late for this channel.")
    return Stop(State.MISSED, words.format(late_by=_in_words(now - delivery.due_at)))


def _target_gone(delivery: Delivery) -> Stop | None:
    target = delivery.target
    if target and not target.withdrawn_at and target.state not in GONE_STATES:
        return None
    return Stop(State.CANCELLED, gettext("There is nothing on the channel to change any more."))


def _target_not_ready(delivery: Delivery, now: datetime) -> Stop | None:
    target = delivery.target
    gone = _target_gone(delivery)
    if target is None or gone or target.state == State.LIVE:
        return gone
    wait = WAIT_FOR_PERSON if target.state in INBOX_STATES else WAIT_FOR_TARGET
    return Stop(delivery.resting_state, gettext("Waits until the post is there."), now + wait)
