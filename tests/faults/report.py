"""What was found, as tables for a page; the words around them on the page are kept."""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.faults.servers import postgres_bin
from tests.services.conftest import ROOT

Row = dict[str, Any]

PAIRS = {
    "embedded": "Embedded: SQLite, the broker in the runner's memory",
    "grown": "Grown: PostgreSQL, Redis, workers and beat apart",
}
COLUMNS = {
    "experiment": "experiment",
    "face": "dedupe",
    "faults": "faults",
    "due": "due",
    "once": "once",
    "twice": "twice",
    "lost": "lost",
    "shown": "unknown, shown",
    "given_up": "given up, shown",
    "stuck": "stuck",
    "seconds": "seconds",
}
MEASURED = re.compile(r"(<!-- measured -->\n).*?(<!-- /measured -->)", re.DOTALL)
RUNS = "| seed | ended (UTC) | commit | seconds |\n| --- | --- | --- | --- |"
RUN = re.compile(r"^\| (\d+) \| ([\d: -]{16}) \| (\S+) \| (\d+) \|$", re.MULTILINE)
# what is tried, and what tries it: when any of it changes, a row of runs begins anew
TRIED = (
    *("hub/delivery", "hub/runtime", "hub/schedule", "hub/celery.py", "hub/settings.py"),
    *("spokes/channels", "content/bulk.py", "content/editorial", "tests/faults"),
)


def tables(rows: list[Row], what: str) -> str:
    """A table for each pair and one for the naive scheduler, with when and on what."""
    parts = [f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {_machine()}; {what}."]
    for pair, heading in PAIRS.items():
        mine = [row for row in rows if row["pair"] == pair]
        for naive in (False, True):
            some = [row for row in mine if row["naive"] == naive]
            title = f"{heading} – a naive scheduler" if naive else heading
            if some:
                parts.append(f"### {title}\n\n{_table(sorted(some, key=_order))}")
    return "\n\n".join(parts)


@dataclasses.dataclass(frozen=True)
class Passed:
    """A whole run that met everything that is required."""

    seed: int
    ended: str
    commit: str
    seconds: int

    @classmethod
    def now(cls, seed: int, commit: str, seconds: float) -> Passed:
        return cls(seed, f"{datetime.now(UTC):%Y-%m-%d %H:%M}", commit, round(seconds))


def runs_in_a_row(page: Path, root: Path = ROOT) -> list[Passed]:
    """Read from the page which runs of the code as it is now met everything, one after the other.

    The last of them whose code was another ends the row.
    """
    row: list[Passed] = []
    for seed, ended, commit, seconds in reversed(RUN.findall(page.read_text())):
        if not is_unchanged_since(commit, root):
            break
        row.append(Passed(int(seed), ended, commit, int(seconds)))
    return row[::-1]


def is_unchanged_since(commit: str, root: Path = ROOT) -> bool:
    """Tell whether all that is tried is as that commit has it, here and now."""
    same = subprocess.run(
        ("git", "diff", "--quiet", commit, "--", *TRIED),
        cwd=root,
        # a commit that is not there any more is another one
        stderr=subprocess.DEVNULL,
        check=False,
    )
    fresh = ("git", "ls-files", "--others", "--exclude-standard", "--", *TRIED)
    return same.returncode == 0 and not _first_line(*fresh, cwd=root)


def commit_now() -> str:
    return _first_line("git", "rev-parse", "--short", "HEAD").strip()


def write(text: str, passed: list[Passed], page: Path) -> None:
    """Write the tables of the last run, and which runs before it met everything too."""
    runs = "\n".join(
        f"| {run.seed} | {run.ended} | {run.commit} | {run.seconds} |" for run in passed
    )
    _write(f"{text}\n\n### In a row: {len(passed)}\n\n{RUNS}\n{runs}", page)


def write_unmet(wrong: list[str], seed: int, page: Path) -> None:
    """Begin the row anew, and say why."""
    words = "\n".join(f"- {one}" for one in wrong)
    ended = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    _write(f"The run of {ended} UTC with seed {seed} did not meet all of it:\n\n{words}", page)


def _write(text: str, page: Path) -> None:
    page.write_text(
        MEASURED.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page.read_text())
    )


def one_line(row: Row) -> str:
    numbers = ", ".join(f"{name} {row[name]}" for name in COLUMNS if isinstance(row[name], int))
    return f"{row['pair']}: {row['experiment']} ({row['face']}): {numbers}, {row['seconds']} s"


def unmet(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        wrong = []
        if not row["naive"]:
            wrong = [f"{name} {row[name]}" for name in ("lost", "twice", "stuck") if row[name]]
            wrong += row["unkept"] + row["unmet"]
        elif not row["passed"]:
            wrong.append("came through, so the probe proves nothing")
        for words in wrong:
            yield f"{row['pair']}: {row['experiment']} ({row['face']}): {words}"


def _order(row: Row) -> tuple[int, bool, str]:
    number = row["experiment"].partition(".")[0]
    return (int(number) if number.isdigit() else 0), row["naive"], row["experiment"]


def _table(rows: list[Row]) -> str:
    lines = [f"| {' | '.join(COLUMNS.values())} |", f"|{' --- |' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(_cell(row, name) for name in COLUMNS)} |" for row in rows]
    return "\n".join(lines)


def _cell(row: Row, name: str) -> str:
    if row["naive"] and name == "experiment":
        # what else it did wrong, where that is neither twice nor lost
        return "; ".join([row[name], *row["unmet"]])
    # it shows nobody what it does not know
    unknown = row["naive"] and name in {"seconds", "shown"}
    return "–" if unknown else str(row[name])


def _machine() -> str:
    postgres = _first_line(str(postgres_bin() / "postgres"), "--version").split()[2]
    redis = re.search(r"v=(\S+)", _first_line("redis-server", "--version"))
    parts = (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        f"PostgreSQL {postgres}",
        f"Redis {redis[1] if redis else '?'}",
        f"Celery {version('celery')}",
    )
    return ", ".join(parts)


def _first_line(*command: str, cwd: Path | None = None) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd).stdout
