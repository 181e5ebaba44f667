"""Tables emptied after a test that really commits."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

# what follows from the code alone is the same for every test
KEPT = {"django_content_type", "auth_permission"}


def empty_filled_tables(case: TransactionTestCase) -> None:
    """Leave the same rows as Django's ``flush``, which takes twenty times as long.

    It makes every permission anew, and on PostgreSQL a new file for each table and index; a test
    fills few of them. What migrations had filled is as they left it, for a test that comes after.
    """
    tables = [connection.ops.quote_name(table) for table in _tables()]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # waits, as TRUNCATE does, for what a killed process had under way
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        # again, for triggers write where others are emptied
        while filled := _filled(tables):
            for table in filled:
                cursor.execute(f"DELETE FROM {table}")
        for table, rows in migrated_rows().items():
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    if connection.vendor == "postgresql" and next(emptied) % CLEAN_EVERY == 0:
        _clear_away_dead_rows()


# tests leave thousands of dead rows, faster than the server looks for them
CLEAN_EVERY, MANY_DEAD = 25, 2000
emptied = count(1)


def _clear_away_dead_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relid::regclass::text FROM pg_stat_user_tables WHERE n_dead_tup > %s",
            [MANY_DEAD],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"VACUUM {table}")


@cache
def migrated_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Read what migrations filled, by table; to be asked for before any test writes."""
    with connection.cursor() as cursor:
        rows = {}
        for table in _filled([connection.ops.quote_name(table) for table in _tables()]):
            cursor.execute(f"SELECT * FROM {table}")
            rows[table] = cursor.fetchall()
        return rows


@cache
def _tables() -> list[str]:
    present = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(present) - KEPT)


def _filled(tables: list[str]) -> list[str]:
    asked = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [table for (table,) in cursor.fetchall()]
