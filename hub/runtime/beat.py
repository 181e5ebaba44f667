"""Celery's beat over the engine's ticks: a static schedule, kept in memory."""

from __future__ import annotations

import logging
import socket
import time
from typing import Any

from celery.beat import Scheduler
from django.db import Error, close_old_connections
from django.utils import timezone

from hub.delivery.health import report_alive
from hub.delivery.ticks import TICKS

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
TICK_TASK = "hub.delivery.tasks.run_tick_task"


def schedule_of_ticks() -> dict[str, dict[str, Any]]:
    """Return Celery's ``beat_schedule``: one entry a tick, void when the next one is sent."""
    return {
        name: {
            "task": TICK_TASK,
            "schedule": tick.every,
            "args": (name,),
            "options": {"queue": tick.queue, "expires": tick.every.total_seconds()},
        }
        for name, tick in TICKS.items()
    }


class TickScheduler(Scheduler):
    """Beat without a file: what is due is in the database, so beat may forget everything."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = f"beat@{socket.gethostname()}"
        self.started_at = timezone.now()
        self.next_heartbeat = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; return the seconds until the next look."""
        seconds: float = super().tick(*args, **kwargs)
        if time.monotonic() >= self.next_heartbeat:
            self.next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
            self._say_alive()
        return min(seconds, HEARTBEAT_SECONDS)

    def _say_alive(self) -> None:
        close_old_connections()
        try:
            report_alive(
                name=self.name, role="beat", now=timezone.now(), started_at=self.started_at
            )
        except Error as error:
            logger.warning("Beat could not write its heartbeat: %s", error)
        finally:
            close_old_connections()
