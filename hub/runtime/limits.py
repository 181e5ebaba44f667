"""How long a task may take before it is taken for hung, and what runs in this process."""

from __future__ import annotations

import threading
import time
from typing import Any

from celery import signals

from hub.delivery import policy
from spokes.channels.connectors.registry import CONNECTORS

# between the exception in the task and the end of its process; in seconds
KILL_AFTER = 30.0


def longest_task() -> float:
    """Say how many seconds a task of any network may take: a longer one hangs."""
    calls = [network.capabilities.call_seconds for network in CONNECTORS.values()]
    return policy.longest_task(max(calls, default=0.0))


class Running:
    """The tasks of this process. With a pool of processes the main one has none."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()

    def begin(self, task_id: str, **kwargs: Any) -> None:
        with self._lock:
            self._since[task_id] = time.monotonic()

    def end(self, task_id: str, **kwargs: Any) -> None:
        with self._lock:
            self._since.pop(task_id, None)

    def longest(self) -> float:
        """Return for how many seconds the oldest of them runs."""
        with self._lock:
            began = min(self._since.values(), default=time.monotonic())
        return time.monotonic() - began


running = Running()
signals.task_prerun.connect(running.begin)
signals.task_postrun.connect(running.end)
