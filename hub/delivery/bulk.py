"""Many rows, each with values of its own, written by one statement that is run for each of them.

The ORM's own way, a CASE for every row and column, took a third of the time of a dispatch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

Values = Mapping[str, Any]


def update_each(model: type[Model], rows: Sequence[tuple[Values, Values]]) -> int:
    """Give each row that is found by the first values the second; returns how many were found.

    All name the same fields, by the names of their columns; what is looked for is never NULL.
    """
    if not rows:
        return 0
    fields = {field.column: field for field in model._meta.concrete_fields}
    wheres, changes = rows[0]
    wanted = [fields[name] for name in (*changes, *wheres)]
    assignments = ", ".join(f'"{name}" = %s' for name in changes)
    conditions = " AND ".join(f'"{name}" = %s' for name in wheres)
    values = [
        [
            field.get_db_prep_save(value, connection)
            for field, value in zip(wanted, (*to.values(), *where.values()), strict=True)
        ]
        for where, to in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{model._meta.db_table}" SET {assignments} WHERE {conditions}',  # noqa: S608  # names of columns, no value
            values,
        )
        return int(cursor.rowcount)
