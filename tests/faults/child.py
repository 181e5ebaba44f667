"""A lane of experiments on one pair, or the template of its database.

``python -m tests.faults.child fill embedded FOLDER SIZE`` fills the template, and prints the names
of all experiments; ``… run embedded FOLDER SIZE SEED`` runs those that it reads, a name a line.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import logging
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import django

from tests.faults import staff
from tests.faults.pair import FILLED, Pair
from tests.faults.servers import CountingNetwork


def leave(*_: object) -> None:
    sys.exit(1)


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


@contextmanager
def started(pair: Pair) -> Iterator[None]:
    """Let Django work on the pair, and stop its servers at the end."""
    mode = "immediate" if pair.templates else "fast"
    try:
        os.environ.update(pair.environment)
        if pair.postgres and not pair.templates:
            pair.postgres.create(FILLED)
        django.setup()
        yield
    finally:
        pair.stop(mode)


def fill(name: str, folder: Path, size: float) -> None:
    pair = Pair(name, folder / name)
    with started(pair):
        # they need the models
        from tests.faults import template
        from tests.faults.experiments import experiments_on

        # compiled once, before many lanes need it
        importlib.import_module(staff.LOADED)
        template.fill(size)
        say(names=list(experiments_on(name)))


def run(name: str, folder: Path, size: float, seed: int) -> None:
    lane = folder / f"lane-{name}-{os.getpid()}"
    pair = Pair(name, lane, folder / name)
    try:
        with started(pair):
            # they need the models
            from tests.faults.experiments import experiments_on

            experiments = experiments_on(name)
            # now: what an experiment sets for itself must not reach the workers of those after it
            forkserver.ensure_running()
            # races are run in this process, and would tell of every one
            logging.getLogger("hub").setLevel(logging.WARNING)
            for line in sys.stdin:
                _run_one(line.strip(), experiments[line.strip()], pair, size, seed)
    finally:
        shutil.rmtree(lane, ignore_errors=True)


def _run_one(name: str, experiment: Callable[..., Any], pair: Pair, size: float, seed: int) -> None:
    # they need the models
    from tests.faults.bench import Bench
    from tests.faults.count import Count

    began, used = time.monotonic(), pair.cpu_seconds()
    pair.begin_anew()
    network = CountingNetwork(seed)
    try:
        found = list(experiment(Bench(pair, network, size, seed)))
        found = found or [Count(name, "–", unmet=["it counted nothing"])]
    except Exception as error:  # noqa: BLE001  # the other experiments are run all the same
        traceback.print_exc()
        found = [Count(name, "–", unmet=[f"it ended with {error!r}"])]
    finally:
        network.stop()
    for row in found:
        told = dataclasses.asdict(row) | {"passed": row.passed, "unkept": row.unkept}
        say(pair=pair.name, **told)
    # a database that was started anew has forgotten what it used
    used = max(0.0, pair.cpu_seconds() - used)
    say(done=name, pair=pair.name, wall=time.monotonic() - began, cpu=used)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    task, its_pair, place, its_size, *its_seed = sys.argv[1:]
    if task == "fill":
        fill(its_pair, Path(place), float(its_size))
    else:
        run(its_pair, Path(place), float(its_size), int(its_seed[0]))
