"""Break things and count: ``make faults``, or ``python -m tests.faults [names] [options]``.

Without names every experiment is run, on both pairs; only such a run at its whole size writes
the page. The exit code is 1 when anything that is required was not so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults import report
from tests.services.conftest import ROOT

PAIRS = ("embedded", "grown")
PAGE = ROOT / "docs/reference/reliability.md"


def main() -> int:
    options = _options()
    began = time.monotonic()
    runs = [_command(pair, options) for pair in options.pairs]
    with ThreadPoolExecutor(len(runs) if options.together else 1) as threads:
        done = list(threads.map(_run, runs))
    rows = [row for found, _ in done for row in found]
    codes = [code for _, code in done]
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


def _command(pair: str, options: argparse.Namespace) -> list[str]:
    numbers = [str(options.size), str(options.seed)]
    return [sys.executable, "-m", "tests.faults.child", pair, *numbers, *options.names]


def _run(command: list[str]) -> tuple[list[report.Row], int]:
    """Run a pair to its end; returns what it found, and its exit code."""
    rows = []
    # what is killed leaves its files behind: they lie where this process removes them
    with (
        tempfile.TemporaryDirectory(prefix="backbeat-faults-", ignore_cleanup_errors=True) as place,
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": _entered_by_all(place)},
        ) as run,
    ):
        assert run.stdout is not None
        for line in run.stdout:
            rows.append(json.loads(line))
            print(report.one_line(rows[-1]), file=sys.stderr, flush=True)
    return rows, run.returncode


def _entered_by_all(place: str) -> str:
    """Let PostgreSQL's own user through."""
    os.chmod(place, 0o755)  # nothing of it is secret
    return place


if __name__ == "__main__":
    sys.exit(main())
