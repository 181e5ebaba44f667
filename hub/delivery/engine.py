"""One worker, one channel: claim, prepare, write the intent, call, settle."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext

from hub.delivery import gates, policy
from hub.delivery.claim import claim_due
from hub.delivery.clock import queue_now
from hub.delivery.exceptions import LeaseLost
from hub.delivery.local import send_batch
from hub.delivery.models import Attempt, Kind
from hub.delivery.ready import Ready, make_ready
from hub.delivery.settle import announce, keep_orphan, settle_call, tell_gate
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

# set when the process is about to leave: what is in hand is finished, nothing more is claimed
leaving = threading.Event()


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
    while time.monotonic() < leave_at and not leaving.is_set():
        with turns if connection.vendor == "sqlite" and connector.capabilities.local else no_turn:
            taken = send_next(connector=connector, worker=worker, now=now or queue_now())
        handled += taken
        if not taken:
            break
    return handled


def send_next(*, connector: Connector, worker: str, now: datetime) -> int:
    """Claim and send once: a batch where it is all our own database, else a single delivery."""
    started = time.monotonic()
    claimed = claim_due(
        channel=connector.channel,
        capabilities=connector.capabilities,
        worker=worker,
        limit=policy.LOCAL_BATCH if connector.capabilities.local else 1,
        now=now,
    )
    if not claimed:
        return 0
    ready = make_ready(claimed, connector=connector, now=now)
    if isinstance(connector, LocalConnector):
        send_batch(ready, connector=connector, now=now)
    else:
        for one in ready:
            send_one(one, connector=connector, worker=worker, started=started, now=now)
        if stopped := len(claimed) - len(ready):
            gates.take_back(
                channel_id=connector.channel.pk,
                rate=connector.capabilities.rate,
                calls=stopped,
                now=now,
            )
    return len(claimed)


def _not_called() -> Outcome:
    """Cost a try all the same: what takes longer than the guard allows every time must end too."""
    return RetryAfter(gettext("The worker was held up, so it did not call."))


def send_one(
    ready: Ready, *, connector: Connector, worker: str, started: float, now: datetime
) -> None:
    """Commit the intent, call the network once, settle what came of it."""
    delivery = ready.delivery
    try:
        attempt = write_intent(ready, worker=worker, now=now)
    except LeaseLost:
        logger.warning("delivery %s: the lease was lost before the call", delivery.pk)
        return
    held_up = time.monotonic() - started >= policy.GUARD_SECONDS
    outcome = _not_called() if held_up else call(connector, Kind(delivery.kind), ready.letter)
    # the queue's clock, without asking for it again
    ended = now + timedelta(seconds=time.monotonic() - started)
    try:
        settle_call(
            delivery=delivery,
            attempt=attempt,
            outcome=outcome,
            capabilities=connector.capabilities,
            now=ended,
        )
    except LeaseLost:
        keep_orphan(attempt=attempt, outcome=outcome, now=ended)
    else:
        announce(delivery, connector.channel)
    if not held_up:
        tell_gate(channel_id=delivery.channel_id, outcome=outcome, now=ended)


def write_intent(ready: Ready, *, worker: str, now: datetime) -> Attempt:
    """Commit "I am about to call" with the frozen payload, before any socket is opened."""
    delivery = ready.delivery
    with transaction.atomic():
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
