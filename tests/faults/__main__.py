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
    passed = report.runs_in_a_row(PAGE) if whole else []
    first = options.seed or (passed[-1].seed + 1 if passed else 1)
    commit = report.commit_now()
    with house(options.pairs, options.size) as place:
        for seed in range(first, first + options.times):
            text, wrong, seconds = _run(place, options, seed)
            passed.append(report.Passed.now(seed, commit, seconds))
            print(text)
            if whole and not report.is_unchanged_since(commit):
                print(f"It counts for no row: some of what it tries is not as {commit} has it.")
                return 1
            if wrong:
                if whole:
                    report.write_unmet(wrong, seed, PAGE)
                print("Not all that is required was so:", *wrong, sep="\n- ")
                return 1
            if whole:
                report.write(text, passed, PAGE)
            print(f"All that is required was so, {len(passed)} times in a row.")
    return 0


def _run(place: House, options: argparse.Namespace, seed: int) -> tuple[str, list[str], float]:
    """Run what is asked for, once; returns the tables, what came otherwise, and the seconds."""
    began = time.monotonic()
    rows: list[report.Row] = []
    cpu: list[float] = []
    left = place.wanted(options.names)

    def told(said: report.Row) -> None:
        if "done" in said:
            cpu.append(said["cpu"])
            left.discard((said["pair"], said["done"]))
            words = "# {pair}: {done}: {wall:.0f} s, {cpu:.0f} s of CPU".format(**said)
        else:
            rows.append(said)
            words = report.one_line(said)
        print(words, file=sys.stderr, flush=True)

    sound = place.run(options.names, seed=seed, lanes=options.lanes, told=told)
    took = time.monotonic() - began
    what = f"size {options.size:g}, seed {seed}, {took:.0f} s in all, {sum(cpu):.0f} s of CPU"
    wrong = list(report.unmet(rows))
    if not sound:
        wrong.append("a lane broke off")
    if not rows:
        wrong.append("nothing was run")
    wrong += [f"{pair}: {name} came to no end" for pair, name in sorted(left)]
    return report.tables(rows, what), wrong, took


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.faults")
    parser.add_argument("names", nargs="*", help="experiments, or their first words (else all)")
    parser.add_argument("--size", type=float, default=1.0, help="share of the whole size")
    parser.add_argument("--seed", type=int, help="for all that is drawn (else the next one)")
    parser.add_argument("--times", type=int, default=1, help="in a row, each with the next seed")
    parser.add_argument("--pairs", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument("--lanes", type=int, default=2, help="at the same time, on each pair")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
