"""One process that does all the work of the embedded default: worker, ticker and beat."""

from __future__ import annotations

import os
import socket
import sys
import threading
import warnings
from typing import Any

from celery import signals
from celery.beat import Service
from celery.platforms import SecurityWarning  # type: ignore[attr-defined]  # not in the stubs
from django.conf import settings
from django.core.management.base import BaseCommand

from hub.celery import app
from hub.runtime.supervisor import SUPERVISED, leave_with_parent

# more than a slow network may hold at once (Channel.max_inflight), so that others still go
CONCURRENCY = 8


class Command(BaseCommand):
    help = "Run Celery's worker, the ticker and beat in one process (the embedded default)."

    def handle(self, *args: Any, **options: Any) -> None:
        if SUPERVISED in os.environ:
            leave_with_parent()
        signals.worker_shutting_down.connect(leave_in_time)
        # tasks are JSON here, so what the warning is about can't happen
        warnings.simplefilter("ignore", SecurityWarning)
        worker = app.Worker(
            hostname=f"runner@{socket.gethostname()}",
            pool="threads",
            concurrency=CONCURRENCY,
            quiet=True,
        )
        beat = Service(app, scheduler_cls=app.conf.beat_scheduler)
        if settings.BEAT:
            # a thread, for another process would not see this one's memory:// queues
            threading.Thread(target=beat.start, name="beat", daemon=True).start()
        try:
            worker.start()
        finally:
            beat.stop()
        sys.exit(worker.exitcode or 0)


def leave_in_time(**kwargs: Any) -> None:
    """Leave after the soft shutdown's time even when a task still runs; its lease runs out."""
    timer = threading.Timer(settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT, os._exit, [0])
    timer.daemon = True
    timer.start()
