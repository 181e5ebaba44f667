"""Real processes for tests: started with their own environment, watched, and always ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


class Processes:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**os.environ, **self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.running[name]

    def run(self, *command: str) -> None:
        subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            check=True,
        )

    def kill(self, name: str) -> None:
        """End a process and its children at once, as a power cut would."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str, within: float = 35.0) -> int:
        """Ask a process to end; return its exit code."""
        process = self.running.pop(name)
        process.terminate()
        try:
            return process.wait(within)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise

    def logs(self) -> str:
        parts = [f"--- {log.name}\n{log.read_text()[-3000:]}" for log in self.folder.glob("*.log")]
        return "\n".join(parts)

    def wait_until(self, what: str, found: Callable[[], object], within: float = 60.0) -> None:
        """Look again until it is so; the failure shows what the processes said."""
        deadline = time.monotonic() + within
        while not found():
            if time.monotonic() > deadline:
                pytest.fail(f"After {within:.0f} s still not: {what}\n{self.logs()}")
            time.sleep(0.1)


@pytest.fixture
def start_place(tmp_path: Path) -> Iterator[Callable[[str, str], Processes]]:
    """Give processes on one database and broker; all of them end with the test."""
    places: list[Processes] = []

    def start_place(database_url: str, broker_url: str) -> Processes:
        folder = tmp_path / f"place-{len(places)}"
        folder.mkdir()
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.services.quick_settings",
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": broker_url,
            "PORT": str(free_port()),
            "PYTHONPATH": str(ROOT),
        }
        places.append(Processes(folder, environment))
        return places[-1]

    yield start_place
    for place in places:
        for name in list(place.running):
            place.kill(name)


@pytest.fixture
def grown_up_place(start_place: Callable[[str, str], Processes]) -> Processes:
    """Processes that see the PostgreSQL database of this test, and Redis."""
    if connection.vendor != "postgresql" or not settings.CELERY_BROKER_URL.startswith("redis"):
        pytest.fail("These tests need PostgreSQL and Redis: run make services-test.")
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return start_place(url, os.environ["CELERY_BROKER_URL"])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def fetch(place: Processes, path: str) -> tuple[int, str]:
    """Return status and text of a page, status 0 when nobody answers."""
    address = f"http://127.0.0.1:{place.environment['PORT']}{path}"
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""
