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

# mends it, and says how many rows it hit: none where others were quicker
Change = Callable[[], int]


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
    change: Change | None = None

    @property
    def row(self) -> str:
        return f"{self.subject._meta.label_lower}:{self.subject.pk}"

    def mend(self) -> bool:
        """Do what is safe, in one transaction with its entry; say whether it was still to be done.

        Raises DeliveryError where it can't be done as things stand.
        """
        if self.change is None:
            return False
        with transaction.atomic():
            hit = bool(self.change())
            if hit:
                words = f"{self.code}: {self.would}"
                record(code="doctor.mended", subject=self.subject, actor=None, summary=words)
        return hit


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
