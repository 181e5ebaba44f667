"""Troubles inside the processes under fault; the environment says which of them happen, and when.

All of them are put in place once, in every process, and do nothing until they are asked for.
"""

from __future__ import annotations

import logging
import os
import random
import signal
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from celery import signals
from django.db import transaction
from django.db.backends.signals import connection_created
from django.db.models.signals import post_save
from django.utils import timezone

from content.editorial.models import Post
from hub.celery import app
from hub.delivery.models import Attempt, Outcome
from spokes.channels.connectors.base import Envelope, Payload
from spokes.channels.connectors.registry import CONNECTORS
from tests.faults.connector import CountingConnector

# how often each message is sent, beside one of some time ago
ECHOES = 4


class Broken(Exception):
    """What a hook raises that should have been careful."""


def install() -> None:
    CONNECTORS["poison"] = PoisonConnector
    app.send_task = echoed(app.send_task)
    logging.getLogger("hub").addHandler(RaisingHandler())
    signals.task_success.connect(raise_in_a_signal, weak=False)
    signals.task_postrun.connect(raise_in_a_signal, weak=False)
    post_save.connect(raise_after_commit, sender=Attempt, weak=False)
    timezone.now = wrong_by_file(timezone.now)
    connection_created.connect(prepare_connection)


def prepare_connection(connection: Any, **kwargs: Any) -> None:
    wrappers = connection.execute_wrappers
    # the signal comes again whenever the connection is made anew
    if "CLOCK_ERROR" in os.environ and ask_the_wrong_clock not in wrappers:
        connection.execute_wrappers.append(ask_the_wrong_clock)


def note(trouble: str) -> None:
    """Leave one byte more in the trouble's file: how often it was really made."""
    if folder := os.environ.get("TROUBLES"):
        with (Path(folder) / trouble).open("ab") as file:
            file.write(b".")


# --- 11: poison -----------------------------------------------------------------------------


class PoisonConnector(CountingConnector):
    """The counting network, whose posts do harm when their title says so."""

    def prepare(self, post: Post, envelope: Envelope) -> Payload:
        payload = super().prepare(post, envelope)
        name = post.title.partition(":")[0]
        if name not in POISONS:
            return payload
        note(name)
        return {**payload, "poison": POISONS[name]()}


def _raise() -> None:
    raise Broken("a bug in prepare")


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


POISONS = {
    "Raises": _raise,
    "Kills": _kill,
    "No JSON": object,
    "Endless": lambda: float("inf"),
    "Nought": lambda: "a\0b",
}


# --- 10: messages ---------------------------------------------------------------------------


def echoed(send_task: Any) -> Any:
    """Send each message several times, late and early, with old ones of other channels between."""
    sent: deque[tuple[Any, dict[str, Any]]] = deque(maxlen=200)

    def send(*args: Any, **words: Any) -> Any:
        if "ECHO" not in os.environ:
            return send_task(*args, **words)
        # one that does not expire can come as late as it likes
        sent.append((args, {**words, "expires": None}))
        result = send_task(*args, **words)
        again = random.choices(sent, k=ECHOES)
        random.shuffle(again)
        for old_args, old_words in again:
            send_task(*old_args, **old_words)
            note("echo")
        return result

    return send


# --- 16: hooks ------------------------------------------------------------------------------


def raise_in(hook: str) -> None:
    if hook in os.environ.get("RAISE_IN", ""):
        note(hook)
        raise Broken(f"the {hook} is full")


class RaisingHandler(logging.Handler):
    """A handler that forgets to catch its own errors: they reach who only wanted to log."""

    def emit(self, record: logging.LogRecord) -> None:
        raise_in("log")


def raise_in_a_signal(**kwargs: Any) -> None:
    """What an exporter of Celery's metrics hangs itself on."""
    raise_in("metrics")


def raise_after_commit(instance: Attempt, **kwargs: Any) -> None:
    """An audit of somebody's own, told of each success once it is committed."""
    if instance.outcome == Outcome.SENT:
        transaction.on_commit(lambda: raise_in("audit"))


# --- 9: clocks ------------------------------------------------------------------------------


def clock_error() -> timedelta:
    """How wrong this machine's clock is: seconds in the file that CLOCK_ERROR names."""
    place = os.environ.get("CLOCK_ERROR")
    if not place:
        return timedelta(0)
    return timedelta(seconds=float(Path(place).read_text() or 0))


def wrong_by_file(now: Any) -> Any:
    def wrong() -> datetime:
        moment: datetime = now()
        return moment + clock_error()

    return wrong


def ask_the_wrong_clock(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Let PostgreSQL's clock go wrong, too, as that of a machine which has both."""
    if sql == "SELECT clock_timestamp()" and (error := clock_error()):
        sql = f"SELECT clock_timestamp() + interval '{error.total_seconds()} seconds'"
    return execute(sql, params, many, context)
