"""The intent: "I am about to call", committed before any socket is opened."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from hub.delivery import gates, policy
from hub.delivery.exceptions import Stopped
from hub.delivery.gates import Passage
from hub.delivery.holds import check_not_stopped
from hub.delivery.models import Attempt, Delivery
from hub.delivery.ready import Ready
from hub.delivery.settle import lock_posts, write_outcome
from hub.delivery.states import State
from spokes.channels.connectors.base import Connector, Outcome

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Answered:
    """A call that is over and waits to be settled."""

    delivery: Delivery
    attempt: Attempt
    outcome: Outcome
    ended: datetime
    # false: there was no time left for it
    called: bool


def write_intent(ready: Ready, *, connector: Connector, worker: str, now: datetime) -> Attempt:
    """Commit "I am about to call" with the frozen payload; the lease begins anew with it.

    Raises Stopped when a person was quicker, LeaseLost when another worker has it.
    """
    with _all_or_none(ready.delivery):
        check_not_stopped(connector.channel, [ready.delivery.pk])
        return _note_intent(ready, worker=worker, now=now)


def settle_and_begin(
    answered: Answered, ready: Ready, *, connector: Connector, worker: str, now: datetime
) -> Attempt:
    """Settle one call and write the intent of the next, in one transaction.

    Raises, with nothing written, what ``write_intent`` and ``settle_call`` raise; Stopped also
    when a gate was shut since the claim.
    """
    with _all_or_none(answered.delivery, ready.delivery):
        lock_posts([answered.delivery.post_id])
        check_not_stopped(connector.channel, [ready.delivery.pk])
        passage = Passage(connector.channel.pk, connector.capabilities)
        if gates.shut(passage, now).exists():
            raise Stopped
        write_outcome(
            delivery=answered.delivery,
            attempt=answered.attempt,
            outcome=answered.outcome,
            capabilities=connector.capabilities,
            now=answered.ended,
        )
        return _note_intent(ready, worker=worker, now=now)


def _note_intent(ready: Ready, *, worker: str, now: datetime) -> Attempt:
    delivery = ready.delivery
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
        lease_until=now + policy.LEASE,
    )
    return attempt


@contextmanager
def _all_or_none(*deliveries: Delivery) -> Iterator[None]:
    """Be one transaction; what is rolled back in it is rolled back on the objects, too.

    Once it is committed, it counts: whatever hangs itself on the commit can't undo that.
    """
    before = [dict(vars(delivery)) for delivery in deliveries]
    committed: list[bool] = []
    try:
        with transaction.atomic():
            # the first of all hooks
            transaction.on_commit(lambda: committed.append(True))
            yield
    except BaseException as error:
        if committed and isinstance(error, Exception):
            logger.exception("deliveries %s: a hook failed", [one.pk for one in deliveries])
            return
        for delivery, fields in zip(deliveries, before, strict=True):
            vars(delivery).update(fields)
        raise
