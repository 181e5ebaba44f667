"""Measure Backbeat beside its peers and limits: ``python -m tests.bench [names] [--full]``."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from content.measured import write_figures
from tests.bench import deliveries, dispatch, growth, lateness, page, report, routing
from tests.bench.places import Place, places
from tests.bench.shell import ROOT, make_peer_environment

Rows = list[dict[str, Any]]
QUICK, USUAL, FULL = range(3)

# each with its sizes: does it run at all, some minutes, an hour
BENCHES: dict[str, Callable[[Place, int], Rows]] = {
    "dispatch": lambda place, size: dispatch.measure(
        place, items=(400, 10_000, 10_000)[size], pages=(50, 1_000, 1_000)[size]
    ),
    "deliveries": lambda place, size: deliveries.measure(place, items=(400, 4_000, 20_000)[size]),
    "lateness": lambda place, size: lateness.measure(
        place,
        planned=(10_000, 1_000_000, 1_000_000)[size],
        seconds=(5, 20, 60)[size],
        rates=((20,), (100,), (20, 100))[size],
    ),
    "growth": lambda place, size: growth.measure(place, sizes=GROWTH[size]),
    "page": lambda place, size: page.measure(place),
    "routing": lambda place, size: routing.measure(
        place,
        audiences=([100, 1_000], [100, 1_000, 10_000], [100, 1_000, 10_000])[size],
        posts=(2_000, 100_000, 100_000)[size],
    ),
}
GROWTH = ([10_000], [10_000, 100_000, 1_000_000], [10_000, 100_000, 1_000_000, 5_000_000])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benches", nargs="*", help="which of them (all, unless named)")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run at all?")
    parser.add_argument("--full", action="store_true", help="large sizes: takes about an hour")
    options = parser.parse_args()
    wanted = options.benches or list(BENCHES)
    if unknown := set(wanted) - set(BENCHES):
        parser.error(f"there is no bench named {', '.join(unknown)}: {', '.join(BENCHES)}")
    size = QUICK if options.quick else FULL if options.full else USUAL
    make_peer_environment()
    with tempfile.TemporaryDirectory(prefix="backbeat-bench-") as scratch:
        found = measure(wanted, Path(scratch), size=size)
    target = ROOT / "var/bench/part.md" if options.quick else ROOT / "docs/reference/benchmarks.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    print(report.write(found, target, ROOT / "var/bench/benchmarks.json"))
    if "routing" in found and size > QUICK:
        write_figures(
            report.section("routing", found["routing"]),
            mark="speed",
            heading="How quickly it is known who takes a post",
            page=ROOT / "docs/reference/targeting.md",
        )


def measure(wanted: list[str], scratch: Path, *, size: int) -> dict[str, Rows]:
    found: dict[str, Rows] = {name: [] for name in wanted}
    for place in places(scratch):
        for name in wanted:
            print(f"{name} on {place.name} ...", flush=True)
            found[name] += BENCHES[name](place, size)
    return found


if __name__ == "__main__":
    main()
