"""Every address, as everyone: it opens for those of the table, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.http import HttpResponse

from content.audit.models import AuditEntry
from tests.hub.console.access import (
    BULK_STEPS,
    DOORS,
    NEED_A_FORM,
    PERMISSIONS,
    PUBLIC,
    STEPS,
    TABLE,
)
from tests.hub.console.house import SECRET, ask
from tests.hub.console.test_walk import BULK, EVERY_ADDRESS, STEP

# who may what is the same on every server; what is asked for them there are the rows of the
# whole house, of one spoke, and of another spoke than one's own
LETTERS = "-reamnbxs" if connection.vendor == "sqlite" else "bxs"


def console_of(address: str) -> Any:
    """Find the admin class that an address of the console belongs to."""
    label = ".".join(address.split("/")[1:3])
    consoles = admin.site._registry.items()
    return next(console for model, console in consoles if model._meta.label_lower == label)


def steps_of(address: str) -> dict[str, dict[str, str]]:
    """Give the addresses of a model's steps, each with who may take it."""
    named = {address.replace("<slug:name>", one.name): one for one in console_of(address).steps}
    return {
        address: {"POST": STEPS.get(address, PERMISSIONS[step.permission])}
        for address, step in named.items()
    }


def expected() -> dict[str, dict[str, str]]:
    steps = (steps_of(address) for address in EVERY_ADDRESS if address.endswith(STEP))
    return {**TABLE, **{address: access for found in steps for address, access in found.items()}}


def opens(address: str, answer: HttpResponse) -> bool | None:
    """Tell whether a person got in; None where the method means nothing there."""
    if answer.status_code == 405:
        return None
    if answer.status_code in {403, 404}:
        return False
    where = answer.headers.get("Location", "")
    if answer.status_code == 302 and where.startswith(("/accounts/login/", "/admin/login/")):
        return address in DOORS
    # Django leads away from a row that it does not find, and says so on the next page
    storage = getattr(answer.wsgi_request, "_messages", None)  # type: ignore[attr-defined]
    told = storage._queued_messages if storage else []
    return not any("doesn’t exist" in str(message) for message in told)


def said(answer: HttpResponse) -> str:
    whole = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
    return whole.decode()


EXPECTED = expected()
CASES = [(address, method) for address, access in EXPECTED.items() for method in access]
MANY = [
    (address.replace("<slug:name>", step.name), step.permission)
    for address in EVERY_ADDRESS
    if address.endswith(BULK)
    for step in console_of(address).bulk_steps
]


@pytest.mark.parametrize(("address", "method"), CASES, ids=str)
def test_it_opens_for_those_of_the_table_alone(two_spokes, address: str, method: str) -> None:
    wrong = []
    for letter in LETTERS if "<" in address else LETTERS.replace("x", ""):
        allowed = letter in EXPECTED[address][method]
        answer = ask(two_spokes, letter, method, address)
        got_in = opens(address, answer)
        nothing_named = allowed and answer.status_code == 404 and address in NEED_A_FORM
        if got_in is not None and got_in != allowed and not nothing_named:
            wrong.append(f"{letter}: {answer.status_code} {answer.headers.get('Location', '')}")
        # the site and its page that says no name all spokes
        if letter in "bx" and got_in and address not in PUBLIC:
            assert SECRET not in said(answer), "it shows a row of another spoke"
    assert not wrong


@pytest.mark.parametrize(("address", "permission"), MANY)
def test_many_rows_at_once_are_those_of_ones_own(two_spokes, address: str, permission: str) -> None:
    """Whoever may take the step gets a page; rows of another spoke are as if they were not."""
    allowed = BULK_STEPS.get(address, PERMISSIONS[permission])
    for letter in LETTERS:
        before = AuditEntry.objects.count()
        answer = ask(two_spokes, letter, "POST", address, keep=True)
        may = letter in allowed or (letter == "x" and "b" in allowed)
        assert bool(opens(address, answer)) == may, letter
        if letter == "x" or not may:
            assert AuditEntry.objects.count() == before
        if letter == "x" and may:
            assert SECRET not in said(answer)
