"""What an experiment works on: a pair and a network, a size, a seed for what is drawn."""

from __future__ import annotations

import dataclasses
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
from tests.faults.count import Count, Watch, count
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
        self.faults = 0

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
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.graves = folder
        return folder

    def deaths(self) -> int:
        return len(list(self.graves.iterdir())) if self.graves else 0

    def make_due(self, within: timedelta = timedelta(0)) -> None:
        world.make_due(within)
        self.note_fault(0)

    def note_fault(self, made: int = 0) -> None:
        """Recovery begins after this; the network and dying workers note theirs themselves."""
        self.broken_at = time.time()
        self.faults += made

    def settled(self, name: str) -> list[Count]:
        """Make no more faults, wait until all is over or before a person, and count."""
        self.network.set_faults()
        Watch().until_ended()
        found = count(name, self.network, time.time() - self._last_fault())
        faults = self.faults + self.deaths() + self.network.ledger()["faults"]
        for row in found:
            row.faults = faults
        return found

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
