"""The Celery application: it carries hints; the database is the queue."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals
from django.core.checks import run_checks

from hub.delivery.signs import leaving
from hub.runtime.answers import leave_silent_databases

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

app = Celery("backbeat")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_logging(**kwargs: Any) -> None:
    """Leave logging as Django's LOGGING has it: Celery sets up its own unless someone answers."""


@signals.import_modules.connect(sender=app, weak=False)
def set_up_worker(**kwargs: Any) -> None:
    """Give workers their ticker and limits, and beat its schedule, once Django's apps are loaded.

    Celery sends this signal at the start of a worker and of beat, and before us it calls
    its own Django receiver, which loads the apps.
    """
    # these need the models, and this module is imported before there are any
    from hub.runtime.beat import schedule_of_ticks  # noqa: PLC0415  # needs the apps, which load after this file
    from hub.runtime.limits import KILL_AFTER, longest_task  # noqa: PLC0415  # needs the apps, which load after this file
    from hub.runtime.ticker import TickerStep  # noqa: PLC0415  # needs the apps, which load after this file

    serious = [message for message in run_checks() if message.is_serious()]
    if serious:
        raise SystemExit("\n".join(map(str, serious)))
    leave_silent_databases()
    app.steps["worker"].add(TickerStep)
    signals.worker_shutting_down.connect(lambda **_: leaving.set(), weak=False)
    app.conf.beat_schedule = schedule_of_ticks()
    app.conf.task_soft_time_limit = longest_task()
    app.conf.task_time_limit = app.conf.task_soft_time_limit + KILL_AFTER
