"""Starts the web server and the runner together, shows what they say, and stops them cleanly."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

# set in the environment of a child, which leaves when its supervisor is gone
SUPERVISED = "BACKBEAT_SUPERVISED"
STOP_WITHIN = 35.0
LONGEST_PAUSE = 30.0
# a program that lived so long did not fail at its start
GOOD_LIFE = 30.0
MOST_FAILED_STARTS = 5

Write = Callable[[str, str], None]


def leave_with_parent(every: float = 2.0) -> None:
    """Stop this process as SIGTERM does when its parent is no more."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


class Program:
    """One child process, started again with growing pauses when it dies."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.command = command
        self.process: subprocess.Popen[str] | None = None
        self.failed_starts = 0
        self.started_at = 0.0
        self.start_at = 0.0

    def start(self, lines: queue.SimpleQueue[tuple[str, str]]) -> None:
        self.started_at = time.monotonic()
        # a session of its own: Ctrl-C reaches the supervisor alone, which then stops its children
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, SUPERVISED: "1", "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self.process, lines), daemon=True).start()

    def _read(
        self, process: subprocess.Popen[str], lines: queue.SimpleQueue[tuple[str, str]]
    ) -> None:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        with process.stdout as output:
            for line in output:
                lines.put((self.name, line.rstrip("\n")))

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def plan_restart(self) -> float:
        """Note that it died; return the seconds until it is started again."""
        lived = time.monotonic() - self.started_at
        self.failed_starts = 1 if lived >= GOOD_LIFE else self.failed_starts + 1
        pause = min(2.0 ** (self.failed_starts - 1), LONGEST_PAUSE)
        self.start_at = time.monotonic() + pause
        return pause

    def send(self, signum: signal.Signals) -> None:
        if self.process is not None and self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signum) if signum is signal.SIGKILL else (
                    self.process.send_signal(signum)
                )


class Supervisor:
    """Keeps programs running until a signal, or until one can't be started at all."""

    def __init__(self, programs: Sequence[Program], write: Write) -> None:
        self.programs = programs
        self.write = write
        self.lines: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.stopping = threading.Event()

    def run(self) -> int:
        """Run to the end; return the exit code: 0 when it was told to stop."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._on_signal)
        code = 0
        for program in self.programs:
            program.start(self.lines)
        while not self.stopping.is_set():
            self._show_lines(0.2)
            if not all(self._keep(program) for program in self.programs):
                code = 1
                break
        self._stop_all()
        return code

    def say(self, text: str) -> None:
        """Show a text of the supervisor's own among the lines; safe from any thread."""
        for line in text.splitlines():
            self.lines.put(("backbeat", line))

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _keep(self, program: Program) -> bool:
        """Start a dead program again when its pause is over; False when that is hopeless."""
        if program.process is not None and not program.alive():
            code = program.process.returncode
            program.process = None
            pause = program.plan_restart()
            if program.failed_starts > MOST_FAILED_STARTS:
                self.say(f"The {program.name} process will not stay up; stopping everything.")
                return False
            self.say(f"The {program.name} process ended ({code}); starting again in {pause:.0f} s.")
        elif program.process is None and time.monotonic() >= program.start_at:
            program.start(self.lines)
        return True

    def _stop_all(self) -> None:
        self.say("Stopping: running deliveries may end first.")
        for program in self.programs:
            program.send(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        while any(program.alive() for program in self.programs):
            if time.monotonic() > deadline:
                for program in self.programs:
                    program.send(signal.SIGKILL)
            self._show_lines(0.1)
        self.say("Stopped.")
        self._show_lines(0.1)

    def _show_lines(self, wait: float) -> None:
        """Write what was said, waiting at most so many seconds for a first line."""
        with contextlib.suppress(queue.Empty):
            self.write(*self.lines.get(timeout=wait))
            while True:
                self.write(*self.lines.get_nowait())
