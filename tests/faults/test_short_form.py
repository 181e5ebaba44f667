"""The short form of ``make faults``: real processes, real kills, both pairs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.services.conftest import ROOT

pytestmark = pytest.mark.services

EXPERIMENTS = ("mixed", "answers", "broker", "naive-kills-taken", "naive-answers", "naive-broker")


def test_faults_lose_nothing_and_double_nothing_unless_the_scheduler_is_naive() -> None:
    command = (sys.executable, "-m", "tests.faults", *EXPERIMENTS)
    run = subprocess.run(
        [*command, "--size", "0.05"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout[-6000:]}\n{run.stderr[-4000:]}"
    assert run.stdout.count("a naive scheduler") == 2, run.stdout
