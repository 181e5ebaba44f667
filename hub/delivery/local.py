"""Deliveries that only write our own database: published and settled in one transaction.

There is nothing to be unsure of here. Either all of it is committed or none, and a batch that
fails is tried again one by one, so that a bad row stops nobody but itself.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from content.bulk import insert_each, update_each
from hub.delivery.exceptions import DATABASE_AWAY, LeaseLost, Stopped
from hub.delivery.holds import check_not_stopped
from hub.delivery.models import Attempt, Delivery, Kind
from hub.delivery.models import Outcome as OutcomeName
from hub.delivery.ready import Ready, crash_stop
from hub.delivery.settle import (
    after_settling,
    announce,
    live_changes,
    lock_posts,
    settle_call,
    settle_stop,
)
from hub.delivery.states import State
from spokes.channels.connectors.base import LocalConnector, Outcome, Sent

logger = logging.getLogger(__name__)


def send_batch(batch: Sequence[Ready], *, connector: LocalConnector, now: datetime) -> None:
    publishes = [ready for ready in batch if ready.delivery.kind == Kind.PUBLISH]
    others = [ready for ready in batch if ready.delivery.kind != Kind.PUBLISH]
    if publishes:
        try:
            _publish_together(publishes, connector=connector, now=now)
        except Stopped:
            others = [*publishes, *others]
        except Exception:  # find the bad one by sending each alone
            logger.exception("%s: a batch failed, going on one by one", connector.channel)
            others = [*publishes, *others]
    for ready in others:
        _send_alone(ready, connector=connector, now=now)


def _publish_together(batch: Sequence[Ready], *, connector: LocalConnector, now: datetime) -> None:
    with transaction.atomic():
        lock_posts(ready.delivery.post_id for ready in batch)
        check_not_stopped(connector.channel, [ready.delivery.pk for ready in batch])
        _note_intents(batch, now=now)
        outcomes = connector.commit_many([ready.letter for ready in batch])
        sent = [
            (ready, outcome)
            for ready, outcome in zip(batch, outcomes, strict=True)
            if isinstance(outcome, Sent)
        ]
        _settle_sent(sent, now=now)
        for ready, outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, Sent):
                _settle_alone(ready, outcome, connector=connector, now=now)
    for ready in batch:
        announce(ready.delivery, connector.channel)


def _note_intents(batch: Sequence[Ready], *, now: datetime) -> None:
    """Move the claims to "sending"; raises LeaseLost when not all are still ours."""
    owner = batch[0].delivery.lease_owner
    ids = [ready.delivery.pk for ready in batch]
    ours = Delivery.objects.filter(pk__in=ids, lease_owner=owner, state=State.CLAIMED)
    if ours.update(state=State.SENDING, first_sent_at=now, tries=F("tries") + 1) != len(ids):
        raise LeaseLost
    for ready in batch:
        ready.delivery.state = State.SENDING
        ready.delivery.tries += 1


def _settle_sent(sent: Sequence[tuple[Ready, Sent]], *, now: datetime) -> None:
    if not sent:
        return
    insert_each(Attempt, [_ended_attempt(ready, outcome, now) for ready, outcome in sent])
    changes = [_changes(ready, outcome, now) for ready, outcome in sent]
    rows = [({"id": ready.delivery.pk}, one) for (ready, _), one in zip(sent, changes, strict=True)]
    update_each(Delivery, rows)
    for (ready, _), one in zip(sent, changes, strict=True):
        for name, value in one.items():
            setattr(ready.delivery, name, value)
    after_settling([ready.delivery for ready, _ in sent], now=now)


def _changes(ready: Ready, outcome: Sent, now: datetime) -> dict[str, Any]:
    return {
        **live_changes(ready.delivery, outcome, now),
        "state": State.LIVE,
        "payload": ready.payload,
        "payload_hash": ready.payload_hash,
        "lease_owner": "",
        "lease_until": None,
    }


def _ended_attempt(ready: Ready, outcome: Sent, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": ready.delivery.pk,
        "number": ready.delivery.lease_token,
        "lease_token": ready.delivery.lease_token,
        "worker": ready.delivery.lease_owner,
        "started_at": now,
        "ended_at": now,
        "outcome": OutcomeName.SENT,
        "detail": outcome.url,
        "remote_id": outcome.remote_id,
    }


def _settle_alone(
    ready: Ready, outcome: Outcome, *, connector: LocalConnector, now: datetime
) -> None:
    delivery = ready.delivery
    attempt = Attempt.objects.create(
        delivery=delivery,
        number=delivery.lease_token,
        lease_token=delivery.lease_token,
        worker=delivery.lease_owner,
        started_at=now,
    )
    settle_call(
        delivery=delivery,
        attempt=attempt,
        outcome=outcome,
        capabilities=connector.capabilities,
        now=now,
    )


def _send_alone(ready: Ready, *, connector: LocalConnector, now: datetime) -> None:
    delivery = Delivery.objects.select_related("target", "post").get(pk=ready.delivery.pk)
    delivery.lease_token = ready.delivery.lease_token
    calls = {
        Kind.PUBLISH: connector.commit,
        Kind.EDIT: connector.edit,
        Kind.WITHDRAW: connector.withdraw,
    }
    fresh = Ready(delivery, ready.payload, ready.payload_hash)
    try:
        with transaction.atomic():
            lock_posts([delivery.post_id])
            check_not_stopped(connector.channel, [delivery.pk])
            delivery.move(
                State.SENDING,
                payload=ready.payload,
                payload_hash=ready.payload_hash,
                first_sent_at=now,
                tries=delivery.tries + 1,
            )
            outcome = calls[Kind(delivery.kind)](ready.letter)
            _settle_alone(fresh, outcome, connector=connector, now=now)
    except Stopped:
        with contextlib.suppress(LeaseLost):
            delivery.move(delivery.resting_state)
    except LeaseLost:
        logger.warning("delivery %s: the lease was lost before it was published", delivery.pk)
    except DATABASE_AWAY:
        raise
    except Exception as error:  # rolled back: nothing is there
        logger.exception("delivery %s could not be published", delivery.pk)
        _put_back(ready, error, now=now)
    else:
        announce(delivery, connector.channel)


def _put_back(ready: Ready, error: Exception, *, now: datetime) -> None:
    delivery = Delivery.objects.get(pk=ready.delivery.pk)
    if delivery.state == State.CLAIMED and delivery.lease_token == ready.delivery.lease_token:
        stop = crash_stop(
            delivery, gettext("It could not be published: {error!r}").format(error=error), now=now
        )
        settle_stop(delivery=delivery, stop=stop, now=now)
