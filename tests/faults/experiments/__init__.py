"""The experiments: each breaks something real while deliveries are due, then lets it be.

Every module here offers ``EXPERIMENTS``: a name for the command line, and what runs it; and maybe
``LEFT_OUT``, names by the pair on which they would prove nothing. What an experiment returns goes
into the table, one row for each face of the network.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable

from tests.faults.bench import Bench
from tests.faults.count import Count

Experiment = Callable[[Bench], Iterable[Count]]


def experiments_on(pair: str) -> dict[str, Experiment]:
    """Join the tables of all modules here; needs Django's apps."""
    found: dict[str, Experiment] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        one = importlib.import_module(f"{__name__}.{module.name}")
        left_out = getattr(one, "LEFT_OUT", {}).get(pair, set())
        offered = {name: run for name, run in one.EXPERIMENTS.items() if name not in left_out}
        if twins := found.keys() & offered:
            raise ValueError(f"two experiments of one name: {', '.join(sorted(twins))}")
        found |= offered
    return found
