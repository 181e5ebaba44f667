"""Leases of what is being sent, renewed while the call runs: one thread a process, not a call."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Iterator

from django.db import connection

from hub.delivery import gates, policy
from hub.delivery.clock import queue_now
from hub.delivery.models import Delivery
from hub.delivery.states import LEASED_STATES

logger = logging.getLogger(__name__)


@dataclasses.dataclass(eq=False)
class Held:
    """One delivery in this process's hand; all times by the monotonic clock, in seconds."""

    delivery_id: int
    channel_id: int
    lease_token: int
    # the lease was certainly ours then, and for policy.LEASE after it
    fresh_at: float
    since: float
    # it is not renewed after this: a call that never ends must not keep its delivery for ever
    until: float
    lost: bool = False
    slow: bool = False

    def begin(self, seconds: float) -> None:
        """Start another step that may take so long."""
        self.since = time.monotonic()
        self.until = self.since + seconds
        self.slow = False

    @property
    def may_call(self) -> bool:
        """The lease is ours, for so long that a call may begin."""
        return not self.lost and time.monotonic() - self.fresh_at < policy.GUARD_SECONDS


class Renewals:
    """What this process has in hand, and the thread that keeps it, as long as there is anything."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[Held] = set()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def keep(self, delivery: Delivery, *, claimed_at: float, seconds: float) -> Iterator[Held]:
        """Renew the lease of a claimed delivery while the block runs, ``seconds`` at most."""
        now = time.monotonic()
        held = Held(
            delivery_id=delivery.pk,
            channel_id=delivery.channel_id,
            lease_token=delivery.lease_token,
            fresh_at=claimed_at,
            since=now,
            until=now + seconds,
        )
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
        if not held.slow and now - held.since >= policy.SLOW_CALL.total_seconds():
            held.slow = True
            gates.note_time(channel_id=held.channel_id, quick=False)
        age = now - held.fresh_at
        if not held.lost and now < held.until and age >= 2 * policy.RENEW_EVERY.total_seconds():
            self._renew(held)

    def _renew(self, held: Held) -> None:
        asked_at = time.monotonic()
        ours = Delivery.objects.filter(
            pk=held.delivery_id, state__in=LEASED_STATES, lease_token=held.lease_token
        )
        if ours.update(lease_until=queue_now() + policy.LEASE):
            held.fresh_at = asked_at
        elif held in self._held:
            held.lost = True
            logger.warning("delivery %s: its lease was lost during the call", held.delivery_id)


renewals = Renewals()
