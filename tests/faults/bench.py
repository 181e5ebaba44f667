"""What an experiment works on: a pair and a network, a size, a seed for what is drawn."""

from __future__ import annotations

import dataclasses
import math
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from hub.delivery.models import Delivery
from spokes.channels.models import Channel
from tests.faults import template, world
from tests.faults.connector import STEPS, mark_of, words_key
from tests.faults.count import ENDED, Count, Excuses, Watch, count
from tests.faults.pair import Crew, Pair
from tests.faults.servers import CountingNetwork


@dataclasses.dataclass
class Bench:
    """``size`` scales every number of an experiment; 1.0 is the whole of it."""

    pair: Pair
    network: CountingNetwork
    size: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.broken_at = time.time()
        self.graves: Path | None = None
        self.troubles = self.pair.folder / "troubles"
        self.faults = 0
        # deliveries that are due
        self.due = 0
        # calls that may be cut off, of others than those that kill their worker
        self.cut_off = 0

    def sized(self, number: int, least: int = 1) -> int:
        return max(least, round(number * self.size))

    def plan(
        self, due: int, *, each: int = 2, faces: tuple[str, ...] = world.FACES
    ) -> list[Channel]:
        """Plan about ``due`` deliveries, scaled, on ``each`` channels of every face."""
        if (each, faces) == (2, world.FACES) and due <= template.WAVE:
            channels = world.planned_wave(self.sized(due))
        else:
            channels = world.open_channels(faces, each)
            world.plan(world.posts(-(-self.sized(due) // len(channels))), channels)
        world.connect(channels, self.network)
        return channels

    @contextmanager
    def crew(self, **options: object) -> Iterator[Crew]:
        """Run workers (and beats) that are started anew whenever they die."""
        crew = Crew(self.pair, **options)  # type: ignore[arg-type]  # options of the experiments
        try:
            yield crew
        finally:
            crew.end()

    def dig_graves(self) -> Path:
        """Give an empty folder in which each worker that dies at a place leaves a file."""
        folder = self.pair.folder / "graves"
        for old in (folder, folder.with_name("marked")):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir()
        self.graves = folder
        return folder

    def draw_killers(self, number: int) -> list[Delivery]:
        """Draw a few more than so many: one that dies with another may never come to its place."""
        rows = list(Delivery.objects.select_related("post", "channel").order_by("pk"))
        return self.random.sample(rows, min(number + number // 3 + 2, len(rows)))

    def mark_deaths(self, place: str, number: int) -> dict[str, str]:
        """Let workers die with ``number`` of the deliveries; gives what tells them.

        ``place`` is one of ``STEPS``, or "anywhere": then each has one of its own.
        """
        graves = self.dig_graves()
        for delivery in self.draw_killers(number):
            step = self.random.choice(STEPS) if place == "anywhere" else place
            by_words = step == "after_commit"
            words = words_key(delivery.post.title, delivery.channel)
            mark = mark_of(graves, step, words if by_words else delivery.key)
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        return {"DIE_ONCE": str(graves), "DIE_TIMES": str(number)}

    def dig_troubles(self) -> dict[str, str]:
        """Give what tells workers where to note the troubles that they make."""
        self.troubles.mkdir(exist_ok=True)
        for old in self.troubles.iterdir():
            old.unlink()
        return {"TROUBLES": str(self.troubles)}

    def troubles_made(self) -> dict[str, int]:
        return {file.name: file.stat().st_size for file in self.troubles.iterdir()}

    def deaths(self) -> int:
        return len(list(self.graves.iterdir())) if self.graves else 0

    def make_due(self, within: timedelta = timedelta(0)) -> None:
        world.make_due(within)
        self.due = Delivery.objects.count()
        self.note_fault(0)

    def breaks(self, workers: int = 0) -> None:
        """Say that something is broken now: a fault, if it finds anything that is not over.

        Of so many workers the calls may be cut off.
        """
        self.faults += Delivery.objects.exclude(state__in=ENDED).exists()
        self.cut_off += workers * self.pair.hands

    def at_least(self, share: float) -> int:
        """Say how many faults such a share makes of nine tenths of what is due, with bad luck."""
        calls = 0.9 * self.due
        return max(1, int(calls * share - 4 * math.sqrt(calls * share * (1 - share))))

    def note_fault(self, made: int = 0) -> None:
        """Recovery begins after this; the network and dying workers note theirs themselves."""
        self.broken_at = time.time()
        self.faults += made

    def settled(self, name: str, *, asked: int = 0) -> list[Count]:
        """Make no more faults, wait until all is over or before a person, and count.

        At least ``asked`` faults must have been made.
        """
        self.network.set_faults()
        Watch().until_ended()
        found = count(name, self.network, time.time() - self._last_fault(), self._excuses())
        faults = self.faults + self.deaths() + self.network.ledger()["faults"]
        for row in found:
            row.faults, row.asked = faults, asked
        if (counted := sum(row.due for row in found)) < self.due:
            missing = f"{self.due} were planned, and {counted} are there to be counted"
            found = [*found, Count(name, "–", unmet=[missing])]
        return found

    def _excuses(self) -> Excuses:
        """Gather what explains doubts; who dies takes along what its other threads just send."""
        ledger = self.network.ledger()
        graves = [grave.name for grave in self.graves.iterdir()] if self.graves else []
        deaths = len(graves) + ledger["killed"]
        return Excuses(
            keys=frozenset([*ledger["unanswered"], *graves]),
            cut_off=self.cut_off + deaths * (self.pair.threads - 1),
        )

    def _last_fault(self) -> float:
        faults: list[float] = [self.broken_at, self.network.ledger()["last_fault_at"]]
        if self.graves:
            faults += [grave.stat().st_mtime for grave in self.graves.iterdir()]
        return max(faults)

    def let_work(self, share: float = 0.5) -> None:
        """Let the faults work until ``share`` of the deliveries is over, or nothing moves."""
        enough = Delivery.objects.count() * share
        Watch().until(lambda over: over >= enough)

    def pause(self, seconds: float) -> None:
        """Wait between two faults; what follows never depends on how long it was."""
        # what is broken stays so for as long: that is the experiment
        time.sleep(seconds)
