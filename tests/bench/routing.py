"""``routing``: one post against ever more audiences, and many stored posts against one audience."""

from __future__ import annotations

from typing import Any

from tests.bench.places import Place
from tests.bench.shell import OWN_PYTHON, run_json


def measure(place: Place, *, audiences: list[int], posts: int) -> list[dict[str, Any]]:
    command = [OWN_PYTHON, "-m", "tests.bench.children.time_routing", str(posts)]
    told = run_json([*command, *map(str, audiences)], place.own_env(), timeout=3_600)
    return [{"place": place.name, **row} for row in told["rows"]]
