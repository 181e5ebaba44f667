"""The settings of real processes under test: beat reaches even its rarest entry within seconds.

With ``TASK_SECONDS`` a task is taken for hung after so many; there is one that hangs for ever.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

from celery import shared_task, signals

from tests.settings import *  # noqa: F403

# how long a worker that leaves waits for what runs
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = float(os.environ.get("SOFT_SECONDS", "30"))


@signals.import_modules.connect(weak=False)
def hurry(sender: Any, **kwargs: Any) -> None:
    """Shorten the schedule that hub.celery has just made; the entries stay what they are."""
    for entry in sender.conf.beat_schedule.values():
        entry["schedule"] = min(entry["schedule"], timedelta(seconds=2))
    if seconds := os.environ.get("TASK_SECONDS"):
        sender.conf.task_soft_time_limit = float(seconds)
        sender.conf.task_time_limit = 2 * float(seconds)


@shared_task(name="tests.services.hang", queue="publish")
def hang() -> None:
    """Hang whatever is raised in it, as a call in a library of C does."""
    while True:
        try:
            time.sleep(3600)
        except Exception:  # noqa: BLE001  # the limit raises in it, too
            continue
