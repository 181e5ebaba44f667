"""What time it is for the queue: the database's own clock where workers may disagree."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from hub.delivery.signs import clock_is_off

logger = logging.getLogger(__name__)

# a worker whose clock differs more from the database's claims nothing; in seconds
MOST_AHEAD = 30.0
# the time of the queue went on so much more, or less, than the time of this machine
LONGEST_JUMP = timedelta(minutes=5)
# who may claim has no clock that is so far ahead: what was noted at a time further off than this
# was noted by a wrong one, which was set back since
TO_COME = timedelta(minutes=1)


def queue_now() -> datetime:
    """Return the time of PostgreSQL, or of this machine when SQLite lives on it; aware, UTC."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


class ClockGuard:
    """Looks at the clocks every second or so, and keeps the worker from claiming by a wrong one.

    What is published too early can't be taken back: after a jump of the queue's time, nothing is
    claimed until the next look.
    """

    def __init__(self) -> None:
        # seconds that this machine's clock is ahead of the database's
        self.ahead = 0.0
        self._last: tuple[datetime, float] | None = None

    def look(self, now: datetime) -> bool:
        """Compare the queue's time with what has passed since the last look; True when it fits."""
        looked_at = time.monotonic()
        before, self._last = self._last, (now, looked_at)
        jump = timedelta(0)
        if before:
            jump = now - before[0] - timedelta(seconds=looked_at - before[1])
        fits = abs(jump) <= LONGEST_JUMP and abs(self.ahead) <= MOST_AHEAD
        if abs(jump) > LONGEST_JUMP:
            logger.critical("The clock jumped by %s: one round is left out.", jump)
        elif not fits and not clock_is_off.is_set():
            logger.critical(
                "This clock is %+.0f s off the database's: nothing is claimed here.", self.ahead
            )
        if fits:
            clock_is_off.clear()
        else:
            clock_is_off.set()
        return fits
