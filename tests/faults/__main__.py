"""Break things and count: ``make faults``, or ``python -m tests.faults [names] [options]``.

Without names every experiment is run, on both pairs; only such a run at its whole size writes
the page. The exit code is 1 when anything that is required was not so.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.faults import report
from tests.services.conftest import ROOT

PAIRS = ("embedded", "grown")
PAGE = ROOT / "docs/reference/reliability.md"


def main() -> int:
    options = _options()
    began = time.monotonic()
    runs = [_start(pair, options) for pair in options.pairs]
    rows: list[report.Row] = []
    codes: list[int] = []
    for run in _in_turn(runs, together=options.together):
        rows += _read(run)
        codes.append(run.wait())
    what = f"size {options.size:g}, seed {options.seed}, {time.monotonic() - began:.0f} s in all"
    text = report.tables(rows, what)
    whole = not options.names and options.size >= 1 and set(options.pairs) == set(PAIRS)
    if whole and not any(codes):
        report.write(text, PAGE)
    print(text)
    for unmet in report.unmet(rows):
        print(f"NOT MET: {unmet}")
    passed = not any(codes) and bool(rows)
    print("All that is required was so." if passed else "Not all that is required was so.")
    return not passed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.faults")
    parser.add_argument("names", nargs="*", help="experiments (all, unless named)")
    parser.add_argument("--size", type=float, default=1.0, help="share of the whole size")
    parser.add_argument("--seed", type=int, default=1, help="for all that is drawn")
    parser.add_argument("--pairs", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument("--together", action="store_true", help="both pairs at the same time")
    return parser.parse_args()


def _start(pair: str, options: argparse.Namespace) -> list[str]:
    numbers = [str(options.size), str(options.seed)]
    return [sys.executable, "-m", "tests.faults.child", pair, *numbers, *options.names]


def _in_turn(commands: list[list[str]], *, together: bool) -> Iterator[subprocess.Popen[str]]:
    """Start the runs one after the other, or all of them at once; end what was not waited for."""
    started: list[subprocess.Popen[str]] = []

    def start(command: list[str]) -> subprocess.Popen[str]:
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    try:
        if together:
            yield from [start(command) for command in commands]
        else:
            yield from (start(command) for command in commands)
    finally:
        for run in started:
            if run.poll() is None:
                run.terminate()
                run.wait()


def _read(run: subprocess.Popen[str]) -> Iterator[report.Row]:
    assert run.stdout is not None
    for line in run.stdout:
        row = json.loads(line)
        print(report.one_line(row), file=sys.stderr, flush=True)
        yield row


if __name__ == "__main__":
    sys.exit(main())
