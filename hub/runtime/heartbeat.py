"""How a process says in the database that it is alive."""

from __future__ import annotations

import socket
from datetime import datetime

from hub.delivery.models import Heartbeat

SECONDS_BETWEEN = 5.0


class Heart:
    """The heartbeat row of one process."""

    def __init__(self, *, role: str, name: str = "") -> None:
        self.role = role
        self.name = name or f"{role}@{socket.gethostname()}"
        self.started = False

    def beat(self, now: datetime) -> None:
        if self.started and Heartbeat.objects.filter(name=self.name).update(seen_at=now):
            return
        Heartbeat.objects.update_or_create(
            name=self.name, defaults={"role": self.role, "started_at": now, "seen_at": now}
        )
        self.started = True
