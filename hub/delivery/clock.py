"""What time it is for the queue: the database's own clock where workers may disagree."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone


def queue_now() -> datetime:
    """Return the time of PostgreSQL, or of this machine when SQLite lives on it; aware, UTC."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
