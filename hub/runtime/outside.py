"""Who watches when no worker is left: the web process, whenever a monitor asks how it is."""

from __future__ import annotations

import logging
import os
import socket
import threading

from django.db import connection, transaction

from hub.alerts.telling import send_due
from hub.delivery.clock import queue_now
from hub.delivery.ticks import run_tick

logger = logging.getLogger(__name__)

_watching = threading.Lock()


def watch_from_outside() -> None:
    """Look after the machine in a thread of this process: whoever asked does not wait."""
    transaction.on_commit(_start)


def _start() -> None:
    # one look at a time, however often it is asked for
    if _watching.acquire(blocking=False):
        threading.Thread(target=_watch, name="watch", daemon=True).start()


def _watch() -> None:
    try:
        look()
    except Exception:  # a thread has nobody to tell; the monitor asks again
        logger.exception("the web process could not look after the machine")
    finally:
        connection.close()
        _watching.release()


def look() -> bool:
    """Run the round that notices and tells, under its lease; returns whether it ran."""
    ran = run_tick("alerts", holder=f"web@{socket.gethostname()}/{os.getpid()}")
    # what an earlier look could not send
    send_due(queue_now())
    return ran
