from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_variable_is_explained_in_the_reference() -> None:
    source = (ROOT / "hub" / "settings.py").read_text()
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', source))
    explained = {
        name
        for row in re.findall(r"^\| (`[^|]+) \|", reference, flags=re.MULTILINE)
        for name in re.findall(r"`([A-Z_]+)`", row)
    }
    assert read == explained


def test_every_check_is_explained_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text()
    source = (ROOT / "hub" / "checks.py").read_text()
    ids = set(re.findall(r'"(backbeat\.[EW]\d+)"', source))
    assert ids == set(re.findall(r"`(backbeat\.[EW]\d+)`", reference))


def test_every_library_is_explained() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    reasons = (ROOT / "docs" / "why" / "dependencies.md").read_text()
    listed = re.findall(r'^  "([a-z0-9-]+)', project.split("[tool.")[0], flags=re.MULTILINE)
    assert [name for name in listed if name not in reasons] == []
