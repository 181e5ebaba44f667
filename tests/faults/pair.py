"""Where experiments run: a database, a broker, and worker processes that are started anew."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.faults.servers import Postgres, Redis
from tests.services.conftest import ROOT

CELERY = ("-m", "celery", "-A", "hub", "--quiet")
WORKER = (*CELERY, "worker", "--concurrency", "2", "--loglevel", "WARNING")
RUNNER = ("manage.py", "runner")
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
        self.running: dict[str, subprocess.Popen[bytes]] = {}
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
        if name.startswith("beat"):
            command = (*CELERY, "beat", "--loglevel", "WARNING")
        elif self.pair.redis:
            command = (*WORKER, "--hostname", f"{name}@%h")
        else:
            command = RUNNER
        with (self.pair.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**os.environ, **self.pair.environment, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def names(self, kind: str = "") -> list[str]:
        return [name for name in self.running if name.startswith(kind)]

    def kill(self, name: str) -> None:
        """End a process with its children as a power cut would; the crew starts it anew."""
        with self.lock:
            os.killpg(self.running[name].pid, 9)

    def dismiss(self, *names: str) -> None:
        """Ask these to end (all, unless named), and start none anew; wait until they are gone."""
        with self.lock:
            leaving = {name: self.running.pop(name) for name in names or list(self.running)}
        for process in leaving.values():
            process.terminate()
        for process in leaving.values():
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()

    def end(self) -> None:
        self.ending.set()
        self.watch.join()
        with self.lock:
            for process in self.running.values():
                if process.poll() is None:
                    os.killpg(process.pid, 9)
                process.wait()

    def _revive(self) -> None:
        while not self.ending.wait(0.1):
            with self.lock:
                for name, process in list(self.running.items()):
                    if process.poll() is not None:
                        # what the pool had forked must not live on beside the new one
                        kill_group(process.pid)
                        self.deaths += 1
                        self.start(name)


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, 9)
    except ProcessLookupError:
        return
