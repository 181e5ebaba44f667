"""The intent: "I am about to call", committed before any socket is opened.

Where a doubt is resolved without a person, by key or by look-up, several are committed together
and called one after the other.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from content.bulk import update_each
from hub.delivery import gates, policy
from hub.delivery.exceptions import LeaseLost, Stopped
from hub.delivery.gates import Passage
from hub.delivery.holds import check_holds, check_not_stopped
from hub.delivery.last_checks import key_protects
from hub.delivery.models import Attempt, Delivery
from hub.delivery.models import Outcome as OutcomeName
from hub.delivery.ready import Ready
from hub.delivery.settle import after_settling, fit, live_changes, lock_posts, write_outcome
from hub.delivery.states import State
from spokes.channels.connectors.base import Capabilities, Connector, Dedupe, Outcome, Sent
from spokes.channels.models import Channel

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, eq=False)
class Begun:
    """An intent that is on record."""

    ready: Ready
    attempt: Attempt
    # what it changed on the delivery, as it was before
    before: Mapping[str, Any]

    @property
    def delivery(self) -> Delivery:
        return self.ready.delivery


@dataclasses.dataclass(frozen=True, eq=False)
class Answered:
    """A call that is over and waits to be settled."""

    begun: Begun
    outcome: Outcome
    ended: datetime
    # false: there was no time left for it
    called: bool

    @property
    def delivery(self) -> Delivery:
        return self.begun.delivery


def may_go_together(delivery: Delivery, capabilities: Capabilities, now: datetime) -> bool:
    """Tell whether its intent may be written with others, some time before its call.

    If the worker dies in between, nobody knows of any of them: each must be resolved without a
    person. One that was tried before goes alone, for it may be what its worker died of.
    """
    tried = delivery.tries or delivery.crashes or delivery.uncertain
    if tried or capabilities.dedupe is Dedupe.NONE:
        return False
    findable = capabilities.dedupe is Dedupe.LOOKUP and capabilities.can_find
    return findable or key_protects(delivery, capabilities, now)


def write_intents(
    batch: Sequence[Ready], *, connector: Connector, worker: str, now: datetime
) -> list[Begun]:
    """Commit "I am about to call these", with the frozen payloads; their leases begin anew.

    Raises, with nothing written, Stopped when a person was quicker with one of them, LeaseLost
    when another worker has it.
    """
    with _all_or_none([ready.delivery for ready in batch]):
        check_not_stopped(connector.channel, [ready.delivery.pk for ready in batch])
        return _note_intents(batch, worker=worker, now=now)


def settle_and_begin(
    answered: Sequence[Answered],
    batch: Sequence[Ready],
    *,
    connector: Connector,
    worker: str,
    now: datetime,
) -> list[Begun]:
    """Settle calls and write the intents of the next, in one transaction.

    Raises, with nothing written, what ``write_intents`` and ``settle_calls`` raise; Stopped also
    when a gate was shut since the claim.
    """
    settled = [one.delivery for one in answered]
    with _all_or_none([*settled, *(ready.delivery for ready in batch)]):
        lock_posts(one.delivery.post_id for one in answered)
        check_not_stopped(connector.channel, [ready.delivery.pk for ready in batch])
        _check_open(connector, now)
        _write_outcomes(answered, connector.capabilities)
        return _note_intents(batch, worker=worker, now=now)


def settle_calls(
    answered: Sequence[Answered], uncalled: Sequence[Begun], *, connector: Connector, now: datetime
) -> None:
    """Settle calls, and take back the intents of those that were not made, in one transaction.

    Raises LeaseLost, with nothing written, when one of them is not ours any more.
    """
    called = [one.delivery for one in answered]
    with _all_or_none([*called, *(one.delivery for one in uncalled)]):
        lock_posts(one.delivery.post_id for one in answered)
        _write_outcomes(answered, connector.capabilities)
        _take_back(uncalled, now)


def call_off(uncalled: Sequence[Begun], *, now: datetime) -> None:
    """Put what was not called after all back as it was; its attempt says so.

    What is not ours any more stays where it was put, and is looked up.
    """
    if not uncalled:
        return
    try:
        with _all_or_none([one.delivery for one in uncalled]):
            _take_back(uncalled, now)
    except LeaseLost:
        if len(uncalled) > 1:
            for one in uncalled:
                call_off([one], now=now)
            return
        for one in uncalled:
            _end_uncalled([one], now)
            logger.warning("delivery %s: the lease was lost before the call", one.delivery.pk)


def look_for_stops(connector: Connector, delivery_ids: Sequence[int], now: datetime) -> None:
    """Raise Stopped when a person or a gate has stopped one of these since their intents."""
    # their intents keep the promise: this only looks, and nobody waits for a lock
    if not Channel.objects.open().filter(pk=connector.channel.pk).exists():
        raise Stopped
    check_holds(connector.channel, delivery_ids)
    _check_open(connector, now)


def _check_open(connector: Connector, now: datetime) -> None:
    """Raise Stopped when a gate lets nobody through now."""
    passage = Passage(connector.channel.pk, connector.capabilities)
    if gates.shut(passage, now).exists():
        raise Stopped


def _note_intents(batch: Sequence[Ready], *, worker: str, now: datetime) -> list[Begun]:
    attempts = Attempt.objects.bulk_create(
        Attempt(
            delivery=ready.delivery,
            number=ready.delivery.lease_token,
            lease_token=ready.delivery.lease_token,
            worker=worker[:120],
            started_at=now,
        )
        for ready in batch
    )
    changes = [
        {
            "payload": ready.payload,
            "payload_hash": ready.payload_hash,
            "first_sent_at": ready.delivery.first_sent_at or now,
            "tries": ready.delivery.tries + 1,
            "lease_until": now + policy.LEASE,
        }
        for ready in batch
    ]
    kept = ("payload", "payload_hash", "first_sent_at", "tries")
    before = [{name: getattr(ready.delivery, name) for name in kept} for ready in batch]
    _move_each([ready.delivery for ready in batch], State.SENDING, changes)
    return [Begun(*parts) for parts in zip(batch, attempts, before, strict=True)]


def _take_back(uncalled: Sequence[Begun], now: datetime) -> None:
    for to in (State.SCHEDULED, State.WAITING):
        some = [one for one in uncalled if (to == State.WAITING) == bool(one.before["tries"])]
        let_go = [{**one.before, "lease_owner": "", "lease_until": None} for one in some]
        _move_each([one.delivery for one in some], to, let_go)
    _end_uncalled(uncalled, now)


def _end_uncalled(uncalled: Sequence[Begun], now: datetime) -> None:
    told = {"outcome": OutcomeName.NOT_CALLED, "ended_at": now}
    update_each(Attempt, [({"id": one.attempt.pk}, told) for one in uncalled])


def _write_outcomes(answered: Sequence[Answered], capabilities: Capabilities) -> None:
    """Write what each call brought; of several, what is live is written together."""
    sent = [one for one in answered if isinstance(one.outcome, Sent)]
    others = [one for one in answered if not isinstance(one.outcome, Sent)]
    if len(sent) > 1:
        _write_live(sent)
    else:
        others += sent
    for one in others:
        write_outcome(
            delivery=one.delivery,
            attempt=one.begun.attempt,
            outcome=one.outcome,
            capabilities=capabilities,
            now=one.ended,
        )


def _write_live(sent: Sequence[Answered]) -> None:
    changes, told = [], []
    for one in sent:
        outcome = one.outcome
        if isinstance(outcome, Sent):
            live = live_changes(one.delivery, outcome, one.ended)
            changes.append({**live, "lease_owner": "", "lease_until": None})
            answer = {
                "outcome": OutcomeName.SENT,
                "detail": fit(outcome.url, 2000),
                "remote_id": live["remote_id"],
                "ended_at": one.ended,
            }
            told.append(({"id": one.begun.attempt.pk}, answer))
    update_each(Attempt, told)
    deliveries = [one.delivery for one in sent]
    _move_each(deliveries, State.LIVE, changes)
    after_settling(deliveries, now=sent[-1].ended)


def _move_each(
    deliveries: Sequence[Delivery], to: State, changes: Sequence[dict[str, Any]]
) -> None:
    """Do what ``Delivery.move`` does, with several; raises LeaseLost when one is not as it was."""
    rows = [
        (
            {"id": delivery.pk, "state": delivery.state, "lease_token": delivery.lease_token},
            {"state": to, **change},
        )
        for delivery, change in zip(deliveries, changes, strict=True)
    ]
    if update_each(Delivery, rows) != len(rows):
        raise LeaseLost
    for delivery, (_, change) in zip(deliveries, rows, strict=True):
        for name, value in change.items():
            setattr(delivery, name, value)


@contextmanager
def _all_or_none(deliveries: Sequence[Delivery]) -> Iterator[None]:
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
