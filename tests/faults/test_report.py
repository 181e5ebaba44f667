from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.count import Count


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "reliability.md"
    path.write_text("# Words\n\n<!-- measured -->\n<!-- /measured -->\n")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one commit of what is tried, and one of what is not."""
    root = tmp_path / "project"
    for place in ("hub/delivery/engine.py", "docs/words.md"):
        (root / place).parent.mkdir(parents=True)
        (root / place).write_text("as it was\n")
    _git(root, "init", "--quiet")
    _commit(root)
    return root


def _git(root: Path, *words: str) -> str:
    command = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words)
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def _commit(root: Path) -> str:
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "--message", "a change")
    return _git(root, "rev-parse", "--short", "HEAD")


def _runs(*commits: str) -> list[report.Passed]:
    return [
        report.Passed(number, f"2026-11-22 1{number}:30", commit, 1510)
        for number, commit in enumerate(commits, 1)
    ]


def test_the_page_remembers_which_runs_there_were_in_a_row(page: Path, project: Path) -> None:
    first = _git(project, "rev-parse", "--short", "HEAD")
    (project / "docs/words.md").write_text("other words\n")
    runs = _runs(first, _commit(project))

    report.write("| seed | tables |", runs, page)

    assert report.runs_in_a_row(page, project) == runs
    assert "### In a row: 2" in page.read_text()
    assert page.read_text().startswith("# Words")


def test_a_row_begins_anew_with_another_engine(page: Path, project: Path) -> None:
    first = _git(project, "rev-parse", "--short", "HEAD")
    (project / "hub/delivery/engine.py").write_text("another engine\n")
    runs = _runs(first, _commit(project))

    report.write("", runs, page)

    assert report.runs_in_a_row(page, project) == runs[1:]


@pytest.mark.parametrize("name", ["hub/delivery/engine.py", "tests/faults/fresh.py"])
def test_no_run_counts_whose_code_is_not_committed(page: Path, project: Path, name: str) -> None:
    commit = _git(project, "rev-parse", "--short", "HEAD")
    report.write("", _runs(commit), page)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("not committed\n")

    assert not report.is_unchanged_since(commit, project)
    assert report.runs_in_a_row(page, project) == []


def test_a_commit_that_is_not_there_ends_the_row(page: Path, project: Path) -> None:
    report.write("", _runs("0123abc"), page)

    assert report.runs_in_a_row(page, project) == []


def test_a_run_that_did_not_meet_all_ends_the_row_and_says_why(page: Path) -> None:
    report.write("", _runs(report.commit_now()), page)

    report.write_unmet(["grown: 4. Redis lost (key): lost 1"], 2, page)

    assert report.runs_in_a_row(page) == []
    assert "- grown: 4. Redis lost (key): lost 1" in page.read_text()


def test_what_our_own_engine_must_keep_is_asked_of_each_row() -> None:
    idle = Count("6. answers", "key", due=9, shown=9, faults=3, asked=20)
    naive = dataclasses.replace(idle, naive=True)

    assert not idle.sound
    assert idle.unkept == [
        "3 faults were made of at least 20",
        "9 shown, though the network can be asked",
    ]
    assert naive.sound


@pytest.mark.parametrize("face", ["key", "none"])
def test_nothing_may_be_given_up_but_what_the_experiment_means_to(face: str) -> None:
    row = Count("11. poison", face, due=9, once=7, given_up=2, may_give_up=2)

    assert row.sound
    assert not dataclasses.replace(row, may_give_up=1).sound
