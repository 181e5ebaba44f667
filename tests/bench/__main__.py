"""Measure Backbeat beside its peers: ``python -m tests.bench [dispatch] [claim] [page]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import claim, dispatch, page, report
from tests.bench.places import places
from tests.bench.shell import ROOT, make_peer_environment

BENCHES = ("dispatch", "claim", "page")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benches", nargs="*", help="which of them (all, unless named)")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run at all?")
    options = parser.parse_args()
    wanted = options.benches or list(BENCHES)
    if unknown := set(wanted) - set(BENCHES):
        parser.error(f"there is no bench named {', '.join(unknown)}: {', '.join(BENCHES)}")
    make_peer_environment()
    with tempfile.TemporaryDirectory(prefix="backbeat-bench-") as scratch:
        found = measure(wanted, Path(scratch), quick=options.quick)
    whole = not options.quick and set(wanted) == set(BENCHES)
    target = ROOT / "docs/reference/benchmarks.md" if whole else ROOT / "var/bench/part.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    print(report.write(found, target, ROOT / "var/bench/benchmarks.json"))


def measure(wanted: list[str], scratch: Path, *, quick: bool) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in wanted}
    for place in places(scratch):
        for name in wanted:
            print(f"{name} on {place.name} ...", flush=True)
            if name == "dispatch":
                items, pages = (400, 50) if quick else (10_000, 1_000)
                found[name].append(dispatch.measure(place, items=items, pages=pages))
            elif name == "claim":
                sizes = [10_000] if quick else [10_000, 100_000, 1_000_000]
                found[name].append(claim.measure(place, sizes=sizes))
            else:
                found[name].append(page.measure(place))
    return found


if __name__ == "__main__":
    main()
