"""Triggers that give a part of a version another token in the transaction of whatever changes it.

Made after each ``migrate``, not by one migration: SQLite drops a table's triggers when Django
alters the table, also where the table is another app's.

PostgreSQL: once a statement, and without waiting for anyone: who finds the part's row locked by
another transaction takes another row or makes one, so that two who write at the same moment never
stand in each other's way. SQLite, which has one writer at a time: once a row. The tokens are
random: what is rolled back, or restored from a backup, has its old ones again and never those of
something else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import connections

ALL_EVENTS = ("INSERT", "UPDATE", "DELETE")

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION {version}_raise_part(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    picked bigint;
    fresh bigint := (random() * 1099511627776)::bigint + 1;
BEGIN
    SELECT id INTO picked FROM "{version}" WHERE part = name
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF picked IS NULL THEN
        INSERT INTO "{version}" (part, token) VALUES (name, fresh);
    ELSE
        UPDATE "{version}" SET token = fresh WHERE id = picked;
    END IF;
END $$;
CREATE OR REPLACE FUNCTION {version}_raise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        IF NOT EXISTS (SELECT 1 FROM changed) THEN
            RETURN NULL;
        END IF;
        IF TG_NARGS > 1 THEN
            PERFORM {version}_raise_part(TG_ARGV[0] || '/' || block)
                FROM (SELECT DISTINCT id / TG_ARGV[1]::bigint AS block FROM changed) AS blocks;
            RETURN NULL;
        END IF;
    END IF;
    PERFORM {version}_raise_part(TG_ARGV[0]);
    RETURN NULL;
END $$
"""
POSTGRES_TRIGGER = """
CREATE TRIGGER "{name}" AFTER {event} ON "{table}" {scope}
EXECUTE FUNCTION {version}_raise({arguments})
"""
# no ON CONFLICT in here: an INSERT OR IGNORE outside would make it one that ignores
SQLITE_TRIGGER = """
CREATE TRIGGER "{name}" AFTER {event} ON "{table}" {scope}
BEGIN
    INSERT INTO "{version}" (part, token)
        SELECT {part}, 1 WHERE NOT EXISTS (SELECT 1 FROM "{version}" WHERE part = {part});
    UPDATE "{version}" SET token = abs(random() % 1099511627776) + 1 WHERE part = {part};
END
"""
THERE = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
    ),
}
DISTINCT = {"sqlite": "OLD.{0} IS NOT NEW.{0}", "postgresql": "OLD.{0} IS DISTINCT FROM NEW.{0}"}


@dataclass(frozen=True)
class Watched:
    """A table, and the part that its changes raise.

    Of an UPDATE only one of ``columns``, where they are named; ``update_when`` is a condition on
    OLD and NEW. Both ask row by row. With a ``block``, each so many ids have a part of their own:
    "part/3"; the bare part then stands for all of them.
    """

    table: str
    part: str
    events: tuple[str, ...] = ALL_EVENTS
    columns: tuple[str, ...] = ()
    update_when: str = ""
    block: int = 0

    def condition(self, vendor: str, event: str) -> str:
        if event != "UPDATE":
            return ""
        changed = [DISTINCT[vendor].format(column) for column in self.columns]
        return self.update_when or " OR ".join(changed)


@dataclass(frozen=True)
class VersionTriggers:
    """All triggers that write the rows (``part``, ``token``) of one ``version`` table."""

    version: str
    prefix: str
    watched: Collection[Watched]

    def install(self, *, using: str) -> None:
        """Make the triggers that are missing, drop those of an older release."""
        connection = connections[using]
        there_are = set(connection.introspection.table_names())
        if not {self.version, *(watched.table for watched in self.watched)} <= there_are:
            return  # migrated to an earlier point
        postgres = connection.vendor == "postgresql"
        wanted = {self._name(sql): sql for sql in self._triggers(connection.vendor)}
        with connection.cursor() as cursor:
            cursor.execute(THERE[connection.vendor])
            rows = cursor.fetchall()
            present = {name: table for name, table in rows if name.startswith(self.prefix)}
            if set(present) == set(wanted):
                return
            for name in present.keys() - wanted.keys():
                on = f' ON "{present[name]}"' if postgres else ""
                cursor.execute(f'DROP TRIGGER "{name}"{on}')
            if postgres:
                cursor.execute(POSTGRES_FUNCTION.format(version=self.version))
            for name in wanted.keys() - present.keys():
                cursor.execute(wanted[name].replace("{name}", name))

    def _triggers(self, vendor: str) -> Iterator[str]:
        """Write the SQL of each, with "{name}" left open."""
        template = POSTGRES_TRIGGER if vendor == "postgresql" else SQLITE_TRIGGER
        for watched in self.watched:
            for event in watched.events:
                yield template.format(
                    name="{name}",
                    event=event,
                    table=watched.table,
                    part=_part(watched, event),
                    arguments=_arguments(watched),
                    version=self.version,
                    scope=_scope(vendor, event, watched.condition(vendor, event)),
                )

    def _name(self, sql: str) -> str:
        """Name a trigger by what it does, so that another release's is another one."""
        whole = sql + (POSTGRES_FUNCTION if "EXECUTE FUNCTION" in sql else "")
        return self.prefix + hashlib.sha256(whole.encode()).hexdigest()[:12]


def _arguments(watched: Watched) -> str:
    return f"'{watched.part}', '{watched.block}'" if watched.block else f"'{watched.part}'"


def _part(watched: Watched, event: str) -> str:
    """Write SQLite's name of the part, which hangs on the row where there are blocks."""
    if not watched.block:
        return f"'{watched.part}'"
    row = "OLD" if event == "DELETE" else "NEW"
    return f"'{watched.part}/' || ({row}.id / {watched.block})"


def _scope(vendor: str, event: str, condition: str) -> str:
    if condition:
        each_row = "FOR EACH ROW " if vendor == "postgresql" else ""
        return f"{each_row}WHEN ({condition})"
    if vendor == "sqlite":
        return ""
    rows = "OLD" if event == "DELETE" else "NEW"
    return f"REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT"
