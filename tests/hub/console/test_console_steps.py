"""The tables of steps hold together: names are addresses, and what is undone has a way back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin

from hub.console.bulk import BulkMixin
from hub.console.steps import StepsMixin, does

CONSOLES = list(admin.site._registry.values())
TABLES = [
    *(console.steps for console in CONSOLES if isinstance(console, StepsMixin)),
    *(console.bulk_steps for console in CONSOLES if isinstance(console, BulkMixin)),
]


@pytest.mark.parametrize("steps", [table for table in TABLES if table])
def test_each_name_stands_once_and_each_way_back_is_a_step(steps: Any) -> None:
    names = [step.name for step in steps]
    assert len(set(names)) == len(names)
    assert {step.undo for step in steps if step.undo} <= set(names)


def test_a_step_gives_the_action_its_row_its_actor_and_what_was_asked(editor, make_channel) -> None:
    given: dict[str, Any] = {}

    def act(**values: Any) -> None:
        given.update(values)

    row = type("Row", (), {"channel": make_channel(name="Jazz site")})()
    step = does(act, "row", "reason", told="Done on %(channel)s.")
    assert step(row, editor, {"reason": "Rain.", "else": 1}) == "Done on Jazz site."
    assert given == {"row": row, "actor": editor, "reason": "Rain."}
