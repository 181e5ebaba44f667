"""Servers that an experiment may stop, kill and wipe: PostgreSQL, Redis, the counting network."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.faults.copies import copy_cluster
from tests.services.conftest import ROOT, free_port


def postgres_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    if initdb is None:
        raise SystemExit("These experiments need PostgreSQL: apt-get install postgresql")
    return Path(initdb).parent


class Postgres:
    """A server of its own, made anew or from the files of another that was stopped."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        self.data = folder / "postgres"
        self.port = free_port()
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and its user must get to its folder
            shutil.chown(folder, "postgres")
        if template:
            copy_cluster(template, self.data)
        else:
            self._make()
        self.start()

    def _make(self) -> None:
        self.data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres")
        self._run("initdb", "-U", "backbeat", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8")

    def url(self, database: str) -> str:
        return f"postgres://backbeat@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, *, template: str = "template1") -> None:
        """Make the database anew, whoever uses it."""
        place = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "backbeat")
        self._tool("dropdb", *place, "--if-exists", "--force", database)
        self._tool("createdb", *place, "--template", template, database)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 "
        # processes are killed here, no machine loses its power: what was written is there
        options += "-c max_connections=200 -c fsync=off"
        self._run("pg_ctl", "-l", str(self.data / "log"), "-w", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-m", mode, "-w", "stop")

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def _run(self, tool: str, *arguments: str) -> None:
        self._tool(tool, "-D", str(self.data), *arguments)

    def _tool(self, tool: str, *arguments: str) -> None:
        command = [str(postgres_bin() / tool), *arguments]
        user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
        subprocess.run(
            command,
            check=True,
            user=user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            # not that there was nothing to drop
            env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
        )


class Redis:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "redis"
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        self.data.mkdir(exist_ok=True)
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.data), "--appendonly", "yes", "--save", ""]
        command += ["--maxmemory-policy", "noeviction"]
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        while self.ask("ping").strip() != b"PONG":
            # it says nothing when it is ready: it has to be asked
            time.sleep(0.05)

    def ask(self, *words: str) -> bytes:
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, check=False).stdout

    def kill(self, *, wipe: bool = False) -> None:
        self.process.kill()
        self.process.wait()
        if wipe:
            shutil.rmtree(self.data)

    def stop(self) -> None:
        self.kill()


class CountingNetwork:
    """The process of ``tests/faults/network.py``, and how to talk to it."""

    def __init__(self, seed: int) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tests.faults.network", str(self.port), str(seed)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def url(self, face: str, channel: str) -> str:
        return f"http://127.0.0.1:{self.port}/{face}/{channel}"

    def set_faults(self, *faults: dict[str, Any]) -> None:
        self._ask("POST", "/control", faults)

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", "/ledger", None)
        return found

    def posts(self, since: int = 0) -> list[dict[str, Any]]:
        """Give each post that was published, from that number on, with all that was done to it."""
        found: list[dict[str, Any]] = self._ask("GET", f"/posts/{since}", None)
        return found

    def close_port(self) -> None:
        """Refuse connections from now on; nobody can ask for the ledger meanwhile."""
        self.process.send_signal(signal.SIGUSR1)
        while self._is_open():
            time.sleep(0.01)

    def open_port(self) -> None:
        self.process.send_signal(signal.SIGUSR2)
        while not self._is_open():
            time.sleep(0.01)

    def _is_open(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def _ask(self, method: str, path: str, content: Any) -> Any:
        body = None if content is None else json.dumps(content).encode()
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, data=body, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")
