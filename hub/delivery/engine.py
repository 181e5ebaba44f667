"""One worker, one channel: claim, prepare, write the intent, call, settle."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext

from hub.delivery import policy
from hub.delivery.claim import claim_due, hand_back
from hub.delivery.clock import queue_now
from hub.delivery.exceptions import LeaseLost, Stopped
from hub.delivery.gates import Passage
from hub.delivery.intent import Answered, settle_and_begin, write_intent
from hub.delivery.local import send_batch
from hub.delivery.models import Attempt, Delivery, Kind
from hub.delivery.ready import Ready, make_ready
from hub.delivery.renewal import Held, renewals
from hub.delivery.settle import announce, keep_orphan, settle_call, tell_gate
from hub.delivery.signs import clock_is_off, leaving
from hub.delivery.states import State
from spokes.channels.actions import pause_channel
from spokes.channels.connectors.base import (
    Accepted,
    AuthLost,
    Connector,
    Letter,
    LocalConnector,
    Outcome,
    Refused,
    RetryAfter,
    Sent,
    Unknown,
)
from spokes.channels.connectors.registry import connector_for
from spokes.channels.exceptions import UnknownNetwork
from spokes.channels.models import Channel

logger = logging.getLogger(__name__)

# SQLite lets one write at a time and waits unfairly: a process's own threads take turns instead
turns = threading.Lock()
no_turn = contextlib.nullcontext()

# the network did what it does: the next call may follow
GOOD = (Sent, Accepted, Refused)


def send_channel(*, channel_id: int, worker: str, now: datetime | None = None) -> int:
    """Send what is due on the channel, until nothing is or others should have a turn.

    Returns how many deliveries were taken in hand. ``now`` is for tests; workers ask the
    queue's clock before every claim.
    """
    if not Delivery.objects.due(now or queue_now()).filter(channel=channel_id).exists():
        return 0  # an old hint: others were quicker
    channel = Channel.objects.with_audience().get(pk=channel_id)
    try:
        connector = connector_for(channel)
    except UnknownNetwork as error:
        pause_channel(channel=channel, reason=str(error), actor=None)
        return 0
    leave_at = time.monotonic() + policy.STAY_SECONDS
    handled = 0
    while time.monotonic() < leave_at and not (leaving.is_set() or clock_is_off.is_set()):
        with turns if connection.vendor == "sqlite" and connector.capabilities.local else no_turn:
            taken = send_next(connector=connector, worker=worker, now=now or queue_now())
        handled += taken
        if not taken:
            break
    return handled


def send_next(*, connector: Connector, worker: str, now: datetime) -> int:
    """Claim and send once: a batch where it is all our own database, a few of a quick network."""
    started = time.monotonic()
    passage = Passage(connector.channel.pk, connector.capabilities)
    claimed = claim_due(
        channel=connector.channel,
        capabilities=connector.capabilities,
        worker=worker,
        limit=policy.LOCAL_BATCH if connector.capabilities.local else policy.QUICK_BATCH,
        now=now,
        passage=passage,
    )
    if isinstance(connector, LocalConnector):
        if claimed:
            send_batch(
                make_ready(claimed, connector=connector, now=now), connector=connector, now=now
            )
    elif claimed:
        calls = send_claimed(claimed, hand=Hand(connector, worker, started, now))
        if calls < len(claimed):
            passage.take_back(calls=len(claimed) - calls, now=now)
    return len(claimed)


@dataclasses.dataclass(frozen=True)
class Hand:
    """A worker with what it has claimed together: on which channel, and since when."""

    connector: Connector
    worker: str
    claimed_at: float
    now: datetime

    def clock(self) -> datetime:
        """Return the queue's time, without asking for it again."""
        return self.now + timedelta(seconds=time.monotonic() - self.claimed_at)

    def has_time(self, share: float = 1.0) -> bool:
        """Tell whether one more may be begun: what waits for too long, others do sooner."""
        longest = share * policy.QUICK_BATCH_TIME.total_seconds()
        return time.monotonic() - self.claimed_at < longest and not leaving.is_set()


def send_claimed(claimed: Sequence[Delivery], *, hand: Hand) -> int:
    """Send what was claimed together, one after the other, each under an intent of its own.

    Returns how many times the network may have been called. What is not begun in time, or would
    come after a call that went wrong, goes back; the leases are kept all the while.
    """
    seconds = hand.connector.capabilities.call_seconds
    with renewals.keep(claimed, claimed_at=hand.claimed_at, seconds=seconds) as held:
        turn = Turn(hand, held)
        try:
            turn.send(turn.prepared(claimed))
        except Exception:
            # the one at hand is left to the reaper, who counts how often that happens to it
            with contextlib.suppress(DatabaseError):
                hand_back(held.waiting)
            raise
        hand_back(one for one in claimed if one.state == State.CLAIMED)
    return turn.calls


class Turn:
    """The calls for one claim. Each is settled in the transaction that notes the next intent."""

    def __init__(self, hand: Hand, held: Held) -> None:
        self.hand, self.held = hand, held
        self.connector = hand.connector
        # how many calls were made, and how many of them were answered well and are not yet told
        self.calls, self.well = 0, 0
        # how long the last one took
        self.took = 0.0
        self.answered: Answered | None = None

    def prepared(self, claimed: Sequence[Delivery]) -> list[Ready]:
        """Prepare them, or as many as there is time for: half of it is for the calls."""

        def begin(delivery: Delivery) -> bool:
            may = delivery is claimed[0] or self.hand.has_time(0.5)
            if may:
                self._turn_to(delivery)
            return may

        return make_ready(claimed, connector=self.connector, now=self.hand.now, begin=begin)

    def send(self, batch: Sequence[Ready]) -> None:
        for ready in batch:
            if leaving.is_set() or (self.answered and not self.hand.has_time()):
                break
            self._turn_to(ready.delivery)
            began = time.monotonic()
            attempt = self._follow(ready) if self.answered else self._begin(ready)
            if attempt is None:
                break
            self._turn_to(ready.delivery)
            self.held.fresh_at = began
            if not self._call(ready, attempt):
                break
        self._settle()

    def _turn_to(self, delivery: Delivery) -> None:
        self.held.begin(delivery, seconds=self.connector.capabilities.call_seconds)

    def _begin(self, ready: Ready) -> Attempt | None:
        """Write the intent; None when the delivery must not go out any more."""
        try:
            return write_intent(ready, **self._words())
        except Stopped:
            return None
        except LeaseLost:
            logger.warning("delivery %s: the lease was lost before the call", ready.delivery.pk)
            return None

    def _follow(self, ready: Ready) -> Attempt | None:
        """Settle the call before and write the intent; None when it did not get so far."""
        answered = self.answered
        if answered is None:
            return None
        try:
            attempt = settle_and_begin(answered, ready, **self._words())
        except (Stopped, LeaseLost):
            return None
        except Exception:  # whatever is wrong with the next, what was called must be settled
            logger.exception("delivery %s could not be begun", ready.delivery.pk)
            return None
        self.answered = None
        announce(answered.delivery, self.connector.channel)
        return attempt

    def _words(self) -> dict[str, Any]:
        hand = self.hand
        return {"connector": hand.connector, "worker": hand.worker, "now": hand.clock()}

    def _call(self, ready: Ready, attempt: Attempt) -> bool:
        """Make the call, if the lease still allows it; returns whether others may follow."""
        may_call = self.held.may_call
        kind = Kind(ready.delivery.kind)
        outcome = call(self.connector, kind, ready.letter) if may_call else _not_called()
        self.held.rest()
        self.took = time.monotonic() - self.held.since
        self.answered = Answered(ready.delivery, attempt, outcome, self.hand.clock(), may_call)
        self.calls += may_call
        went_well = may_call and isinstance(outcome, GOOD)
        self.well += went_well
        return went_well

    def _settle(self) -> None:
        """Settle the last call, and tell the gate of all of them."""
        answered = self.answered
        if answered:
            _settle(answered, connector=self.connector)
        if self.well:
            self._tell(Sent(""), calls=self.well)
        if answered and answered.called and not isinstance(answered.outcome, GOOD):
            self._tell(answered.outcome)
        if answered and isinstance(answered.outcome, AuthLost):
            # where somebody connected it again meanwhile, the next call goes by what is stored now
            self.connector.channel.refresh_from_db(fields=["credentials"])

    def _tell(self, outcome: Outcome, calls: int = 1) -> None:
        tell_gate(
            connector=self.connector,
            outcome=outcome,
            took=self.took,
            now=self.hand.clock(),
            calls=calls,
        )


def _not_called() -> Outcome:
    """Cost a try all the same: what takes longer than the guard allows every time must end too."""
    return RetryAfter(gettext("The worker was held up, so it did not call."))


def _settle(answered: Answered, *, connector: Connector) -> None:
    try:
        settle_call(
            delivery=answered.delivery,
            attempt=answered.attempt,
            outcome=answered.outcome,
            capabilities=connector.capabilities,
            now=answered.ended,
        )
    except LeaseLost:
        keep_orphan(attempt=answered.attempt, outcome=answered.outcome, now=answered.ended)
    else:
        announce(answered.delivery, connector.channel)


def call(connector: Connector, kind: Kind, letter: Letter) -> Outcome:
    """Make the one call that fans can see; whatever goes wrong in it has an outcome."""
    if impossible := _impossible(connector, kind, letter):
        return Refused(impossible)
    calls = {
        Kind.PUBLISH: connector.commit,
        Kind.EDIT: connector.edit,
        Kind.WITHDRAW: connector.withdraw,
    }
    try:
        return calls[kind](letter)
    except Exception as error:  # a connector's own fault: it may have sent before it failed
        logger.exception("the connector of %s failed", connector.channel)
        return Unknown(gettext("The connector failed: {error!r}").format(error=error))


def _impossible(connector: Connector, kind: Kind, letter: Letter) -> str:
    """Say what a person must do by hand where the network can't do it; empty when it can."""
    capabilities = connector.capabilities
    if kind == Kind.WITHDRAW and not capabilities.can_withdraw:
        return gettext("{label} can't take posts down for us: please remove it there.").format(
            label=capabilities.label
        )
    if kind == Kind.EDIT and not capabilities.can_edit:
        return gettext("{label} can't change posts: please correct it there.").format(
            label=capabilities.label
        )
    if kind != Kind.PUBLISH and not letter.remote_id:
        return gettext("We never learned under which id it is there: please see to it by hand.")
    return ""
