from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import report


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "reliability.md"
    path.write_text("# Words\n\n<!-- measured -->\n<!-- /measured -->\n")
    return path


def test_the_page_remembers_which_runs_there_were_in_a_row(page: Path) -> None:
    runs = [
        report.Passed(1, "2026-11-22 12:30", "abc1234", 1510),
        report.Passed(2, "2026-11-22 13:01", "abc1234+", 1498),
    ]

    report.write("| seed | tables |", runs, page)

    assert report.runs_in_a_row(page) == runs
    assert "### In a row: 2" in page.read_text()
    assert page.read_text().startswith("# Words")


def test_a_run_that_did_not_meet_all_ends_the_row_and_says_why(page: Path) -> None:
    report.write("", [report.Passed(1, "2026-11-22 12:30", "abc1234", 1510)], page)

    report.write_unmet(["grown: 4. Redis lost (key): lost 1"], 2, page)

    assert report.runs_in_a_row(page) == []
    assert "- grown: 4. Redis lost (key): lost 1" in page.read_text()
