"""One worker, one channel: claim, prepare, write the intent, call, settle."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext

from hub.delivery import policy
from hub.delivery.claim import claim_due
from hub.delivery.clock import queue_now
from hub.delivery.exceptions import LeaseLost, Stopped
from hub.delivery.gates import Passage
from hub.delivery.holds import check_not_stopped
from hub.delivery.local import send_batch
from hub.delivery.models import Attempt, Delivery, Kind
from hub.delivery.ready import Ready, make_ready
from hub.delivery.renewal import renewals
from hub.delivery.settle import announce, keep_orphan, settle_call, tell_gate
from hub.delivery.signs import clock_is_off, leaving
from hub.delivery.states import State
from spokes.channels.actions import pause_channel
from spokes.channels.connectors.base import (
    Connector,
    Letter,
    LocalConnector,
    Outcome,
    Refused,
    RetryAfter,
    Unknown,
)
from spokes.channels.connectors.registry import connector_for
from spokes.channels.exceptions import UnknownNetwork
from spokes.channels.models import Channel

logger = logging.getLogger(__name__)

# SQLite lets one write at a time and waits unfairly: a process's own threads take turns instead
turns = threading.Lock()
no_turn = contextlib.nullcontext()


def send_channel(*, channel_id: int, worker: str, now: datetime | None = None) -> int:
    """Send what is due on the channel, until nothing is or others should have a turn.

    Returns how many deliveries were taken in hand. ``now`` is for tests; workers ask the
    queue's clock before every claim.
    """
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
    """Claim and send once: a batch where it is all our own database, else a single delivery."""
    started = time.monotonic()
    passage = Passage(connector.channel.pk, connector.capabilities)
    claimed = claim_due(
        channel=connector.channel,
        capabilities=connector.capabilities,
        worker=worker,
        limit=policy.LOCAL_BATCH if connector.capabilities.local else 1,
        now=now,
        passage=passage,
    )
    if isinstance(connector, LocalConnector):
        if claimed:
            send_batch(
                make_ready(claimed, connector=connector, now=now), connector=connector, now=now
            )
        return len(claimed)
    for delivery in claimed:
        hand = Hand(connector, worker, started, now)
        if not send_one(delivery, hand=hand):
            passage.take_back(calls=1, now=now)
    return len(claimed)


@dataclasses.dataclass(frozen=True)
class Hand:
    """A worker at one delivery: on which channel, and since when by both clocks."""

    connector: Connector
    worker: str
    claimed_at: float
    now: datetime

    def clock(self) -> datetime:
        """Return the queue's time, without asking for it again."""
        return self.now + timedelta(seconds=time.monotonic() - self.claimed_at)


def send_one(delivery: Delivery, *, hand: Hand) -> bool:
    """Prepare, commit the intent, call the network once, settle what came of it.

    Returns whether the network may have been called; the lease is kept all the while.
    """
    connector = hand.connector
    seconds = connector.capabilities.call_seconds
    with renewals.keep(delivery, claimed_at=hand.claimed_at, seconds=seconds) as held:
        ready = make_ready([delivery], connector=connector, now=hand.now)
        if not ready:
            return False
        if leaving.is_set():
            hand_back(delivery)
            return False
        try:
            attempt = write_intent(
                ready[0], channel=connector.channel, worker=hand.worker, now=hand.clock()
            )
        except Stopped:
            hand_back(delivery)
            return False
        except LeaseLost:
            logger.warning("delivery %s: the lease was lost before the call", delivery.pk)
            return False
        held.begin(seconds)
        called = held.may_call
        kind = Kind(delivery.kind)
        outcome = call(connector, kind, ready[0].letter) if called else _not_called()
        renewals.let_go(held)
        took = time.monotonic() - held.since
        _settle(delivery, attempt, outcome, hand=hand)
    if called:
        tell_gate(
            channel_id=delivery.channel_id,
            outcome=outcome,
            capabilities=connector.capabilities,
            took=took,
            now=hand.clock(),
        )
    return called


def hand_back(delivery: Delivery) -> None:
    """Put a claimed delivery back as it was: nothing has been called."""
    with contextlib.suppress(LeaseLost):
        delivery.move(delivery.resting_state)


def _not_called() -> Outcome:
    """Cost a try all the same: what takes longer than the guard allows every time must end too."""
    return RetryAfter(gettext("The worker was held up, so it did not call."))


def _settle(delivery: Delivery, attempt: Attempt, outcome: Outcome, *, hand: Hand) -> None:
    ended = hand.clock()
    try:
        settle_call(
            delivery=delivery,
            attempt=attempt,
            outcome=outcome,
            capabilities=hand.connector.capabilities,
            now=ended,
        )
    except LeaseLost:
        keep_orphan(attempt=attempt, outcome=outcome, now=ended)
    else:
        announce(delivery, hand.connector.channel)


def write_intent(ready: Ready, *, channel: Channel, worker: str, now: datetime) -> Attempt:
    """Commit "I am about to call" with the frozen payload, before any socket is opened.

    Raises Stopped when a person was quicker, LeaseLost when another worker has it.
    """
    delivery = ready.delivery
    with transaction.atomic():
        check_not_stopped(channel, [delivery.pk])
        attempt = Attempt.objects.create(
            delivery=delivery,
            number=delivery.lease_token,
            lease_token=delivery.lease_token,
            worker=worker[:120],
            started_at=now,
        )
        delivery.move(
            State.SENDING,
            payload=ready.payload,
            payload_hash=ready.payload_hash,
            first_sent_at=delivery.first_sent_at or now,
            tries=delivery.tries + 1,
        )
    return attempt


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
