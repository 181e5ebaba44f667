"""Leases of what is in hand, renewed while it is sent: one thread a process, not a call."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence

from django.db import connection

from hub.delivery import gates, policy
from hub.delivery.claim import hand_back
from hub.delivery.clock import queue_now
from hub.delivery.intent import Begun, call_off
from hub.delivery.models import Delivery
from hub.delivery.states import LEASED_STATES, State

logger = logging.getLogger(__name__)


@dataclasses.dataclass(eq=False)
class Held:
    """What one worker has claimed together; all times by the monotonic clock, in seconds."""

    claimed: Sequence[Delivery]
    # the one that is prepared or sent just now; the others wait for it
    at: Delivery
    # its lease, and those of all that is sending, were certainly ours then, and for policy.LEASE
    # after it
    fresh_at: float
    since: float
    # it is not renewed after this: a call that never ends must not keep its delivery for ever
    until: float
    slow: bool = False
    # nothing is prepared or sent: what was is being settled
    resting: bool = False
    # their intents are written; those that are not called yet wait for the one at hand
    sending: list[Begun] = dataclasses.field(default_factory=list)
    uncalled: list[Begun] = dataclasses.field(default_factory=list)
    # ids of those that somebody else has by now
    lost: set[int] = dataclasses.field(default_factory=set)
    # who takes one of the uncalled, takes it for the call or to put it back
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def begin(self, delivery: Delivery, *, seconds: float) -> None:
        """Turn to a delivery, or to another step of it, which may take so long."""
        self.at, self.slow, self.resting = delivery, False, False
        self.since = time.monotonic()
        self.until = self.since + seconds
        self.lost.discard(delivery.pk)

    def line_up(self, begun: Sequence[Begun], *, fresh_at: float) -> None:
        """Call these next, whose intents were begun to be written then."""
        with self.lock:
            self.sending, self.uncalled = list(begun), list(begun)
            self.fresh_at = fresh_at
            self.lost.clear()

    def take(self, begun: Begun, *, seconds: float) -> bool:
        """Turn to a call, which may take so long; False when it was put back meanwhile."""
        with self.lock:
            if begun not in self.uncalled:
                return False
            self.uncalled.remove(begun)
        self.at, self.slow, self.resting = begun.delivery, False, False
        self.since = time.monotonic()
        self.until = self.since + seconds
        return True

    def give_up(self) -> list[Begun]:
        """Take all that is not called, to put it back."""
        with self.lock:
            rest, self.uncalled = self.uncalled, []
            self.sending = [one for one in self.sending if one not in rest]
        return rest

    def rest(self) -> None:
        """Between two steps: what was at hand is being settled, which ends its lease."""
        self.until, self.resting = 0.0, True
        with self.lock:
            self.sending = []

    @property
    def waiting(self) -> list[Delivery]:
        busy = None if self.resting else self.at
        return [one for one in self.claimed if one is not busy and one.state == State.CLAIMED]

    @property
    def may_call(self) -> bool:
        """The lease is ours, for so long that a call may begin."""
        fresh = time.monotonic() - self.fresh_at < policy.GUARD_SECONDS
        return fresh and self.at.pk not in self.lost


class Renewals:
    """What this process has in hand, and the thread that keeps it, as long as there is anything."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew in a process that was forked: what is in hand stayed with the parent."""
        self._lock = threading.Lock()
        self._held: set[Held] = set()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def keep(
        self, claimed: Sequence[Delivery], *, claimed_at: float, seconds: float
    ) -> Iterator[Held]:
        """Renew the leases of a claim while the block runs, each step ``seconds`` at most."""
        now = time.monotonic()
        held = Held(claimed, claimed[0], fresh_at=claimed_at, since=now, until=now + seconds)
        with self._lock:
            self._held.add(held)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)
                self._thread.start()
        try:
            yield held
        finally:
            self.let_go(held)

    def let_go(self, held: Held) -> None:
        """Renew it no more: the call is over."""
        with self._lock:
            self._held.discard(held)

    def _run(self) -> None:
        while True:
            time.sleep(policy.RENEW_EVERY.total_seconds())
            with self._lock:
                if not self._held:
                    self._thread = None
                    return
                held = list(self._held)
            try:
                for one in held:
                    self._look_after(one)
            except Exception:  # the next look may work; the guard stops what was not renewed
                logger.exception("leases could not be renewed")
            finally:
                connection.close()

    def _look_after(self, held: Held) -> None:
        now = time.monotonic()
        if now >= held.until:
            return
        if not held.slow and now - held.since >= policy.SLOW_CALL.total_seconds():
            held.slow = True
            gates.note_time(channel_id=held.at.channel_id, quick=False)
            # others may be quicker with what waits behind it
            call_off(held.give_up(), now=queue_now())
            hand_back(held.waiting)
        age = now - held.fresh_at
        if held.at.pk not in held.lost and age >= 2 * policy.RENEW_EVERY.total_seconds():
            self._renew(held)

    def _renew(self, held: Held) -> None:
        at, asked_at = held.at, time.monotonic()
        lease_until = queue_now() + policy.LEASE
        waiting = Delivery.objects.filter(
            pk__in=[one.pk for one in held.waiting],
            state=State.CLAIMED,
            lease_owner=at.lease_owner,
        )
        waiting.update(lease_until=lease_until)
        with held.lock:
            mine = {at.pk} | {one.delivery.pk for one in held.sending}
        ours = Delivery.objects.filter(
            pk__in=mine, state__in=LEASED_STATES, lease_owner=at.lease_owner
        )
        if ours.update(lease_until=lease_until) != len(mine):
            others = mine - set(ours.values_list("pk", flat=True))
            mine -= others
            if at is held.at and asked_at < held.until:
                held.lost |= others
                for pk in sorted(others):
                    logger.warning("delivery %s: its lease was lost during the call", pk)
        if held.at.pk in mine:
            held.fresh_at = asked_at


renewals = Renewals()
os.register_at_fork(after_in_child=renewals.forget)
