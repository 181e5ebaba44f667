"""Many experiments at the same time, in lanes: each with servers and databases of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.services.conftest import ROOT

# these wait most of their time: one after the other, beside what keeps a processor busy
IDLE = (
    *("hang", "busy", "jumps-back", "poison", "jumps-forward", "nights"),
    *("down-refused", "down-hung-up", "down-frozen"),
)

Told = Callable[[dict[str, Any]], None]


class House:
    """The filled templates of some pairs, in a folder that is gone at the end."""

    def __init__(self, folder: Path, pairs: list[str], size: float) -> None:
        self.folder = folder
        self.size = size
        with ThreadPoolExecutor(len(pairs)) as threads:
            self.names: dict[str, list[str]] = dict(
                zip(pairs, threads.map(self._fill, pairs), strict=True)
            )

    def _fill(self, pair: str) -> list[str]:
        command = _child("fill", pair, self.folder, self.size)
        filled = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        names: list[str] = json.loads(filled.stdout)["names"]
        return names

    def _environment(self) -> dict[str, str]:
        """Let all processes share what the first have compiled, also where nothing is kept."""
        environment = dict(os.environ)
        if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
            environment["PYTHONPYCACHEPREFIX"] = str(self.folder / "compiled")
        return environment

    def run(self, wanted: list[str], *, seed: int, lanes: int, told: Told) -> bool:
        """Run these experiments (all, unless named) on all pairs; returns whether none broke off.

        ``told`` is given each line that a lane says.
        """
        with ThreadPoolExecutor(lanes * len(self.names)) as threads:
            running = [
                threads.submit(self._lane, pair, names, seed, told)
                for pair, offered in self.names.items()
                for names in _shared(_chosen(offered, wanted), lanes)
            ]
        whole = [lane.result() for lane in running]
        return all(whole)

    def wanted(self, words: list[str]) -> set[tuple[str, str]]:
        """Name the pair and the experiment of all that ``run`` would run."""
        pairs = self.names.items()
        return {(pair, name) for pair, offered in pairs for name in _chosen(offered, words)}

    def _lane(self, pair: str, names: Iterator[str], seed: int, told: Told) -> bool:
        command = _child("run", pair, self.folder, self.size, seed)
        lane = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert lane.stdin
        assert lane.stdout
        with lane:
            for name in names:
                lane.stdin.write(f"{name}\n")
                lane.stdin.flush()
                for line in lane.stdout:
                    said = json.loads(line)
                    told(said)
                    if "done" in said:
                        break
                else:
                    return False
            lane.stdin.close()
        return lane.returncode == 0


@contextmanager
def house(pairs: list[str], size: float) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="backbeat-faults-") as folder:
        # PostgreSQL's user must get to its own folder below
        Path(folder).chmod(0o755)
        yield House(Path(folder), pairs, size)


def _child(task: str, pair: str, *words: object) -> list[str]:
    return [sys.executable, "-m", "tests.faults.child", task, pair, *map(str, words)]


def _chosen(names: list[str], wanted: list[str]) -> list[str]:
    """Choose by name, or by its first word."""
    return [
        name
        for name in names
        if not wanted or any(name == word or name.startswith(f"{word}-") for word in wanted)
    ]


def _shared(names: list[str], lanes: int) -> list[Iterator[str]]:
    """Give each lane what is left whenever it asks; only the first begins with the idle ones."""
    idle = deque(name for name in IDLE if name in names)
    busy = deque(name for name in names if name not in IDLE)
    orders = [(idle, busy), *[(busy, idle)] * (lanes - 1)]
    return [_left(*order) for order in orders[: len(names)]]


def _left(*queues: deque[str]) -> Iterator[str]:
    for names in queues:
        # the other lanes take from it, too
        with contextlib.suppress(IndexError):
            while True:
                yield names.popleft()
