"""Running the children of the bench: each in a process of its own, as in production."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEER_VENV = ROOT / ".venv-bench"
PEER_PYTHON = str(PEER_VENV / "bin" / "python")
OWN_PYTHON = sys.executable


class ChildFailed(SystemExit):
    """A child of the bench failed; the message ends with what it said."""


def run(command: list[str], env: dict[str, str], *, timeout: float = 900) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        raise ChildFailed(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def run_json(command: list[str], env: dict[str, str], *, timeout: float = 900) -> dict[str, Any]:
    """Run a child that prints one JSON object as its last line."""
    answer: dict[str, Any] = json.loads(run(command, env, timeout=timeout).splitlines()[-1])
    return answer


def started(command: list[str], env: dict[str, str]) -> subprocess.Popen[str]:
    """Start a child whose output is read when it has ended."""
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
    )


@contextlib.contextmanager
def running(command: list[str], env: dict[str, str], log: Path) -> Iterator[None]:
    """Keep a process (and its children) running for the length of the block."""
    with log.open("a") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def make_peer_environment() -> None:
    """Install what we are put beside, from its own lock, when it is not there yet."""
    lock = ROOT / "requirements-bench.lock"
    stamp = PEER_VENV / ".installed"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    print("Installing Wagtail for comparison ...", flush=True)
    run([OWN_PYTHON, "-m", "venv", str(PEER_VENV)], {})
    run([PEER_PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(lock)], {})
    stamp.touch()
