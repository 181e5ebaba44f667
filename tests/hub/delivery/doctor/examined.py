"""What the doctor says of rows that a test has planted."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from django.core.management import call_command

from content.audit.models import AuditEntry
from hub.delivery.doctor.examine import examine


def doctor(*options: str) -> tuple[int, str]:
    """Call the command; give the status it ends with, and what it said."""
    said = io.StringIO()
    try:
        call_command("delivery", "doctor", *options, stdout=said)
    except SystemExit as end:
        return int(str(end.code)), said.getvalue()
    return 0, said.getvalue()


def codes(now: datetime, *, fix: bool = False) -> list[str]:
    return [result.finding.code for result in examine(now=now, fix=fix)]


def assert_mends(code: str, now: datetime, *, beside: tuple[str, ...] = ()) -> None:
    """It is found and explained; --fix mends it, into the log; then it is found no more.

    ``beside`` is what is found before it and stays, for it is how the row could be planted.
    """
    found = list(examine(now=now))
    assert [result.finding.code for result in found] == [*beside, code]
    assert found[-1].finding.words
    assert found[-1].finding.would
    assert not AuditEntry.objects.filter(code="doctor.mended").exists()
    mended = [result.finding.code for result in examine(now=now, fix=True) if result.mended]
    assert mended == [code]
    assert AuditEntry.objects.filter(code="doctor.mended", summary__startswith=code).exists()
    assert codes(now + timedelta(minutes=2)) == [*beside]


def assert_left_to_a_person(code: str, now: datetime) -> None:
    found = list(examine(now=now, fix=True))
    assert [(result.finding.code, result.mended) for result in found] == [(code, False)]
    assert found[0].finding.words
    assert found[0].finding.would
