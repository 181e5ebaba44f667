"""Each code of the audit log is explained in the docs, and none is that nothing writes."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs" / "reference" / "audit-codes.md"
ROOFS = ("content", "spokes", "hub")
# a dotted word in a file that writes entries
DOTTED = re.compile(r"""f?"([a-z_{}]+\.[a-z_{}.()]+)\"""")
NO_CODES = re.compile(r"^\w+\.((add|change|delete|view|export|approve)_\w+|html|txt|png)$")
# made of parts while running: what they stand for
MADE = {
    "{noun}.added": {"audience.added", "slot.added"},
    "{noun}.changed": {
        *("artist.changed", "asset.changed", "audiencetag.changed", "genre.changed"),
        *("slot.changed", "track.changed"),
    },
    "routing.{verdict.label.lower()}": {"routing.pinned", "routing.banned"},
}


LABELS = {model._meta.label_lower for model in apps.get_models()}


def literals() -> set[str]:
    found: set[str] = set()
    for roof in ROOFS:
        for file in (ROOT / roof).rglob("*.py"):
            text = file.read_text()
            if "import record" in text:
                found.update(DOTTED.findall(text))
    return {word for word in found if not NO_CODES.match(word)} - LABELS


def written() -> set[str]:
    found = literals()
    plain = {code for code in found if "{" not in code}
    return plain | {code for made in found & MADE.keys() for code in MADE[made]}


def explained() -> set[str]:
    return set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", DOCS.read_text(), re.MULTILINE))


def test_every_code_is_explained() -> None:
    assert sorted(written() - explained()) == []


def test_codes_made_of_parts_are_known() -> None:
    """Or else a new one would be in no list."""
    parts = {word for word in literals() if re.match(r"^(\w+|{\w+})\.", word) and "{" in word}
    assert parts - {"people.{id(signal)}", "audit.{form}"} <= set(MADE)
