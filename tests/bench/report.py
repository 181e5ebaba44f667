"""What the bench found, as a page for people and as JSON for machines."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HEAD = """# Benchmarks

Written by `make bench`. Every figure stands beside a peer that was measured on the same machine
in the same run: figures of different runs can't be compared, ratios can.

"""
EXPLAIN = {
    "dispatch": (
        "Site deliveries that are all due at once, from the first claim to the last one live, "
        "through Celery workers; beside it Wagtail's `publish_scheduled` on pages that are due, "
        "and how many tasks that do nothing Celery runs on the same broker."
    ),
    "claim": (
        "The median time to claim 100 due deliveries of one channel among ever more that are "
        "planned for later."
    ),
    "page": (
        "Requests a second of a spoke's page under one gunicorn worker, beside a Wagtail page "
        "that lists 20 children and beside a constant, under the same server."
    ),
}


def table(rows: list[dict[str, Any]]) -> str:
    names = list(rows[0])
    lines = [
        "| " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "| " + " | ".join("---" for _ in names) + " |",
    ]
    lines += [
        "| "
        + " | ".join(
            f"{row[name]:,}" if isinstance(row[name], int | float) else str(row[name])
            for name in names
        )
        + " |"
        for row in rows
    ]
    return "\n".join(lines)


def claim_rows(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "place": row["place"],
            **{f"{size:,} planned (ms)": value for size, value in row["milliseconds"].items()},
        }
        for row in found
    ]


def write(found: dict[str, list[dict[str, Any]]], page: Path, data: Path) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    parts = [HEAD, f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {machine}.\n"]
    for name, rows in found.items():
        shown = claim_rows(rows) if name == "claim" else rows
        parts.append(f"\n## {name}\n\n{EXPLAIN[name]}\n\n{table(shown)}\n")
    text = "".join(parts)
    page.write_text(text)
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_text(json.dumps({"machine": machine, **found}, indent=2) + "\n")
    return text
