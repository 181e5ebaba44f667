"""Sent, but did it arrive? Ask the network, read-only, until it is known or a person must look."""

from __future__ import annotations

import itertools
import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils.translation import gettext

from hub.delivery import gates, policy
from hub.delivery.clock import TO_COME, queue_now
from hub.delivery.exceptions import LeaseLost
from hub.delivery.hints import hint_look_up
from hub.delivery.last_checks import key_protects
from hub.delivery.models import Attempt, Delivery, Gate, Kind
from hub.delivery.models import Outcome as OutcomeName
from hub.delivery.settle import after_settling, end_attempt, fit, live_changes, lock_posts
from hub.delivery.shares import Shares
from hub.delivery.signs import leaving
from hub.delivery.states import CHECKING_STATES, State
from spokes.channels.connectors.base import (
    Accepted,
    AuthLost,
    Capabilities,
    Connector,
    Finding,
    NotThere,
    Refused,
    Sent,
    Trace,
    Unknown,
)
from spokes.channels.connectors.registry import CONNECTORS, connector_for
from spokes.channels.exceptions import UnknownNetwork

logger = logging.getLogger(__name__)

# of one channel, in one visit
BATCH = 200
# nobody works by a wrong clock for longer without noticing
LONGEST_WRONG = timedelta(days=1)

Step = tuple[State, dict[str, Any]]


def ask_for_look_ups(now: datetime) -> int:
    """Ask workers to look up what is due to be: one a channel, so that none waits for another.

    Without a broker to ask them by, it is done here. Returns how many channels there are.
    """
    channel_ids = channels_to_look_up(now)
    for channel_id in channel_ids:
        if not hint_look_up(channel_id):
            reconcile(now)
            break
    return len(channel_ids)


def channels_to_look_up(now: datetime) -> list[int]:
    """Name the channels that have something to look up and nobody at it, longest due first."""
    waiting = Delivery.objects.to_look_up(now).order_by().values_list("channel")
    by_age = waiting.annotate(since=Min("next_try_at")).order_by("since")
    ids = [channel_id for channel_id, _ in by_age]
    names = Gate.objects.filter(name__in=map(gates.gate_name, ids), looking_until__gt=now)
    taken = set(names.values_list("name", flat=True))
    return [pk for pk in ids if gates.gate_name(pk) not in taken]


def look_up_channel(*, channel_id: int, now: datetime | None = None) -> int:
    """Look up what is due on one channel, unless another worker is at it; returns how many.

    Leaves after a while, as a sender does. ``now`` is for tests.
    """
    started = now or queue_now()
    if not _take_channel(channel_id, started):
        return 0
    asked = 0
    leave_at = time.monotonic() + policy.STAY_SECONDS
    due = Delivery.objects.to_look_up(started).filter(channel=channel_id)
    rows = due.select_related("post", "target", "channel__spoke").order_by("next_try_at", "id")
    try:
        for delivery in rows[:BATCH]:
            if time.monotonic() > leave_at or leaving.is_set():
                break
            asked += _look_up_safely(delivery, now=now or queue_now())
    finally:
        # unless it took so long that somebody else is at it
        ours = Gate.objects.filter(name=gates.gate_name(channel_id))
        ours.filter(looking_until=started + longest_visit()).update(looking_until=None)
    return asked


def longest_visit() -> timedelta:
    """Say how long one may look up on a channel: who seems to for longer was killed there."""
    return timedelta(seconds=policy.STAY_SECONDS) + max(map(_longest_call, CONNECTORS))


def _longest_call(network: str) -> timedelta:
    """Say after which time nobody is at a look-up there any more: else none is ever settled."""
    connector = CONNECTORS.get(network)
    seconds = connector.capabilities.call_seconds if connector else 0.0
    return max(policy.LEASE, timedelta(seconds=seconds) + policy.LEASE / 2)


def _take_channel(channel_id: int, now: datetime) -> bool:
    """Be the one who looks up there, if it is free and the channel's share of workers allows."""
    name = gates.gate_name(channel_id)
    free = Q(looking_until=None) | Q(looking_until__lte=now)
    with transaction.atomic():
        gate = gates.lock_gate(channel_id=channel_id, now=now)
        shares = Shares(now)
        if not gate.quick:
            shares.take_turn()
        if not shares.free(channel_id, quick=gate.quick):
            return False
        mine = Gate.objects.filter(free, name=name).update(looking_until=now + longest_visit())
    return bool(mine)


def reconcile(now: datetime) -> int:
    """Look up in this process what is due, the channels taking turns; returns how many it asked.

    Stops after a while, for slow networks must not keep the caller from other rounds.
    """
    due = (
        Delivery.objects.to_look_up(now)
        .select_related("post", "target", "channel__spoke")
        .order_by("next_try_at", "id")
    )
    by_channel: dict[int, list[Delivery]] = {}
    for delivery in due[:BATCH]:
        by_channel.setdefault(delivery.channel_id, []).append(delivery)
    asked = 0
    leave_at = time.monotonic() + policy.STAY_SECONDS
    for round_ in itertools.zip_longest(*by_channel.values()):
        for delivery in filter(None, round_):
            if time.monotonic() > leave_at:
                return asked
            asked += _look_up_safely(delivery, now=now)
    return asked


def _look_up_safely(delivery: Delivery, *, now: datetime) -> bool:
    """Look it up; return whether it was asked about."""
    try:
        look_up(delivery, now=now)
    except LeaseLost:
        logger.info("delivery %s is being looked up elsewhere", delivery.pk)
        return False
    except Exception:  # one network's fault must not keep the others unknown
        logger.exception("delivery %s could not be looked up", delivery.pk)
        return False
    return True


def look_up(delivery: Delivery, *, now: datetime) -> None:
    """Find out about one delivery and settle what is known.

    Raises LeaseLost when another worker is at it.
    """
    _take_turn(delivery, now)
    try:
        connector = connector_for(delivery.channel)
    except UnknownNetwork as error:
        _settle(delivery, (State.REVIEW, {"reason": str(error)}), now=now)
        return
    except Exception as error:  # no look-up will ever be made: a person decides in the end
        logger.exception("%s can't be set up", delivery.channel)
        words = gettext("The look-up failed: {error!r}").format(error=error)
        changes = _ask_again(delivery, words, now)
        _settle(delivery, _unless_used_up(delivery, State(delivery.state), changes, now), now=now)
        return
    finding = _answer_kept(delivery) or _ask(delivery, connector, now)
    _settle(delivery, _step(delivery, finding, connector.capabilities, now), now=now)


def _take_turn(delivery: Delivery, now: datetime) -> None:
    """Push the next look-up ahead under a new token, so that nobody else asks meanwhile."""
    mine = Delivery.objects.filter(
        pk=delivery.pk, state__in=CHECKING_STATES, lease_token=delivery.lease_token
    )
    ahead = now + _longest_call(delivery.channel.network)
    if mine.update(next_try_at=ahead, lease_token=F("lease_token") + 1) != 1:
        raise LeaseLost
    delivery.lease_token += 1


def _answer_kept(delivery: Delivery) -> Sent | None:
    """Return the success that a worker wrote down after it had lost the lease."""
    attempt = delivery.attempts.filter(orphaned=True, outcome=OutcomeName.SENT).first()
    return Sent(attempt.remote_id, attempt.detail) if attempt else None


def _ask(delivery: Delivery, connector: Connector, now: datetime) -> Finding | None:
    """Ask the network; None when it can't be asked. The answer is kept as an attempt."""
    # what we don't know of a change is not asked either: it is simply made again
    repeatable = delivery.kind != Kind.PUBLISH and delivery.state == State.UNKNOWN
    if repeatable or not connector.capabilities.can_find:
        return None
    attempt = Attempt.objects.create(
        delivery=delivery,
        call=Attempt.Call.FIND,
        number=delivery.lease_token,
        lease_token=delivery.lease_token,
        worker="reconcile",
        started_at=now,
    )
    trace = Trace(
        key=delivery.key,
        marker=delivery.marker,
        payload=delivery.payload or {},
        first_sent_at=not_sent_before(delivery, now),
        remote_id=delivery.remote_id,
        handle=delivery.handle,
    )
    began = time.monotonic()
    try:
        finding = connector.find(trace)
    except Exception as error:  # a connector's own fault says nothing about the post
        logger.exception("the look-up on %s failed", delivery.channel)
        finding = Unknown(gettext("The look-up failed: {error!r}").format(error=error))
    took = timedelta(seconds=time.monotonic() - began)
    if took >= policy.SLOW_CALL:
        gates.note_time(channel_id=delivery.channel_id, quick=False)
    end_attempt(attempt, finding, now=now + took)
    return finding


def _step(
    delivery: Delivery, finding: Finding | None, capabilities: Capabilities, now: datetime
) -> Step:
    match finding:
        case Sent():
            return State.LIVE, live_changes(delivery, finding, now)
        case Refused(reason) if delivery.state == State.ACCEPTED:
            return State.REFUSED, {"reason": fit(reason, 400), "settled_at": now}
        case Accepted(handle):
            changes = _ask_again(delivery, gettext("Still being processed."), now)
            changes["handle"] = fit(handle, 300)
            return _unless_used_up(delivery, State.ACCEPTED, changes, now)
        case NotThere(reason) if delivery.state == State.UNKNOWN:
            return _absent(delivery, reason, capabilities, now)
        case None:
            return _not_askable(delivery, capabilities, now)
        case NotThere(reason) | Refused(reason) | AuthLost(reason) | Unknown(reason):
            changes = _ask_again(delivery, reason, now)
            return _unless_used_up(delivery, State(delivery.state), changes, now)


def _absent(delivery: Delivery, reason: str, capabilities: Capabilities, now: datetime) -> Step:
    """It was not seen. Believed at once where a key protects us, else after several look-ups."""
    if key_protects(delivery, capabilities, now):
        # one look proves nothing for the day when the key is forgotten
        proved = capabilities.key_lifetime is None
        return _send_again(
            delivery, gettext("It did not arrive; sending again."), now, proved=proved
        )
    absences = delivery.absences + 1
    since = now - _last_call_at(delivery, now)
    # a call that may outlast its lease may still be running when the first look sees nothing
    beyond = max(timedelta(0), timedelta(seconds=capabilities.call_seconds) - policy.LEASE)
    long_enough = max(3 * capabilities.listing_lag, policy.ABSENCE_TIME) + beyond
    if absences >= policy.ABSENCES_NEEDED and since >= long_enough:
        return _send_again(delivery, gettext("It surely did not arrive."), now, proved=True)
    changes = {**_ask_again(delivery, reason, now), "absences": absences}
    return _unless_used_up(delivery, State.UNKNOWN, changes, now)


def _not_askable(delivery: Delivery, capabilities: Capabilities, now: datetime) -> Step:
    if delivery.state == State.UNKNOWN and key_protects(delivery, capabilities, now):
        words = gettext("No answer; the same again under the same key.")
        return _send_again(delivery, words, now, proved=delivery.kind != Kind.PUBLISH)
    words = gettext(
        "No answer came, and this network can't be asked. Please look whether it is there."
    )
    return State.REVIEW, {"reason": words}


def _last_call_at(delivery: Delivery, now: datetime) -> datetime:
    """When it may have been posted last: a repeat may appear as late as a first try.

    A call at a time to come was made before the clock was set back: no later than the first
    look-up since then.
    """
    calls = delivery.attempts.filter(call=Attempt.Call.SEND)
    last = calls.order_by("pk").last()
    if last is None:
        return delivery.first_sent_at or delivery.due_at
    if last.started_at <= now:
        return last.started_at
    since = delivery.attempts.filter(pk__gt=last.pk, started_at__lte=now)
    first: datetime | None = since.aggregate(first=Min("started_at"))["first"]
    return first or now


def not_sent_before(delivery: Delivery, now: datetime) -> datetime:
    """Say when it was first sent, or at the earliest where a wrong clock noted a time to come.

    That is not before it was planned, nor before a call that is on record before its own.
    """
    noted = delivery.first_sent_at or delivery.due_at
    if noted <= now + TO_COME:
        return noted
    earlier = Attempt.objects.filter(started_at__lte=now)
    if first := delivery.attempts.order_by("pk").first():
        earlier = earlier.filter(pk__lt=first.pk)
    last = earlier.order_by("-pk").values_list("started_at", flat=True).first()
    times = [time for time in (last, delivery.created_at) if time and time <= now]
    return max(times, default=now - LONGEST_WRONG)


def _send_again(delivery: Delivery, reason: str, now: datetime, *, proved: bool) -> Step:
    if delivery.tries >= policy.MAX_TRIES:
        return State.REVIEW, {
            "reason": gettext("After {tries} tries: {reason}").format(
                tries=delivery.tries, reason=reason
            )
        }
    return State.WAITING, {
        "reason": reason,
        "uncertain": not proved,
        "next_try_at": now + policy.backoff(delivery.tries),
    }


def _ask_again(delivery: Delivery, reason: str, now: datetime) -> dict[str, Any]:
    lookups = delivery.lookups + 1
    return {
        "reason": fit(reason, 400),
        "lookups": lookups,
        "next_try_at": now + policy.lookup_wait(lookups),
    }


def _unless_used_up(delivery: Delivery, to: State, changes: dict[str, Any], now: datetime) -> Step:
    since = now - _last_call_at(delivery, now)
    # the first looks may come late, after an outage of ours
    if since < policy.LOOKUP_BUDGET or changes["lookups"] < policy.ABSENCES_NEEDED:
        return to, changes
    words = gettext("Still not known after {minutes} minutes: {reason}").format(
        minutes=int(since.total_seconds() // 60), reason=changes["reason"]
    )
    reason = words[:400]
    return State.REVIEW, {**changes, "reason": reason, "uncertain": True}


def _settle(delivery: Delivery, step: Step, *, now: datetime) -> None:
    to, changes = step
    with transaction.atomic():
        lock_posts([delivery.post_id])
        if to == delivery.state:
            mine = Delivery.objects.filter(
                pk=delivery.pk, state=delivery.state, lease_token=delivery.lease_token
            )
            if mine.update(**changes) != 1:
                raise LeaseLost
            return
        delivery.move(to, **changes)
        after_settling([delivery], now=now)
