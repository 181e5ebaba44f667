"""Real processes at the price of a fork: Django is loaded once, every worker starts from there.

Fourteen hundred workers die in these experiments; loading everything anew for each would be all
that the machine does. Each is a process of its own that SIGKILL ends as it would any other.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import multiprocessing
import os
import signal
import sys
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from django.conf import settings

# of <linux/prctl.h>
PR_SET_PDEATHSIG = 1

RUNNER = ("runner",)
FORKS = 2
WORKER = ("celery", "worker", "--concurrency", str(FORKS), "--loglevel", "WARNING")
BEAT = ("celery", "beat", "--loglevel", "WARNING")

forks = multiprocessing.get_context("forkserver")
# imported by the process that all others are forked from
LOADED = "tests.faults.loaded"
forks.set_forkserver_preload([LOADED])


def hire(command: tuple[str, ...], log: Path, environment: dict[str, str]) -> ForkServerProcess:
    """Start a worker, a runner or a beat; its output goes to the end of ``log``."""
    process = forks.Process(target=_work, args=(command, log, environment))
    process.start()
    return process


def end(process: ForkServerProcess) -> None:
    """SIGKILL, with all that it had forked."""
    assert process.pid is not None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # one that has just been forked has no group of its own yet
    process.kill()
    process.join()


def end_with_parent() -> None:
    """Die when the process that forked this one does: nothing outlives the experiments."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _work(command: tuple[str, ...], log: Path, environment: dict[str, str]) -> None:
    os.setsid()
    end_with_parent()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    os.environ.update(environment)
    _own_signs()
    if interval := environment.get("TICKER_INTERVAL"):
        _hurry(float(interval))
    sys.argv = ["manage.py", *command]
    if command[0] == "naive":
        from tests.faults import naive

        naive.run(command[1])
        return
    if command[0] != "celery":
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
        return
    from hub.celery import app

    app.start(["--quiet", *command[1:]])


def _hurry(seconds: float) -> None:
    """Look so often for what is due: settings and ticks were read before the fork."""
    from hub.delivery.ticks import TICKS

    settings.TICKER_INTERVAL = seconds
    every = timedelta(seconds=seconds)
    TICKS["dispatch"] = dataclasses.replace(TICKS["dispatch"], every=every)


def _own_signs() -> None:
    """Share no memory with the other workers, only with what this one will fork."""
    from hub.delivery import signs

    for sign in (signs.leaving, signs.clock_is_off):
        vars(sign).update(vars(signs.Sign()))
