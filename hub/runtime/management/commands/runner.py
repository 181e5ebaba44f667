"""One process that does all the work of the embedded default: worker, ticker and beat."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

from celery import signals
from celery.beat import Service
from django.conf import settings
from django.core.management.base import BaseCommand

from hub.celery import app

logger = logging.getLogger(__name__)

CONCURRENCY = 4


class Command(BaseCommand):
    help = "Run Celery's worker, the ticker and beat in one process (the embedded default)."

    def handle(self, *args: Any, **options: Any) -> None:
        signals.worker_shutting_down.connect(leave_in_time)
        signals.worker_ready.connect(say_ready)
        worker = app.Worker(
            hostname="runner@%h", pool="threads", concurrency=CONCURRENCY, quiet=True
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


def say_ready(**kwargs: Any) -> None:
    logger.info("The runner is ready.")


def leave_in_time(**kwargs: Any) -> None:
    """Leave after the soft shutdown's time even when a task still runs; its lease runs out."""
    timer = threading.Timer(settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT, os._exit, [0])
    timer.daemon = True
    timer.start()
