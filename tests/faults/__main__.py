"""Break things and count: ``make faults``, or ``python -m tests.faults [names] [options]``.

Without names every experiment is run, on both pairs; only such a run at its whole size writes
the page. The exit code is 1 when anything that is required was not so.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.faults import report
from tests.faults.lanes import House, house
from tests.services.conftest import ROOT

PAIRS = ("embedded", "grown")
PAGE = ROOT / "docs/reference/reliability.md"


def main() -> int:
    options = _options()
    whole = not options.names and options.size >= 1 and set(options.pairs) == set(PAIRS)
    passed: list[report.Passed] = []
    with house(options.pairs, options.size) as place:
        for seed in range(options.seed, options.seed + options.times):
            text, met = _run(place, options, seed)
            if met:
                passed.append(report.Passed.now(seed))
                text = f"{text}\n\n{report.in_a_row(passed)}"
                if whole:
                    report.write(text, PAGE)
            print(text)
            print("All that is required was so." if met else "Not all that is required was so.")
            if not met:
                return 1
    return 0


def _run(place: House, options: argparse.Namespace, seed: int) -> tuple[str, bool]:
    """Run what is asked for, once; returns the tables, and whether all came as it must."""
    began = time.monotonic()
    rows: list[report.Row] = []
    cpu: list[float] = []

    def told(said: report.Row) -> None:
        if "done" in said:
            cpu.append(said["cpu"])
            words = "# {pair}: {done}: {wall:.0f} s, {cpu:.0f} s of CPU".format(**said)
        else:
            rows.append(said)
            words = report.one_line(said)
        print(words, file=sys.stderr, flush=True)

    sound = place.run(options.names, seed=seed, lanes=options.lanes, told=told)
    took = f"{time.monotonic() - began:.0f} s in all, {sum(cpu):.0f} s of CPU"
    text = report.tables(rows, f"size {options.size:g}, seed {seed}, {took}")
    for unmet in report.unmet(rows):
        print(f"NOT MET: {unmet}")
    return text, sound and bool(rows) and all(row["passed"] for row in rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.faults")
    parser.add_argument("names", nargs="*", help="experiments, or their first words (else all)")
    parser.add_argument("--size", type=float, default=1.0, help="share of the whole size")
    parser.add_argument("--seed", type=int, default=1, help="for all that is drawn")
    parser.add_argument("--times", type=int, default=1, help="in a row, each with the next seed")
    parser.add_argument("--pairs", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument("--lanes", type=int, default=3, help="at the same time, on each pair")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
