"""Run experiments on one pair: ``python -m tests.faults.child embedded 1.0 7 kills busy``."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import django
from django.core.management import call_command

from tests.faults.pair import Pair
from tests.faults.servers import CountingNetwork


def leave(*_: object) -> None:
    sys.exit(1)


def main(name: str, size: float, seed: int, names: list[str]) -> bool:
    signal.signal(signal.SIGTERM, leave)
    with tempfile.TemporaryDirectory(prefix="backbeat-faults-") as folder:
        pair = Pair(name, Path(folder))
        network = CountingNetwork(seed)
        os.environ.update(pair.environment)
        django.setup()
        try:
            call_command("migrate", verbosity=0)
            return run(pair, network, size, seed, names)
        finally:
            network.stop()
            pair.stop()


def run(pair: Pair, network: CountingNetwork, size: float, seed: int, names: list[str]) -> bool:
    # they need the models
    from tests.faults import world
    from tests.faults.bench import Bench
    from tests.faults.experiments import all_experiments

    world.plant()
    experiments = all_experiments()
    passed = True
    for name in names or experiments:
        began = time.monotonic()
        for row in experiments[name](Bench(pair, network, size, seed)):
            passed &= row.passed
            print(json.dumps({"pair": pair.name, **dataclasses.asdict(row)}), flush=True)
        print(f"# {name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
