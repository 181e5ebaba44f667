"""What the bench found, as a page for people and as JSON for machines.

Each bench has a section of its own on both, so that one may be measured again without the others.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import deliveries
from tests.bench.growth import LARGEST_EMBEDDED

Rows = list[dict[str, Any]]

HEAD = """# Benchmarks

Written by `make bench`. Every figure stands beside a peer that was measured on the same machine
in the same run: figures of different runs can't be compared, ratios can.
`make bench BENCH="growth page"` measures some of them again and leaves the others as they are.
"""
EXPLAIN = {
    "dispatch": (
        "Site deliveries that are all due at once, from the first claim to the last one live, "
        "through Celery workers; beside it Wagtail's `publish_scheduled` on pages that are due, "
        "and how many tasks that do nothing Celery runs on the same broker."
    ),
    "deliveries": (
        "Webhook deliveries over 200 channels that are in use, all due at once, from the first "
        "intent to the last one live, through Celery workers of two threads (embedded: the runner "
        "with its eight), to a network on loopback that only counts. Beside it the two limits, "
        "with as many processes and threads: tasks that do nothing on the same broker, and bare "
        "calls of the same HTTP module. Aim: half of the tighter one."
    ),
    "lateness": (
        "From the due time to the call, in seconds, while deliveries come due every second on "
        "200 channels among many that are planned for later. Aim: 99 % within two seconds."
    ),
    "growth": (
        "The claim of 100 due deliveries of one channel, and each round of the beat that asks of "
        "deliveries while they wait, in milliseconds (the median), among ever more that are "
        f"planned and live. Embedded it ends at {LARGEST_EMBEDDED:,}: on SQLite more shows nothing "
        "new, and takes long to fill. Aim: flat. The plans of PostgreSQL are in "
        "[query plans](query-plans.md)."
    ),
    "page": (
        "Requests a second of a spoke's page under one gunicorn worker, beside a Wagtail page "
        "that lists 20 children and beside a constant, under the same server."
    ),
    "routing": (
        "Milliseconds (the median) until it is known which of so many audiences take a post, "
        "beside asking each predicate in turn, and one query for each audience (reckoned from a "
        "hundred of them). The audiences have one to six terms over 400 genres, 300 tags and 2,000 "
        "artists, with negations. *Compiled*: the first post of a process; *one changed*: the "
        "first after somebody saved an audience. Last, all posts that one changed audience takes: "
        "by one query, beside asking its predicate of each. Aim: 10,000 audiences under 5 ms a "
        "post, and 20 times as fast as the predicates."
    ),
}
# below the figures, what they say of the aim
VERDICTS: dict[str, Callable[[Rows], str]] = {"deliveries": deliveries.verdict}
SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def table(rows: Rows) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [
        "| " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "| " + " | ".join("---" for _ in names) + " |",
    ]
    lines += ["| " + " | ".join(_cell(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def write(found: dict[str, Rows], page: Path, data: Path) -> str:
    """Put what was found in its sections, and leave the sections of other benches alone."""
    sections = dict(SECTION.findall(page.read_text())) if page.exists() else {}
    for name, rows in found.items():
        sections[name] = section(name, rows)
    parts = [f"\n## {name}\n\n{sections[name].strip()}\n" for name in EXPLAIN if name in sections]
    text = HEAD + "".join(parts)
    page.write_text(text)
    _keep(found, data)
    return text


def section(name: str, rows: Rows) -> str:
    when = f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {machine()}."
    verdict = [VERDICTS[name](rows)] if name in VERDICTS else []
    return "\n\n".join([EXPLAIN[name], table(rows), *verdict, when])


def _keep(found: dict[str, Rows], data: Path) -> None:
    data.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(data.read_text()) if data.exists() else {}
    data.write_text(json.dumps({**kept, "machine": machine(), **found}, indent=2) + "\n")
