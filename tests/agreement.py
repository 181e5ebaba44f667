"""Ask both sides of the expression language many times, and write down that they agreed.

``python -m tests.agreement CASES`` asks so many expressions on SQLite and as many on PostgreSQL,
and writes docs/reference/targeting.md; the first disagreement ends it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime

from content.measured import write_figures
from tests.services.conftest import ROOT

TESTS = "tests/spokes/audiences/test_audience_properties.py"
# each with what starts it where it is not there
DATABASES = {"SQLite": [], "PostgreSQL": ["tests/services/run", "--"]}


def main(cases: int) -> int:
    rows = []
    for database, servers in DATABASES.items():
        began = time.monotonic()
        code = subprocess.run(
            [*servers, sys.executable, "-m", "pytest", TESTS],
            check=False,
            cwd=ROOT,
            env={**os.environ, "AGREEMENT_CASES": str(cases)},
        ).returncode
        if code:
            return code
        rows.append(f"| {database} | {cases:,} | {time.monotonic() - began:.0f} |")
    write_figures(
        page_text(rows),
        mark="agreement",
        heading="How often the three ways to ask disagree",
        page=ROOT / "docs/reference/targeting.md",
    )
    return 0


def page_text(rows: list[str]) -> str:
    told = (
        "Written by `make agreement`: expressions of every field and form, drawn by Hypothesis,\n"
        "are asked of the same posts by the predicate, by the index that routing keeps and by\n"
        "the database. What they disagree on fails the run."
    )
    head = "| database | expressions, all agreed on | seconds |\n|---|---:|---:|"
    when = f"Asked {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."
    return "\n".join([told, "", head, *rows, "", when])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
