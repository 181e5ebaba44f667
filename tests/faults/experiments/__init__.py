"""The experiments: each breaks something real while deliveries are due, then lets it be.

Every module here offers ``EXPERIMENTS``: a name for the command line, and what runs it. What
an experiment returns goes into the table, one row for each face of the network.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable

from tests.faults.bench import Bench
from tests.faults.count import Count

Experiment = Callable[[Bench], Iterable[Count]]


def all_experiments() -> dict[str, Experiment]:
    """Join the tables of all modules here; needs Django's apps."""
    found: dict[str, Experiment] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        offered = importlib.import_module(f"{__name__}.{module.name}").EXPERIMENTS
        if twins := found.keys() & offered:
            raise ValueError(f"two experiments of one name: {', '.join(sorted(twins))}")
        found |= offered
    return found
