"""Many rows, each with values of its own, written by one statement that is run for each of them.

The ORM's own way, a CASE for every row and column, took a third of the time of a dispatch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

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
    columns = zip(*((*to.values(), *where.values()) for where, to in rows), strict=True)
    prepared = [_prepared(*one) for one in zip(wanted, columns, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{model._meta.db_table}" SET {assignments} WHERE {conditions}',  # noqa: S608  # names of columns, no value
            list(zip(*prepared, strict=True)),
        )
        return int(cursor.rowcount)


def _prepared(field: Field[Any, Any], values: Sequence[Any]) -> list[Any]:
    """Make the values of one column fit for the database; most are the same in all rows."""
    prepared: list[Any] = []
    for number, value in enumerate(values):
        if number and value is values[number - 1]:
            prepared.append(prepared[-1])
        else:
            prepared.append(field.get_db_prep_save(value, connection))
    return prepared
