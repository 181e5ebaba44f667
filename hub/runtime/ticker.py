"""The ticker of every worker: it makes beat an accelerator, not a part that must live."""

from __future__ import annotations

import logging
import math
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import bootsteps
from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from hub.delivery.clock import ClockGuard, queue_now
from hub.delivery.health import report_alive
from hub.delivery.ticks import run_due_ticks
from hub.runtime.limits import running

logger = logging.getLogger(__name__)

# EX_SOFTWARE of sysexits.h: a supervisor starts the worker anew
STUCK = 70
HEARTBEAT_SECONDS = 5.0


def _ask_to_leave() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


class Ticker(threading.Thread):
    """Runs the ticks that are due, about every ``interval`` seconds, whatever happens to one."""

    def __init__(self, *, name: str, interval: float, ticking: bool = True, slots: int = 0) -> None:
        super().__init__(name="ticker", daemon=True)
        self.worker = name
        self.slots = slots
        self.clock = ClockGuard()
        self.interval = interval
        self.ticking = ticking
        self.stopping = threading.Event()
        self.started_at = timezone.now()
        self.ran_at = time.monotonic()
        self.next_heartbeat = 0.0

    def run(self) -> None:
        # what waited for a worker waits no longer than it must
        ended = self._wait(0, 0.3)
        while not ended:
            self.run_once()
            ended = self._wait(0.7, 1.3)

    def _wait(self, least: float, most: float) -> bool:
        """Wait so much of the interval; returns whether to end.

        Jitter keeps many workers from asking for the same leases at the same moment.
        """
        return self.stopping.wait(self.interval * random.uniform(least, most))  # noqa: S311  # spreads load, guards no secret

    def run_once(self) -> None:
        close_old_connections()
        try:
            if time.monotonic() >= self.next_heartbeat:
                self.clock.ahead = report_alive(
                    name=self.worker,
                    role="worker",
                    now=timezone.now(),
                    started_at=self.started_at,
                    slots=self.slots,
                )
                self.next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
            if self.clock.look(queue_now()) and self.ticking:
                run_due_ticks(holder=f"{self.worker}/ticker")
        except Exception:  # the next round may work: the database comes back, a row is mended
            logger.exception("A round of the ticker failed; the next one comes.")
            connections.close_all()
        finally:
            close_old_connections()
            self.ran_at = time.monotonic()

    def silent_for(self) -> float:
        """Return the seconds since a round ended."""
        return time.monotonic() - self.ran_at


class Watchdog(threading.Thread):
    """Ends the process when its ticker hangs, or a task of its threads: leases bring back all."""

    def __init__(
        self,
        ticker: Ticker,
        *,
        patience: float,
        longest_task: float = math.inf,
        ask: Callable[[], Any] = _ask_to_leave,
        leave: Callable[[int], Any] = os._exit,
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.ticker = ticker
        self.patience = patience
        self.longest_task = longest_task
        self.ask = ask
        self.leave = leave

    def run(self) -> None:
        while not self.ticker.stopping.wait(self.patience / 20):
            if self.look():
                return

    def look(self) -> bool:
        """Leave when the ticker was silent, or a task runs, for too long; return whether."""
        silence = self.ticker.silent_for()
        if silence > self.patience:
            logger.critical("The ticker has hung for %.0f s; this worker leaves.", silence)
        elif (age := running.longest()) > self.longest_task:
            logger.critical("A task has hung for %.0f s; this worker leaves.", age)
            self.ask()
            # the other tasks may end; the one that hangs never does
            time.sleep(settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT)
        else:
            return False
        logging.shutdown()
        self.leave(STUCK)
        return True


class TickerStep(bootsteps.StartStopStep):
    """Starts ticker and watchdog in a worker, after its pool has forked."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        # one that is kept for other queues sends nothing
        sends = "publish" in worker.app.amqp.queues.consume_from
        self.ticker = Ticker(
            name=worker.hostname,
            interval=settings.TICKER_INTERVAL,
            ticking=settings.TICKER,
            slots=worker.concurrency if sends else 0,
        )
        # a pool of processes keeps the limit itself; threads can't be ended one by one
        limit = worker.app.conf.task_time_limit or math.inf
        self.watchdog = Watchdog(self.ticker, patience=settings.TICKER_PATIENCE, longest_task=limit)

    def start(self, worker: Any) -> None:
        self.ticker.ran_at = time.monotonic()
        self.ticker.start()
        self.watchdog.start()

    def stop(self, worker: Any) -> None:
        self.ticker.stopping.set()
        if self.ticker.is_alive():
            self.ticker.join(timeout=5)

    def terminate(self, worker: Any) -> None:
        self.stop(worker)
