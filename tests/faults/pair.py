"""Where experiments run: a database, a broker, and worker processes that are started anew."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from django.db import connections

from tests.faults import staff
from tests.faults.copies import copy_sqlite
from tests.faults.servers import Postgres, Redis
from tests.faults.spent import cpu_seconds
from tests.services.conftest import ROOT

GRACE = 60.0
SQLITE = "faults.sqlite3"
# the database that all others of a PostgreSQL are copied from
FILLED = "filled"


class Pair:
    """The servers of one pair in a folder of their own, and the environment of its processes.

    ``templates`` is a folder with what ``fill`` made; without it, servers begin empty.
    """

    def __init__(self, name: str, folder: Path, templates: Path | None = None) -> None:
        self.name = name
        self.folder = folder
        self.templates = templates
        folder.mkdir(parents=True, exist_ok=True)
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self.database_url = f"sqlite:///{folder / SQLITE}"
        self.broker_url = "memory://"
        if name == "grown":
            self.postgres = Postgres(folder, templates and templates / "postgres")
            self.redis = Redis(folder)
            self.database_url = self.postgres.url("backbeat" if templates else FILLED)
            self.broker_url = self.redis.url

    @property
    def usual_workers(self) -> int:
        """Say how many workers such a house has: embedded, the runner is all of them."""
        return 3 if self.redis else 1

    @property
    def threads(self) -> int:
        """Say how many calls one process makes at the same time."""
        # Celery's parts look at the settings when they are imported
        from hub.runtime.management.commands.runner import CONCURRENCY

        return 1 if self.redis else CONCURRENCY

    @property
    def hands(self) -> int:
        """Say how many calls a worker makes at the same time, with the processes that it forks."""
        return staff.FORKS if self.redis else self.threads

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": self.broker_url,
            "PYTHONPATH": str(ROOT),
            "LOG_LEVEL": "INFO",
        }

    def begin_anew(self) -> None:
        """Give the next experiment a fresh copy of the filled database, and an empty broker."""
        connections.close_all()
        if self.postgres and self.redis:
            self.postgres.create("backbeat", template=FILLED)
            self.redis.ask("flushall")
        elif self.templates:
            copy_sqlite(self.templates / SQLITE, self.folder / SQLITE)

    def cpu_seconds(self) -> float:
        """Sum what this process, its workers and its database have used."""
        roots = [os.getpid()]
        if self.postgres:
            # it leaves who started it
            roots.append(self.postgres.pid)
        return cpu_seconds(roots)

    def stop(self, mode: str = "immediate") -> None:
        if self.postgres:
            self.postgres.stop(mode)
        if self.redis:
            self.redis.stop()


class Crew:
    """Workers, and beats where the pair has them; one that dies is started again at once."""

    def __init__(self, pair: Pair, *, workers: int = 3, beats: int = 1, **environment: str) -> None:
        self.pair = pair
        self.environment = environment
        self.beats = beats
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
        environment = {**self.environment, "BEAT": str(self._has_beat(name)).lower()}
        self.running[name] = staff.hire(self._command(name), log, environment)

    def _has_beat(self, name: str) -> bool:
        """Say which runners are beats, too; where the pair has workers, beats are apart."""
        return int(name.rpartition("-")[2]) < self.beats

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

    def dismiss(self, name: str) -> int | None:
        """Ask one to end, and start it not anew; its exit code, None if it had to be killed."""
        with self.lock:
            leaving = self.running.pop(name)
        leaving.terminate()
        leaving.join(GRACE)
        code = leaving.exitcode
        staff.end(leaving)
        return code

    def processes_of(self, name: str, among: Iterable[int]) -> list[int]:
        """Find those of some processes that are this one or were forked from it."""
        group = self.running[name].pid
        return [pid for pid in among if _group(pid) == group]

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


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
