"""A worker does not wait for ever for a database that says nothing any more.

The kernel gives up a connection whose other end is gone (``POSTGRES_OPTIONS``). It does not where
something in between, a pooler or a load balancer, still takes every byte and brings nothing back.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    # neither is there where SQLite is the database
    import psycopg
    from django.db.backends.postgresql.base import DatabaseWrapper

# from a statement to its answer: half a lease, and the time that a stopping worker has
ANSWER_SECONDS = 30.0


def leave_silent_databases() -> None:
    """Let each statement of this process, on connections to come, be answered in time or fail."""
    connection_created.connect(_bound, dispatch_uid="answers")


def _bound(connection: DatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor != "postgresql":
        return
    link: psycopg.Connection[Any] = connection.connection
    wait = link.wait

    def wait_in_time(steps: Generator[Any, Any, Any], *args: Any, **words: Any) -> Any:
        return wait(_in_time(steps, link, connection.Database.OperationalError), *args, **words)

    # all that a connection asks of its server goes through this one method, commits as well
    vars(link)["wait"] = wait_in_time


def _in_time(
    steps: Generator[Any, Any, Any], link: psycopg.Connection[Any], fault: type[Exception]
) -> Generator[Any, Any, Any]:
    """Go through the steps of a statement; a connection that took too long is of no more use."""
    until = time.monotonic() + ANSWER_SECONDS
    try:
        step = next(steps)
        while True:
            # nothing, several times a second, as long as the socket is silent
            ready = yield step
            if not ready and time.monotonic() > until:
                link.close()
                raise fault("the database did not answer in time")
            step = steps.send(ready)
    except StopIteration as end:
        return end.value
