"""What the doctor finds: a row, what is odd about it, and what would be done."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

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


def in_batches(found: QuerySet[Any], read: QuerySet[Any] | None = None) -> Iterator[Any]:
    """Read the rows that are found, so many at a time; those mended meanwhile do no harm.

    The search runs once and brings keys alone: one that reads a whole table must not do so for
    each batch, and a million keys take 8 MB. ``read`` says which columns and joins are read then.
    """
    rows = found.model._default_manager.all() if read is None else read
    keys = array("q", found.order_by().values_list("pk", flat=True).iterator(chunk_size=BATCH))
    for start in range(0, len(keys), BATCH):
        yield from rows.filter(pk__in=keys[start : start + BATCH]).order_by("pk")


def changing(row: Model, *same: str, **changes: Any) -> Callable[[], int]:
    """Make what changes the row, if these of its fields are still as they were read."""
    rows = type(row)._default_manager.filter(
        pk=row.pk, **{name: getattr(row, name) for name in same}
    )
    return lambda: rows.update(**changes)


def time_words(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else _("never")
