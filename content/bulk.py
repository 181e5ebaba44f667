"""Many rows, each with values of its own, written together.

The ORM's own ways, a model object for each row and a CASE for every row and column, took half of
the time of a dispatch. On SQLite one statement is run for each row; PostgreSQL, to which each
would have to be sent and explained, gets all rows in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

Values = Mapping[str, Any]
Columns = Sequence["Field[Any, Any]"]


def update_each(model: type[Model], rows: Sequence[tuple[Values, Values]]) -> int:
    """Give each row that is found by the first values the second; returns how many were found.

    All name the same fields, by the names of their columns; what is looked for is never NULL.
    """
    if not rows:
        return 0
    fields = {field.column: field for field in model._meta.concrete_fields}
    wheres, changes = rows[0]
    wanted = [fields[name] for name in (*changes, *wheres)]
    values = _fitted(wanted, [(*to.values(), *where.values()) for where, to in rows])
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) > 1:
            cursor.execute(_update_all(table, wanted, len(changes), len(rows)), _flat(values))
        else:
            cursor.executemany(_update_one(table, [*changes], [*wheres]), values)
        return int(cursor.rowcount)


def insert_each(model: type[Model], rows: Sequence[Values], *, on_conflict: str = "") -> None:
    """Insert rows that all name the same fields, by their columns; others get their defaults.

    ``on_conflict`` is what the statement ends with. The rows' keys are not told.
    """
    if not rows:
        return
    wanted = [
        field
        for field in model._meta.concrete_fields
        if field.column in rows[0] or not (field.primary_key or field.has_db_default())
    ]
    names = [str(field.column) for field in wanted]
    rest = {str(field.column): field.get_default() for field in wanted}
    whole: list[dict[str, Any]] = [{**rest, **row} for row in rows]
    values = _fitted(wanted, [[row[name] for name in names] for row in whole])
    row = _places(len(names))
    columns = ", ".join(f'"{name}"' for name in names)
    head = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES'
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            several = ", ".join([row] * len(rows))
            cursor.execute(f"{head} {several} {on_conflict}", _flat(values))
        else:
            cursor.executemany(f"{head} {row} {on_conflict}", values)


def _update_one(table: str, changes: Sequence[str], wheres: Sequence[str]) -> str:
    assignments = ", ".join(f'"{name}" = %s' for name in changes)
    conditions = " AND ".join(f'"{name}" = %s' for name in wheres)
    return f'UPDATE "{table}" SET {assignments} WHERE {conditions}'  # noqa: S608  # names of columns, no value


def _update_all(table: str, wanted: Columns, changes: int, rows: int) -> str:
    """Update from a list of values; its first row tells of what type they are."""
    names = [field.column for field in wanted]
    typed = ", ".join(f"%s::{_type_of(field)}" for field in wanted)
    listed = ", ".join([f"({typed})", *[_places(len(names))] * (rows - 1)])
    assignments = ", ".join(f'"{name}" = v.c{n}' for n, name in enumerate(names[:changes]))
    conditions = " AND ".join(
        f't."{name}" = v.c{n}' for n, name in enumerate(names[changes:], changes)
    )
    columns = ", ".join(f"c{n}" for n in range(len(names)))
    return (
        f'UPDATE "{table}" AS t SET {assignments} '  # noqa: S608  # names of columns, no value
        f"FROM (VALUES {listed}) AS v ({columns}) WHERE {conditions}"
    )


def _type_of(field: Field[Any, Any]) -> str:
    """Name the type of a column, without its length: a text that is too long is to be refused."""
    return (field.rel_db_type(connection) or "text").partition("(")[0]


def _fitted(wanted: Columns, rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Make values fit for the database, column by column."""
    columns = [_column(*one) for one in zip(wanted, zip(*rows, strict=True), strict=True)]
    return list(zip(*columns, strict=True))


def _column(field: Field[Any, Any], values: Sequence[Any]) -> list[Any]:
    fitted: list[Any] = []
    for number, value in enumerate(values):
        # most are the same in all rows
        if number and value is values[number - 1]:
            fitted.append(fitted[-1])
        else:
            fitted.append(field.get_db_prep_save(value, connection))
    return fitted


def _places(number: int) -> str:
    return f"({', '.join(['%s'] * number)})"


def _flat(rows: Iterable[Sequence[Any]]) -> list[Any]:
    return [value for row in rows for value in row]
