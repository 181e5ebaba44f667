"""``growth``: the claim and the rounds of the beat among ever more deliveries; all stay flat."""

from __future__ import annotations

from typing import Any

from tests.bench import plans
from tests.bench.places import Place
from tests.bench.shell import OWN_PYTHON, ROOT, run_json

# on SQLite the largest size shows nothing new, and takes long to fill
LARGEST_EMBEDDED = 1_000_000


def measure(place: Place, *, sizes: list[int]) -> list[dict[str, Any]]:
    wanted = [size for size in sizes if not place.embedded or size <= LARGEST_EMBEDDED]
    command = [OWN_PYTHON, "-m", "tests.bench.children.time_growth", *map(str, wanted)]
    explains = not place.embedded
    told = run_json([*command, "--plans"] if explains else command, place.own_env(), timeout=3_600)
    if explains:
        page = "docs/reference/query-plans.md" if len(sizes) > 1 else "var/bench/query-plans.md"
        plans.write(told["plans"], planned=wanted[-1], page=ROOT / page)
    return [{"place": place.name, **row} for row in told["rows"]]
