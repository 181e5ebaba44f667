"""The settings of real processes under test: beat reaches even its rarest entry within seconds.

With ``TASK_SECONDS`` a task is taken for hung after so many; there is one that hangs for ever.
With ``FASTER`` leases last so many times shorter: what a killed worker held is soon taken back. So
do the pauses between looks at what is wrong.
"""

from __future__ import annotations

import dataclasses
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
    if faster := float(os.environ.get("FASTER", "0")):
        _shorten_leases(faster)


def _shorten_leases(faster: float) -> None:
    """Divide a lease and what is measured by it; the order of times stays as it is."""
    # models are there only by now
    from hub.delivery import leases, policy, ticks

    policy.LEASE /= faster
    policy.RENEW_EVERY /= faster
    policy.GUARD_SECONDS /= faster
    leases.LONGEST_RUN /= faster
    for name in ("reap", "alerts"):
        tick = ticks.TICKS[name]
        ticks.TICKS[name] = dataclasses.replace(tick, every=tick.every / faster)


@shared_task(name="tests.services.hang", queue="publish")
def hang() -> None:
    """Hang whatever is raised in it, as a call in a library of C does."""
    while True:
        try:
            time.sleep(3600)
        except Exception:  # noqa: BLE001  # the limit raises in it, too
            continue
