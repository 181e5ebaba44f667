"""How every process logs: a line a record, for people or as JSON, with the request or task."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any

from celery import current_task

# the request this thread answers; empty outside of one
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")


# asked every few seconds by machines, which read the answer and no log
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


class SkipProbes(logging.Filter):
    """Let no record about a probe pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(getattr(record, "request", None), "path", "") not in PROBES


class AddContext(logging.Filter):
    """Put the ids of the request and of the task on the record, and both into ``context``."""

    def filter(self, record: logging.LogRecord) -> bool:
        request_id = current_request_id.get()
        task_id = (current_task.request.id or "") if current_task else ""
        name = request_id or task_id
        record.__dict__.update(
            request_id=request_id, task_id=task_id, context=f" [{name[:8]}]" if name else ""
        )
        return True


def logging_config(*, level: str, form: str) -> dict[str, Any]:
    """Return Django's ``LOGGING``; ``form`` is text or json."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "context": {"()": "hub.runtime.logs.AddContext"},
            "no_probes": {"()": "hub.runtime.logs.SkipProbes"},
        },
        "formatters": {
            "text": {
                "format": "{levelname:<7} {name}{context}: {message}",
                "style": "{",
            },
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": ["levelname", "name", "message", "request_id", "task_id"],
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "at",
            },
        },
        "handlers": {
            "stream": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["context"],
            },
        },
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            # Django's own handlers would say everything twice or mail it
            "django": {"handlers": [], "level": level, "propagate": True},
            # what a client did wrong is in the line of its request already
            "django.request": {"level": "ERROR", "filters": ["no_probes"]},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "gunicorn.error": {"handlers": [], "level": level, "propagate": True},
            # one line for each task received and done would drown the rest
            "celery.worker.strategy": {"level": "WARNING"},
            # hints and ticks that came too late to be worth anything
            "celery.worker.request": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # that memory:// names no host
            "kombu.connection": {"level": "ERROR"},
            "httpx": {"level": "WARNING"},
        },
    }
