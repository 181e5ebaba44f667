"""``claim``: 100 due deliveries among ever more planned ones; it should stay flat."""

from __future__ import annotations

from typing import Any

from tests.bench.places import Place
from tests.bench.shell import OWN_PYTHON, run_json


def measure(place: Place, *, sizes: list[int]) -> dict[str, Any]:
    milliseconds = {}
    for size in sizes:
        child = [OWN_PYTHON, "-m", "tests.bench.children.time_claim", str(size)]
        milliseconds[size] = round(run_json(child, place.own_env())["milliseconds"], 2)
    return {"place": place.name, "milliseconds": milliseconds}
