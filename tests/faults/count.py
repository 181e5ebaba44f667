"""What came of an experiment: the network's own count beside what the rows say."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.db import connections
from django.db.models import Count as Number
from django.db.models import Max, Sum

from hub.delivery.models import Attempt, Delivery, Outcome
from hub.delivery.states import State
from tests.faults.servers import CountingNetwork

# where a delivery is over, or in front of a person
GIVEN_UP = (State.REFUSED, State.MISSED, State.DEAD, State.CANCELLED)
ENDED = (State.LIVE, State.REVIEW, *GIVEN_UP)
# faces of which every doubt is resolved without a person
ASKABLE = ("key", "lookup")
# outcomes of calls, and whether they came too late, of which nobody may know what they did
CUT_OFF = {("", False), ("unknown", False), *((outcome, True) for outcome in Outcome.values)}
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
    # faults that were really made, and how many the experiment must make to prove anything
    faults: int = 0
    asked: int = 0
    # how many an experiment means to be given up, or shown although the network can be asked
    may_give_up: int = 0
    may_show: int = 0
    # what else was required and is not so
    unmet: list[str] = dataclasses.field(default_factory=list)
    # a scheduler of the naive kind: must fail, or the probe proves nothing
    naive: bool = False

    @property
    def sound(self) -> bool:
        bad = self.lost or self.twice or self.stuck or self.unmet
        return not bad and (self.naive or not self.unkept)

    @property
    def unkept(self) -> list[str]:
        """Say what must be so of our own engine besides, and is not."""
        wrong = []
        if self.faults < self.asked:
            wrong.append(f"{self.faults} faults were made of at least {self.asked}")
        if self.given_up > self.may_give_up:
            wrong.append(f"{self.given_up} given up")
        # where nobody can be asked, ``count`` looks for what explains each of them
        if self.face in ASKABLE and self.shown > self.may_show:
            wrong.append(f"{self.shown} shown, though the network can be asked")
        if self.face in ASKABLE and self.once < self.due - self.given_up - self.shown:
            wrong.append(f"{self.once} of {self.due} are there")
        return wrong

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


@dataclasses.dataclass(frozen=True)
class Excuses:
    """What explains that nobody knows of a delivery whether it is there."""

    # keys of those whose call got no answer, and of those that killed their worker
    keys: frozenset[str] = frozenset()
    # how many more calls may have been cut off, because others died or could store nothing
    cut_off: int = 0


def count(
    experiment: str, network: CountingNetwork, seconds: float, excuses: Excuses
) -> list[Count]:
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
    if "none" in faces:
        faces["none"].unmet += _unexplained(excuses)
    return list(faces.values())


def _unexplained(excuses: Excuses) -> Iterator[str]:
    """Say what was shown to a person for no reason that the faults give."""
    shown = Delivery.objects.filter(kind="publish", state=State.REVIEW)
    shown = shown.filter(channel__settings__face="none").select_related("post", "channel")
    cut_off = 0
    for delivery in shown:
        calls = delivery.attempts.filter(call=Attempt.Call.SEND)
        answers = set(calls.values_list("outcome", "orphaned"))
        if not answers:
            yield f"“{delivery.post}” was shown, and never called"
        elif delivery.key in excuses.keys:
            continue
        elif answers & CUT_OFF:
            cut_off += 1
        else:
            yield f"“{delivery.post}” was shown, though its call was answered: {answers}"
    if cut_off > excuses.cut_off:
        yield f"{cut_off} calls were cut off, where the faults explain {excuses.cut_off}"


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
