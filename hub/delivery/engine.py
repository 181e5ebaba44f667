"""One worker, one channel: claim, prepare, write the intent, call, settle."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from hub.delivery import policy
from hub.delivery.apart import Apart
from hub.delivery.claim import claim_due, hand_back
from hub.delivery.clock import queue_now
from hub.delivery.exceptions import DATABASE_AWAY, LeaseLost, Stopped
from hub.delivery.gates import Passage
from hub.delivery.intent import (
    Answered,
    Begun,
    call_off,
    look_for_stops,
    may_go_together,
    settle_and_begin,
    settle_calls,
    write_intents,
)
from hub.delivery.local import send_batch
from hub.delivery.models import Delivery, Kind
from hub.delivery.ready import Ready, make_ready
from hub.delivery.renewal import Held, renewals
from hub.delivery.settle import announce, keep_orphan, patiently, tell_gate
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
# who waits longer than this, in seconds, sees first to networks that need a thread
LONGEST_WAIT_FOR_A_TURN = 1.0

# the network did what it does: the next call may follow
GOOD = (Sent, Accepted, Refused)


def send_channel(*, channel_id: int, worker: str, now: datetime | None = None) -> int:
    """Send what is due on the channel, until nothing is or others should have a turn.

    Returns how many deliveries were taken in hand. ``now`` is for tests; workers ask the
    queue's clock before every claim.
    """
    due = Delivery.objects.due(now or queue_now()).filter(channel=OuterRef("pk"))
    channel = Channel.objects.with_audience().filter(Exists(due), pk=channel_id).first()
    if channel is None:
        return 0  # an old hint: others were quicker
    try:
        connector = connector_for(channel)
    except UnknownNetwork as error:
        pause_channel(channel=channel, reason=str(error), actor=None)
        return 0
    leave_at = time.monotonic() + policy.STAY_SECONDS
    handled, pace = 0, Pace(last_call_seconds.get(channel_id))
    while time.monotonic() < leave_at and not (leaving.is_set() or clock_is_off.is_set()):
        with _turn(connector) as has_turn:
            if not has_turn:
                break
            moment = now or queue_now()
            taken = send_next(connector=connector, worker=worker, now=moment, pace=pace)
        handled += taken
        if pace.seconds is not None:
            last_call_seconds[channel_id] = pace.seconds
        if not taken or not _is_due(channel_id, moment):
            break
    return handled


@contextmanager
def _turn(connector: Connector) -> Iterator[bool]:
    """Wait for the turn to write, where one is needed; says whether it came."""
    if connection.vendor != "sqlite" or not connector.capabilities.local:
        yield True
        return
    has_turn = turns.acquire(timeout=LONGEST_WAIT_FOR_A_TURN)
    try:
        yield has_turn
    finally:
        if has_turn:
            turns.release()


def _is_due(channel_id: int, now: datetime) -> bool:
    return Delivery.objects.due(now).filter(channel=channel_id).exists()


@dataclasses.dataclass
class Pace:
    """How quick the network is, as far as this visit has seen."""

    # how long the last call of this process took; None before the first
    seconds: float | None = None
    # how long one delivery of the last hand took, with all that comes before and after its call
    whole: float | None = None

    def calls_in(self, seconds: float) -> int:
        """Say how many calls may be over in so many seconds; at least one."""
        return _times(seconds, self.seconds) if self.seconds is not None else 1

    @property
    def hand(self) -> int:
        """Say how many to claim together: no more than a moment is enough for."""
        if self.whole is None:
            return policy.QUICK_BATCH
        moment = policy.QUICK_BATCH_TIME.total_seconds()
        return min(_times(moment, self.whole), policy.QUICK_BATCH_LIMIT)


def _times(seconds: float, each: float) -> int:
    return max(1, int(seconds / max(each, 0.001)))


# by channel id, of this process; where one has become slow since, its call is the last of a round
last_call_seconds: dict[int, float] = {}


def send_next(*, connector: Connector, worker: str, now: datetime, pace: Pace | None = None) -> int:
    """Claim and send once: a batch where it is all our own database, a few of a quick network."""
    with Apart() as apart:
        return _send_next(connector, worker, now, pace or Pace(), apart)


def _send_next(connector: Connector, worker: str, now: datetime, pace: Pace, apart: Apart) -> int:
    started = time.monotonic()
    passage = Passage(connector.channel.pk, connector.capabilities)
    claimed = claim_due(
        channel=connector.channel,
        capabilities=connector.capabilities,
        worker=worker,
        limit=policy.LOCAL_BATCH if connector.capabilities.local else pace.hand,
        now=now,
        passage=passage,
        apart=apart,
    )
    if isinstance(connector, LocalConnector):
        if claimed:
            _send_locally(claimed, connector=connector, now=now)
    elif claimed:
        hand = Hand(connector, worker, started, now, pace, apart, probing=passage.probing)
        calls = send_claimed(claimed, hand=hand)
        pace.whole = (time.monotonic() - started) / max(1, calls)
        if calls < len(claimed):
            passage.take_back(calls=len(claimed) - calls, now=now)
    return len(claimed)


def _send_locally(claimed: Sequence[Delivery], *, connector: LocalConnector, now: datetime) -> None:
    try:
        send_batch(make_ready(claimed, connector=connector, now=now), connector=connector, now=now)
    except DATABASE_AWAY:
        _let_go(claimed)
        raise


def _let_go(claimed: Iterable[Delivery]) -> None:
    """Hand back, if that can be done, after something went wrong."""
    connection.close_if_unusable_or_obsolete()
    with contextlib.suppress(DatabaseError):
        hand_back(claimed)


@dataclasses.dataclass(frozen=True)
class Hand:
    """A worker with what it has claimed together: on which channel, and since when."""

    connector: Connector
    worker: str
    claimed_at: float
    now: datetime
    pace: Pace
    apart: Apart
    # its call is the one that an open breaker let through
    probing: bool = False

    def clock(self) -> datetime:
        """Return the queue's time, without asking for it again."""
        return self.now + timedelta(seconds=time.monotonic() - self.claimed_at)

    def time_left(self) -> float:
        """Say for how many seconds more may be begun: what waits longer, others do sooner."""
        longest = policy.QUICK_BATCH_TIME.total_seconds()
        return longest - (time.monotonic() - self.claimed_at)


def send_claimed(claimed: Sequence[Delivery], *, hand: Hand) -> int:
    """Send what was claimed together, one after the other.

    Returns how many times the network may have been called. What is not begun in time, or would
    come after a call that went wrong, goes back; the leases are kept all the while.
    """
    seconds = hand.connector.capabilities.call_seconds
    with renewals.keep(claimed, claimed_at=hand.claimed_at, seconds=seconds) as held:
        turn = Turn(hand, held)
        try:
            turn.send(turn.prepared(claimed))
        except DATABASE_AWAY:
            _let_go(one for one in claimed if one.state == State.CLAIMED)
            raise
        except Exception:
            # the one at hand is left to the reaper, who counts how often that happens to it
            _let_go(held.waiting)
            raise
        hand_back(one for one in claimed if one.state == State.CLAIMED)
    return turn.calls


class Turn:
    """The calls for one claim, in rounds: each is settled where the next one's intents are noted.

    A round is one call; several where a doubt about them is resolved without a person.
    """

    def __init__(self, hand: Hand, held: Held) -> None:
        self.hand, self.held = hand, held
        self.connector = hand.connector
        # how many calls were made, and how many of them were answered well and are not yet told
        self.calls, self.well = 0, 0
        self.answered: list[Answered] = []
        # one of the hand can't be written: who it is shows only one by one
        self.alone = False

    def prepared(self, claimed: Sequence[Delivery]) -> list[Ready]:
        """Prepare them, or as many as there is time for: half of it is for the calls."""
        half = policy.QUICK_BATCH_TIME.total_seconds() / 2

        def begin(delivery: Delivery) -> bool:
            may = delivery is claimed[0] or self.hand.time_left() > half
            if may:
                self._turn_to(delivery)
            return may

        ready = make_ready(claimed, connector=self.connector, now=self.hand.now, begin=begin)
        # who dies in the call leaves a doubt, no suspicion
        self.hand.apart.end()
        return ready

    def send(self, batch: Sequence[Ready]) -> None:
        waiting = deque(batch)
        while waiting and self._may_go_on():
            batch = self._next_round(waiting)
            self._turn_to(batch[0].delivery)
            began = time.monotonic()
            try:
                begun = self._begin(batch)
            except Exception:
                if len(batch) == 1:
                    raise
                logger.exception("deliveries %s: no intents, going on one by one", _ids(batch))
                self.alone = True
                waiting.extendleft(reversed(batch))
                continue
            if begun is None:
                break
            self.held.line_up(begun, fresh_at=began)
            if not self._call_each(begun):
                break
        self._settle()

    def _may_go_on(self) -> bool:
        return not leaving.is_set() and (not self.answered or self.hand.time_left() > 0)

    def _next_round(self, waiting: deque[Ready]) -> list[Ready]:
        """Take the next one, and those that may share its round, if there is time for them."""
        batch = [waiting.popleft()]
        # the other half is for what comes between
        most = 1 if self.alone else self.hand.pace.calls_in(self.hand.time_left() / 2)
        while waiting and len(batch) < most and all(map(self._is_resolved, (batch[0], waiting[0]))):
            batch.append(waiting.popleft())
        return batch

    def _is_resolved(self, ready: Ready) -> bool:
        return may_go_together(ready.delivery, self.connector.capabilities, self.hand.now)

    def _turn_to(self, delivery: Delivery) -> None:
        self.held.begin(delivery, seconds=self.connector.capabilities.call_seconds)

    def _begin(self, batch: Sequence[Ready]) -> list[Begun] | None:
        """Write the intents, and settle the round before; None when it did not get so far."""
        if not self.answered:
            return self._begin_first(batch)
        answered = self.answered
        try:
            begun = settle_and_begin(answered, batch, **self._words())
        except (Stopped, LeaseLost):
            return None
        except Exception:  # whatever is wrong with the next, what was called must be settled
            if len(batch) > 1:
                raise
            logger.exception("deliveries %s could not be begun", _ids(batch))
            return None
        self.answered = []
        self._announce(answered)
        return begun

    def _begin_first(self, batch: Sequence[Ready]) -> list[Begun] | None:
        try:
            return write_intents(batch, **self._words())
        except Stopped:
            return None
        except LeaseLost:
            logger.warning("deliveries %s: a lease was lost before the call", _ids(batch))
            return None

    def _words(self) -> dict[str, Any]:
        hand = self.hand
        return {"connector": hand.connector, "worker": hand.worker, "now": hand.clock()}

    def _call_each(self, begun: Sequence[Begun]) -> bool:
        """Call them one after the other; returns whether others may follow."""
        looked_at = time.monotonic()
        for one in begun:
            if one is not begun[0]:
                if not self._may_go_on():
                    return False
                if time.monotonic() - looked_at >= policy.LOOK_AGAIN.total_seconds():
                    looked_at = time.monotonic()
                    if self._is_stopped():
                        return False
            seconds = self.connector.capabilities.call_seconds
            if not (self.held.take(one, seconds=seconds) and self._call(one)):
                return False
        return True

    def _is_stopped(self) -> bool:
        """Look whether a person or a gate has stopped what is not called yet."""
        try:
            ids = [one.delivery.pk for one in self.held.uncalled]
            look_for_stops(self.connector, ids, self.hand.clock())
        except Stopped:
            return True
        except DatabaseError:  # what was called must still be settled, if that can be done
            logger.exception("%s: no look at what was stopped", self.connector.channel)
            return True
        return False

    def _call(self, begun: Begun) -> bool:
        """Make the call, if the lease still allows it; returns whether others may follow."""
        may_call = self.held.may_call
        ready = begun.ready
        kind = Kind(ready.delivery.kind)
        outcome = call(self.connector, kind, ready.letter) if may_call else _not_called()
        self.hand.pace.seconds = time.monotonic() - self.held.since
        self.answered.append(Answered(begun, outcome, self.hand.clock(), may_call))
        self.calls += may_call
        went_well = may_call and isinstance(outcome, GOOD)
        self.well += went_well
        return went_well

    def _settle(self) -> None:
        """Settle the calls of the last round, and tell the gate of all of them."""
        self.held.rest()
        last = self.answered[-1] if self.answered else None
        self._write(self.held.give_up())
        if self.well:
            self._tell(Sent(""), calls=self.well)
        if last and last.called and not isinstance(last.outcome, GOOD):
            self._tell(last.outcome)
        if last and isinstance(last.outcome, AuthLost):
            # where somebody connected it again meanwhile, the next call goes by what is stored now
            self.connector.channel.refresh_from_db(fields=["credentials"])

    def _write(self, uncalled: Sequence[Begun]) -> None:
        answered, now = self.answered, self.hand.clock()
        until = time.monotonic() + policy.SETTLE_PATIENCE.total_seconds()
        if len(answered) + len(uncalled) > 1:
            try:
                self._settle_calls(answered, uncalled, now, until)
            except LeaseLost:
                logger.info("%s: not all of a round are ours any more", self.connector.channel)
            except Exception:
                logger.exception("%s: a round could not be settled", self.connector.channel)
            else:
                return
        for one in answered:
            try:
                self._settle_calls([one], [], now, until)
            except LeaseLost:
                keep_orphan(attempt=one.begun.attempt, outcome=one.outcome, now=one.ended)
            except Exception:  # what the others brought is known all the same
                logger.exception("delivery %s could not be settled", one.delivery.pk)
        call_off(uncalled, now=now)

    def _settle_calls(
        self,
        answered: Sequence[Answered],
        uncalled: Sequence[Begun],
        now: datetime,
        until: float,
    ) -> None:
        def settle() -> None:
            settle_calls(answered, uncalled, connector=self.connector, now=now)

        patiently(settle, until=until)
        self._announce(answered)

    def _announce(self, answered: Sequence[Answered]) -> None:
        for one in answered:
            # the next are on record by now: nothing that is only said may stand before their calls
            with contextlib.suppress(Exception):
                announce(one.delivery, self.connector.channel)

    def _tell(self, outcome: Outcome, calls: int = 1) -> None:
        tell_gate(
            connector=self.connector,
            outcome=outcome,
            took=self.hand.pace.seconds or 0.0,
            now=self.hand.clock(),
            calls=calls,
            probe=self.hand.probing,
        )


def _ids(batch: Sequence[Ready]) -> list[int]:
    return [ready.delivery.pk for ready in batch]


def _not_called() -> Outcome:
    """Cost a try all the same: what takes longer than the guard allows every time must end too."""
    return RetryAfter(gettext("The worker was held up, so it did not call."))


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
