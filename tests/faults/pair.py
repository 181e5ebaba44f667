"""Where experiments run: a database, a broker, and worker processes that are started anew."""

from __future__ import annotations

import threading
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.faults import staff
from tests.faults.servers import Postgres, Redis
from tests.services.conftest import ROOT

GRACE = 60.0


class Pair:
    """The servers of one pair, and the environment of its processes."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.postgres = Postgres(folder) if name == "grown" else None
        self.redis = Redis(folder) if name == "grown" else None
        self.database_url = (
            self.postgres.url if self.postgres else f"sqlite:///{folder / 'faults.sqlite3'}"
        )
        self.broker_url = self.redis.url if self.redis else "memory://"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": self.broker_url,
            "PYTHONPATH": str(ROOT),
            "LOG_LEVEL": "INFO",
            "TICKER_INTERVAL": "0.3",
        }

    def stop(self) -> None:
        for server in (self.postgres, self.redis):
            if server:
                server.stop()


class Crew:
    """Workers, and beats where the pair has them; one that dies is started again at once."""

    def __init__(self, pair: Pair, *, workers: int = 3, beats: int = 1, **environment: str) -> None:
        self.pair = pair
        self.environment = environment
        self.deaths = 0
        self.running: dict[str, ForkServerProcess] = {}
        self.ending = threading.Event()
        self.lock = threading.Lock()
        names = [f"worker-{number}" for number in range(workers)]
        if pair.redis:
            names += [f"beat-{number}" for number in range(beats)]
        for name in names:
            self.start(name)
        self.watch = threading.Thread(target=self._revive, daemon=True)
        self.watch.start()

    def start(self, name: str) -> None:
        log = self.pair.folder / f"{name}.log"
        self.running[name] = staff.hire(self._command(name), log, self.environment)

    def _command(self, name: str) -> tuple[str, ...]:
        if name.startswith("beat"):
            return (*staff.BEAT, "--schedule", str(self.pair.folder / name))
        if self.pair.redis:
            return (*staff.WORKER, "--hostname", f"{name}@%h")
        return staff.RUNNER

    def names(self, kind: str = "") -> list[str]:
        return [name for name in self.running if name.startswith(kind)]

    def kill(self, name: str) -> None:
        """End a process with its children as a power cut would; the crew starts it anew."""
        with self.lock:
            staff.end(self.running[name])

    def dismiss(self, *names: str) -> None:
        """Ask these to end (all, unless named), and start none anew; wait until they are gone."""
        with self.lock:
            leaving = [self.running.pop(name) for name in names or list(self.running)]
        for process in leaving:
            process.terminate()
        for process in leaving:
            process.join(GRACE)
            staff.end(process)

    def end(self) -> None:
        self.ending.set()
        self.watch.join()
        for process in self.running.values():
            staff.end(process)

    def _revive(self) -> None:
        while not self.ending.wait(0.1):
            with self.lock:
                for name, process in list(self.running.items()):
                    if not process.is_alive():
                        # what the pool had forked must not live on beside the new one
                        staff.end(process)
                        self.deaths += 1
                        self.start(name)
