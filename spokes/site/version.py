"""One number for all that the site shows: it is another one after every commit that changed that.

Triggers change it (``triggers``), so that no way of writing can forget to. It is made of random
tokens, not of a count: what is rolled back, or restored from a backup, has its old number again
and never the number of something else.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from django.db import Error, connection

READ = """
SELECT SUM("token"), (
    SELECT MIN("expires_at") FROM "site_publication"
    WHERE "withdrawn_at" IS NULL AND "expires_at" > %s
) FROM "site_siteversion"
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Version:
    """What the site shows at a moment; it holds until the next publication passes its time."""

    number: int
    next_expiry: datetime | None


def read_version(now: datetime) -> Version:
    """Read it in one query, before what it is to be the version of.

    The query itself shows whether a connection that was kept still works, so that Django need
    not ask the database for that alone.
    """
    # the stubs do not know it
    setattr(connection, "health_check_done", True)  # noqa: B010  # Django's own name
    try:
        return _read(now)
    except Error:
        if connection.in_atomic_block:
            raise
        connection.close()
        return _read(now)


def _read(now: datetime) -> Version:
    with connection.cursor() as cursor:
        cursor.execute(READ, [connection.ops.adapt_datetimefield_value(now)])
        number, expiry = cursor.fetchone()
    return Version(int(number or 0), _moment(expiry))


def _moment(stored: Any) -> datetime | None:
    """Read a time as the driver gives it; SQLite's gives text."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    return stored if isinstance(stored, datetime) else None
