from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hub.runtime import ports
from hub.runtime.supervisor import GOOD_LIFE, LONGEST_PAUSE, Program, Supervisor


@pytest.fixture
def handlers():
    """Put the signal handlers of this process back."""
    signums = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(signum) for signum in signums]
    yield
    for signum, handler in zip(signums, before, strict=True):
        signal.signal(signum, handler)


def python(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


ROOT = Path(__file__).resolve().parents[3]
WAITS = "import time; print('ready', flush=True); time.sleep(60)"


def test_what_a_program_says_is_shown_under_its_name_and_a_signal_stops_all(handlers) -> None:
    lines: list[tuple[str, str]] = []

    def write(name: str, line: str) -> None:
        lines.append((name, line))
        if (name, line) == ("web", "ready"):
            signal.raise_signal(signal.SIGTERM)

    program = python("web", WAITS)
    assert Supervisor([program], write).run() == 0
    assert ("web", "ready") in lines
    assert lines[-1] == ("backbeat", "Stopped.")
    assert not program.alive()


def test_a_program_that_dies_is_started_again(handlers) -> None:
    said: list[str] = []
    supervisor = Supervisor([], lambda name, line: None)

    def write(name: str, line: str) -> None:
        said.append(line)
        if said.count("here") == 2:
            supervisor.stopping.set()

    supervisor = Supervisor([python("runner", "print('here'); raise SystemExit(3)")], write)
    assert supervisor.run() == 0
    assert "The runner process ended (3); starting again in 1 s." in said


def test_a_program_that_never_stays_up_ends_everything(handlers) -> None:
    said: list[str] = []
    dying = python("runner", "raise SystemExit(3)")
    dying.failed_starts = 5
    waiting = python("web", WAITS)
    code = Supervisor([waiting, dying], lambda name, line: said.append(line)).run()
    assert code == 1
    assert "The runner process will not stay up; stopping everything." in said
    assert not waiting.alive()


def test_pauses_grow_and_begin_anew_after_a_good_life() -> None:
    program = python("runner", "")
    program.start(queue.SimpleQueue())
    assert [program.plan_restart() for _ in range(6)] == [1, 2, 4, 8, 16, LONGEST_PAUSE]
    program.started_at -= GOOD_LIFE
    assert program.plan_restart() == 1
    assert program.process
    program.process.wait()


def test_a_child_leaves_when_its_supervisor_was_killed() -> None:
    child = (
        "import time\nfrom hub.runtime.supervisor import leave_with_parent\n"
        "leave_with_parent(every=0.05)\nprint('ready', flush=True)\ntime.sleep(20)\nprint('stayed')"
    )
    parent = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == b"ready\n"
        supervisor.kill()
        # the pipe ends when the last process that holds it is gone
        assert supervisor.stdout.read() == b""


def test_a_taken_port_is_told_in_one_sentence(capsys) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert ports.main("127.0.0.1", str(port)) == 1
    told = capsys.readouterr().err
    assert told == f"Port {port} is in use; try PORT={port + 1} make run.\n"


def test_a_free_port_is_told_by_silence(capsys) -> None:
    assert ports.main("127.0.0.1", "9419") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("port", ["", "http", "0", "70000", "-1"])
def test_what_is_no_port_is_told_so(capsys, port) -> None:
    assert ports.main("127.0.0.1", port) == 1
    assert "is not a port" in capsys.readouterr().err
