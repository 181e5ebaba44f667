"""What the doctor finds: a row, what is odd about it, and what would be done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from content.audit.actions import record

# rows that are read at once: memory stays the same however many there are
BATCH = 2_000

# does it, and says whether it was still to be done
Mend = Callable[[], bool]


@dataclasses.dataclass(frozen=True)
class Finding:
    # dotted, as docs/how-to/watch-the-machine.md lists them
    code: str
    subject: Model
    # what is odd
    words: str
    # what --fix does, or what a person has to do
    would: str
    # None: nothing that is safe without a person
    mend: Mend | None = None

    @property
    def row(self) -> str:
        return f"{self.subject._meta.label_lower}:{self.subject.pk}"


Check = Callable[[datetime], Iterable[Finding]]


def in_batches(rows: QuerySet[Any]) -> Iterator[Any]:
    """Read a queryset by its key, so many at a time; rows that are mended meanwhile do no harm."""
    last = 0
    while True:
        batch = list(rows.order_by("pk").filter(pk__gt=last)[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


def mending(code: str, subject: Model, change: Callable[[], int], *, words: str) -> Mend:
    """Make a mend of a change that says how many rows it hit: in one transaction with its entry."""

    def mend() -> bool:
        with transaction.atomic():
            hit = bool(change())
            if hit:
                record(
                    code="doctor.mended", subject=subject, actor=None, summary=f"{code}: {words}"
                )
        return hit

    return mend
