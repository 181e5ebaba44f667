"""What came of an experiment: the network's own count beside what the rows say."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connections
from django.db.models import Count as Number
from django.db.models import Max, Sum

from hub.delivery.models import Delivery
from hub.delivery.states import State
from tests.faults.servers import CountingNetwork

# where a delivery is over, or in front of a person
GIVEN_UP = (State.REFUSED, State.MISSED, State.DEAD, State.CANCELLED)
ENDED = (State.LIVE, State.REVIEW, *GIVEN_UP)
# the engine's own times are shorter; what did not move for so long will not move
PATIENCE = 150.0
LOOK_EVERY = 0.4


@dataclasses.dataclass
class Count:
    """One experiment on one face of the network."""

    experiment: str
    face: str
    due: int = 0
    once: int = 0
    twice: int = 0
    # live by its row and not on the network; or on neither, and in front of nobody
    lost: int = 0
    # not known, and shown to a person
    shown: int = 0
    # ended with a reason, without being on the network; shown to a person, too
    given_up: int = 0
    # not ended when nothing moved any more
    stuck: int = 0
    # from the end of the faults until all was over
    seconds: float = 0.0
    # faults that were really made, where the experiment counts them
    faults: int = 0
    # what else was required and is not so
    unmet: list[str] = dataclasses.field(default_factory=list)
    # a scheduler of the naive kind: must fail, or the probe proves nothing
    naive: bool = False

    @property
    def sound(self) -> bool:
        return not (self.lost or self.twice or self.stuck or self.unmet)

    @property
    def passed(self) -> bool:
        """Whether it came as it must: sound, or unsound where a naive scheduler was tried."""
        return self.sound != self.naive


class Watch:
    """Waits as long as something moves; a slow machine only makes it wait longer."""

    def __init__(self, patience: float = PATIENCE, leave_out: list[int] | None = None) -> None:
        self.patience = patience
        # channels that are not waited for
        self.leave_out = leave_out or []

    def until_ended(self) -> float:
        """Wait until every delivery is over or before a person; returns the seconds that took."""
        wanted = Delivery.objects.exclude(channel__in=self.leave_out).count()
        return self.until(lambda over: over >= wanted)

    def until(self, enough: Callable[[int], bool]) -> float:
        began = moved = time.monotonic()
        before = None
        while time.monotonic() - moved < self.patience:
            now = self._look()
            if now is not None and enough(now[0]):
                break
            if now != before:
                before, moved = now, time.monotonic()
            # the workers are other processes: their rows have to be looked at
            time.sleep(LOOK_EVERY)
        return time.monotonic() - began

    def _look(self) -> tuple[int, object] | None:
        """How many are over, and anything that shows that the others move; None: no database."""
        rows = Delivery.objects.exclude(channel__in=self.leave_out).order_by()
        try:
            over = rows.filter(state__in=ENDED).count()
            moving = rows.aggregate(
                Sum("lease_token"), Sum("lookups"), Sum("crashes"), Max("settled_at")
            )
        except Exception:  # noqa: BLE001  # the database may be one of the things that are down
            connections.close_all()
            return None
        return over, tuple(moving.values())


def count(experiment: str, network: CountingNetwork, seconds: float) -> list[Count]:
    """Count each face by itself; a post is known by what it says, whatever key it came under."""
    ledger = network.ledger()
    on_network: dict[str, int] = ledger["by_content"]
    faces: dict[str, Count] = {}
    deliveries = Delivery.objects.filter(kind="publish").select_related("channel", "post")
    for delivery in deliveries:
        face = delivery.channel.settings["face"]
        row = faces.setdefault(face, Count(experiment, face, seconds=round(seconds, 1)))
        there = on_network.get(f"{delivery.channel.name}: {delivery.post.title}", 0)
        state = State(delivery.state)
        row.due += 1
        row.once += there == 1
        row.twice += there > 1
        row.shown += state == State.REVIEW
        row.stuck += state not in ENDED
        row.given_up += state in GIVEN_UP and not there
        row.lost += not there and (state == State.LIVE or state not in ENDED)
        if state in GIVEN_UP and there:
            row.unmet.append(f"“{delivery.post}” is there, and its row says {state}")
        elif state not in ENDED:
            row.unmet.append(_why(delivery))
    return list(faces.values())


def _why(delivery: Delivery) -> str:
    """Say what a stuck one waits for, as its row and its last call have it, and what time it is."""
    call = (
        delivery.attempts.order_by("pk").values("started_at", "ended_at", "call", "outcome").last()
    )
    row = {
        name: getattr(delivery, name)
        for name in ("due_at", "next_try_at", "lease_until", "lease_token", "tries", "reason")
    }
    told = ", ".join(f"{name} {value}" for name, value in {**row, **(call or {})}.items())
    return f"“{delivery.post}” is {delivery.state}: {told}; seen {datetime.now(UTC)}"


def states() -> dict[str, int]:
    rows = Delivery.objects.order_by().values_list("state").annotate(Number("pk"))
    return dict(rows)
