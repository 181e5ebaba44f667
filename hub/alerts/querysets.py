from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from hub.alerts.models import Alert, Notice


# one message may take this long; afterwards another thread may try it
HELD_FOR = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(minutes=30)


class AlertQuerySet(models.QuerySet["Alert"]):
    def going_on(self) -> Self:
        return self.filter(over_at__isnull=True)

    def over(self) -> Self:
        return self.filter(over_at__isnull=False)

    def audible(self, now: datetime) -> Self:
        """Those that nobody has silenced."""
        return self.filter(Q(silenced_until=None) | Q(silenced_until__lte=now))


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unsent(self) -> Self:
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)

    def due(self, now: datetime) -> Self:
        """Those whose time has come, and those that a wrong clock put off for too long."""
        untried = Q(tries=0, next_try_at__gt=now + HELD_FOR)
        too_far = Q(next_try_at__gt=now + HELD_FOR + LONGEST_PAUSE)
        due = Q(next_try_at__lte=now) | untried | too_far
        return self.unsent().filter(due).order_by("next_try_at", "id")

    def given_up(self) -> Self:
        return self.filter(given_up_at__isnull=False)
