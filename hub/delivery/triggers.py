"""The table of transitions held by the database: an UPDATE that breaks it is refused.

Made from ``TRANSITIONS`` after each ``migrate``, not by one migration: SQLite drops a table's
triggers when Django alters the table, and a new release may have another table. Only a step that
is not allowed calls anything; for the others it costs a comparison. A row may be inserted in any
state: imports and restores do.
"""

from __future__ import annotations

import hashlib

from django.db import connections

from hub.delivery.states import TRANSITIONS

TABLE = "delivery_delivery"
PREFIX = "delivery_states_"

# the error is the one of a broken CHECK: Django raises IntegrityError for it
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION delivery_refuse_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a delivery can''t go from % to %', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'delivery_states', TABLE = TG_TABLE_NAME;
END $$
"""
POSTGRES_TRIGGER = """
CREATE TRIGGER "{name}" BEFORE UPDATE OF state ON "{table}"
FOR EACH ROW WHEN (OLD.state <> NEW.state AND NOT ({allowed}))
EXECUTE FUNCTION delivery_refuse_step()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER "{name}" BEFORE UPDATE OF state ON "{table}"
WHEN OLD.state <> NEW.state AND NOT ({allowed})
BEGIN
    SELECT RAISE(ABORT, 'a delivery can''t make this step between states');
END
"""
THERE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
    "postgresql": (
        "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) AND c.relname = %s "
        # one that was turned off refuses nothing
        "AND t.tgenabled IN ('O', 'A')"
    ),
}


def install(*, using: str) -> None:
    """Make the trigger of this release's table, and drop that of an older one."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return  # migrated to before the beginning
    name, sql = _wanted(connection.vendor)
    present = _present(using)
    if present == {name}:
        return
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for old in present | {name}:
            on = f' ON "{TABLE}"' if postgres else ""
            cursor.execute(f'DROP TRIGGER IF EXISTS "{old}"{on}')
        if postgres:
            cursor.execute(POSTGRES_FUNCTION)
        cursor.execute(sql.format(name=name, table=TABLE))


def is_installed(*, using: str) -> bool:
    """Tell whether the trigger of this release's table is there, in force, and no other."""
    name, _sql = _wanted(connections[using].vendor)
    return _present(using) == {name}


def _wanted(vendor: str) -> tuple[str, str]:
    """Name the trigger by what it does, so that another release's is another one; and its SQL."""
    postgres = vendor == "postgresql"
    sql = (POSTGRES_TRIGGER if postgres else SQLITE_TRIGGER).replace("{allowed}", _allowed())
    whole = sql + (POSTGRES_FUNCTION if postgres else "")
    return PREFIX + hashlib.sha256(whole.encode()).hexdigest()[:12], sql


def _present(using: str) -> set[str]:
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(THERE[connection.vendor], [TABLE])
        return {name for (name,) in cursor.fetchall() if name.startswith(PREFIX)}


def _allowed() -> str:
    """Write the table of transitions as a condition on OLD and NEW."""
    return " OR ".join(
        "(OLD.state = '{start}' AND NEW.state IN ({ends}))".format(
            start=start.value, ends=", ".join(f"'{end.value}'" for end in sorted(ends))
        )
        for start, ends in TRANSITIONS.items()
        if ends
    )
