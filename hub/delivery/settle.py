"""What comes of a call: one outcome, one step of the table, in one transaction.

Nothing that runs after a success can lead back into a retry: the row is settled first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext

from content.editorial.actions import unlock_posts
from content.editorial.models import Post
from hub.delivery import gates, policy
from hub.delivery.exceptions import DATABASE_AWAY, LeaseLost
from hub.delivery.last_checks import Stop
from hub.delivery.late import take_next_slot
from hub.delivery.models import Attempt, Delivery, Kind
from hub.delivery.models import Outcome as OutcomeName
from hub.delivery.states import OPEN_STATES, State
from spokes.channels.actions import mark_auth_lost
from spokes.channels.connectors.base import (
    Accepted,
    AuthLost,
    Capabilities,
    Connector,
    NotThere,
    Outcome,
    Refused,
    RetryAfter,
    Sent,
    Unknown,
)
from spokes.channels.models import Channel

logger = logging.getLogger(__name__)

OUTCOME_NAMES: dict[type[Outcome | NotThere], OutcomeName] = {
    Sent: OutcomeName.SENT,
    Accepted: OutcomeName.ACCEPTED,
    Refused: OutcomeName.REFUSED,
    RetryAfter: OutcomeName.RETRY_AFTER,
    AuthLost: OutcomeName.AUTH_LOST,
    Unknown: OutcomeName.UNKNOWN,
    NotThere: OutcomeName.NOT_THERE,
}

# seconds between two tries to settle while the database is away
PATIENT_PAUSE = 0.2

DONE_WORDS = {Kind.PUBLISH: "live", Kind.EDIT: "changed", Kind.WITHDRAW: "taken down"}

Step = tuple[State, dict[str, Any]]


def fit(text: str, length: int) -> str:
    """Make a text of the network's fit for its column: no noughts, no halves of characters."""
    return text.replace("\0", "").encode(errors="replace").decode()[:length]


def lock_posts(post_ids: Iterable[int]) -> None:
    """Keep others from ending deliveries of these posts until the transaction ends.

    Everything that locks both takes the post first and its deliveries after it: without this,
    the last two that end at once would each leave the unlocking to the other.
    """
    if not connection.features.has_select_for_update:
        return  # whoever writes to SQLite is alone
    rows = Post.objects.select_for_update(no_key=True).filter(pk__in=set(post_ids))
    list(rows.order_by("pk").values_list("pk"))


def end_attempt(
    attempt: Attempt, outcome: Outcome | NotThere, *, now: datetime, orphaned: bool = False
) -> None:
    attempt.outcome = OUTCOME_NAMES[type(outcome)]
    detail = outcome.url if isinstance(outcome, Sent) else getattr(outcome, "reason", "")
    attempt.detail = fit(detail, 2000)
    attempt.remote_id = fit(outcome.remote_id, 300) if isinstance(outcome, Sent) else ""
    attempt.ended_at = now
    attempt.orphaned = orphaned
    attempt.save(update_fields=["outcome", "detail", "remote_id", "ended_at", "orphaned"])


def patiently(write: Callable[[], None], *, until: float) -> None:
    """Write what came of calls, again while the database is away: nobody else knows it.

    ``until`` is by the monotonic clock. For who stands outside of any transaction, and writes all
    or nothing.
    """
    while True:
        try:
            write()
        except DATABASE_AWAY:
            if time.monotonic() >= until:
                raise
            logger.exception("the database could not be written, trying again")
        else:
            return
        connection.close_if_unusable_or_obsolete()
        time.sleep(PATIENT_PAUSE)


def settle_call(
    *,
    delivery: Delivery,
    attempt: Attempt,
    outcome: Outcome,
    capabilities: Capabilities,
    now: datetime,
) -> None:
    """Write what the call brought, on the attempt and on the delivery, in one transaction.

    Raises LeaseLost, having written nothing, when another worker took the delivery meanwhile.
    """
    with transaction.atomic():
        lock_posts([delivery.post_id])
        write_outcome(
            delivery=delivery, attempt=attempt, outcome=outcome, capabilities=capabilities, now=now
        )


def write_outcome(
    *,
    delivery: Delivery,
    attempt: Attempt,
    outcome: Outcome,
    capabilities: Capabilities,
    now: datetime,
) -> None:
    """Settle a call in the caller's transaction, which has locked the post; raises LeaseLost."""
    end_attempt(attempt, outcome, now=now)
    to, changes = _step(delivery, outcome, capabilities, now)
    delivery.move(to, **changes)
    after_settling([delivery], now=now)


def keep_orphan(*, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
    """Keep the answer of a call whose delivery was taken away: the look-up reads it there."""
    settled = Attempt.objects.filter(pk=attempt.pk, outcome=OUTCOME_NAMES[type(outcome)])
    if settled.filter(ended_at=now).exists():
        return  # only the database's answer was lost: it had written it
    end_attempt(attempt, outcome, now=now, orphaned=True)
    logger.warning("delivery %s: the lease was lost during the call", attempt.delivery_id)


def settle_stop(*, delivery: Delivery, stop: Stop, now: datetime, only: Q | None = None) -> None:
    """Put back or end a claimed delivery that does not go out, with the reason.

    ``only`` says more of how its row must be for that; if it is not so, nothing is written.
    """
    changes: dict[str, Any] = {"reason": fit(stop.reason, 400)}
    to = stop.to
    if delivery.uncertain and to not in OPEN_STATES:
        # an earlier call may have worked: only a person may end it
        to = State.REVIEW
        changes["reason"] = may_be_out(stop.reason)
    if stop.next_try_at:
        changes["next_try_at"] = stop.next_try_at
    if stop.crashes is not None:
        changes["crashes"] = stop.crashes
    if to == State.UNKNOWN:
        changes.update(lookups=0, absences=0)
    if to not in OPEN_STATES:
        changes["settled_at"] = now
    try:
        with transaction.atomic():
            lock_posts([delivery.post_id])
            if stop.slot_after:
                no_slot = take_next_slot(delivery, words=stop.reason, after=stop.slot_after)
                if not no_slot:
                    return
                changes["reason"] = fit(no_slot, 400)
            delivery.move(to, only=only, **changes)
            after_settling([delivery], now=now)
    except LeaseLost:
        logger.warning("delivery %s: the lease was lost before the call", delivery.pk)


def may_be_out(reason: str) -> str:
    """Add to the reason of what did not end by itself why a person has to look."""
    words = gettext("An earlier try may have worked: please look whether it is there.")
    return f"{fit(reason, 399 - len(words))} {words}"


def announce(delivery: Delivery, channel: Channel) -> None:
    """Say in the log what fans see from now on; called when it is settled."""
    if delivery.state == State.LIVE:
        words = DONE_WORDS[Kind(delivery.kind)]
        logger.info("%s: “%s” on %s", words, delivery.post.title, channel)


def live_changes(delivery: Delivery, sent: Sent, now: datetime) -> dict[str, Any]:
    late = delivery.kind == Kind.PUBLISH and now - delivery.due_at > policy.LATE_AFTER
    return {
        "remote_id": fit(sent.remote_id, 300),
        "remote_url": fit(sent.url, 600),
        "settled_at": now,
        "sent_late": late,
        "uncertain": False,
        "reason": "",
    }


def after_settling(deliveries: Iterable[Delivery], *, now: datetime) -> None:
    """Do what follows from new states, in the same transaction: marks on targets, locks.

    The transaction has locked the posts (``lock_posts``) before it changed the deliveries.
    """
    ended = [delivery for delivery in deliveries if delivery.state not in OPEN_STATES]
    withdrawn = [
        delivery.target_id
        for delivery in ended
        if delivery.target_id and delivery.kind == Kind.WITHDRAW and delivery.state == State.LIVE
    ]
    if withdrawn:
        Delivery.objects.filter(pk__in=withdrawn).update(withdrawn_at=now)
    unlock_idle_posts({delivery.post_id for delivery in ended})


def unlock_idle_posts(post_ids: set[int]) -> None:
    """Let those posts be edited again that nothing is on its way for."""
    if not post_ids:
        return
    busy = Delivery.objects.still_open().filter(post__in=post_ids)
    idle = post_ids.difference(busy.order_by().values_list("post", flat=True))
    if idle:
        unlock_posts(post_ids=idle)


def _step(delivery: Delivery, outcome: Outcome, capabilities: Capabilities, now: datetime) -> Step:
    match outcome:
        case Sent():
            return State.LIVE, live_changes(delivery, outcome, now)
        case Accepted(handle):
            soon = now + policy.lookup_wait(0)
            return State.ACCEPTED, {
                "handle": fit(handle, 300),
                "next_try_at": soon,
                "reason": gettext("The network took it and is still working on it."),
            }
        case RetryAfter(reason, after):
            return _retry(delivery, reason, after, now)
        case AuthLost(reason):
            tries = max(0, delivery.tries - 1)
            return State.BLOCKED, {"reason": fit(reason, 400), "tries": tries}
        case Refused(reason) if not delivery.uncertain:
            return State.REFUSED, {"reason": fit(reason, 400), "settled_at": now}
        case Refused(reason) | Unknown(reason):
            return _not_known(delivery, reason, capabilities, now)


def _not_known(delivery: Delivery, reason: str, capabilities: Capabilities, now: datetime) -> Step:
    if delivery.kind != Kind.PUBLISH:
        # saying the same change twice changes nothing
        return _retry(delivery, reason, None, now)
    wait = max(policy.lookup_wait(0), capabilities.listing_lag)
    return State.UNKNOWN, {
        "reason": fit(reason, 400),
        "uncertain": True,
        "lookups": 0,
        "absences": 0,
        "next_try_at": now + wait,
    }


def _retry(delivery: Delivery, reason: str, after: timedelta | None, now: datetime) -> Step:
    reason = fit(reason, 400)
    tries = delivery.tries if after is None else max(0, delivery.tries - 1)
    if after is None:
        in_budget = gates.spend_retry(channel_id=delivery.channel_id, now=now)
        after = policy.backoff(tries) if in_budget else policy.backoff_without_credit()
    next_try_at = now + max(after, policy.SHORTEST_WISH)
    # what is taken down is nearly always past it
    expires_at = delivery.post.expires_at if delivery.kind != Kind.WITHDRAW else None
    used_up = tries >= policy.MAX_TRIES or bool(expires_at and next_try_at >= expires_at)
    if used_up and delivery.uncertain:
        return State.UNKNOWN, {"reason": reason, "tries": tries, "next_try_at": now}
    if used_up:
        words = gettext("Given up after {tries} tries: {reason}").format(tries=tries, reason=reason)
        return State.DEAD, {"reason": words[:400], "tries": tries, "settled_at": now}
    return State.WAITING, {"reason": reason, "tries": tries, "next_try_at": next_try_at}


def tell_gate(
    *,
    connector: Connector,
    outcome: Outcome,
    took: float,
    now: datetime,
    calls: int = 1,
    probe: bool = False,
) -> None:
    """Let all workers know how the network is; runs after settling.

    ``took`` is how long the last call took, in seconds; ``calls`` how many had such an outcome;
    ``probe`` whether it was the one that an open breaker let through.
    """
    channel_id, capabilities = connector.channel.pk, connector.capabilities
    quick = took < policy.SLOW_CALL.total_seconds()
    try:
        if isinstance(outcome, Sent | Accepted | Refused):
            # one statement, which nearly always has nothing to change
            gates.note_success(channel_id=channel_id, calls=calls, quick=quick)
            return
        with transaction.atomic():
            match outcome:
                case RetryAfter(_, after, app_wide) if after is not None:
                    until = now + max(after, policy.SHORTEST_WISH)
                    names = [gates.gate_name(channel_id)]
                    if app_wide:
                        names.append(gates.app_gate_name(capabilities))
                    for name in names:
                        gates.note_wish(name=name, not_before=until, now=now)
                case RetryAfter() | Unknown():
                    gates.note_failure(channel_id=channel_id, now=now, probe=probe)
                case AuthLost(reason):
                    used = connector.channel.credentials
                    mark_auth_lost(channel_id=channel_id, reason=reason, used=used, now=now)
            gates.note_time(channel_id=channel_id, quick=quick)
    except Exception:  # the delivery is settled: nothing here may undo that
        logger.exception("channel %s: its gate could not be told", channel_id)
