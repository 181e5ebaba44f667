"""The triggers that raise the site's version, in the transaction of whatever changes a page.

They are made after each ``migrate``, not by one migration: SQLite drops a table's triggers when
Django alters the table, also where the table is another app's.

PostgreSQL: once a statement, and without waiting for anyone: who finds the part's row locked by
another transaction takes another row or makes one, so that two channels that publish at the same
moment never stand in each other's way. SQLite, which has one writer at a time: once a row.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import connections

from spokes.site.parts import SitePart

PREFIX = "site_version_"
EVENTS = ("INSERT", "UPDATE", "DELETE")
# what a page shows of each, and where it stands
TABLES = {
    "site_publication": SitePart.STORIES,
    "site_facet": SitePart.STORIES,
    "site_cardimage": SitePart.STORIES,
    "channels_spoke": SitePart.PLACES,
    "channels_hub": SitePart.PLACES,
    "catalogue_genre": SitePart.CATALOGUE,
    "catalogue_genreclosure": SitePart.CATALOGUE,
    "catalogue_artist": SitePart.CATALOGUE,
    "catalogue_artistgenre": SitePart.CATALOGUE,
}
# a job that only counts its tries shows nothing new
ONLY_WHEN = {("site_cardimage", "UPDATE"): "NEW.state = 'ready' OR OLD.state = 'ready'"}

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION site_raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    picked bigint;
    fresh bigint := (random() * 1099511627776)::bigint + 1;
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        IF NOT EXISTS (SELECT 1 FROM changed) THEN
            RETURN NULL;
        END IF;
    END IF;
    SELECT id INTO picked FROM site_siteversion WHERE part = TG_ARGV[0]
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF picked IS NULL THEN
        INSERT INTO site_siteversion (part, token) VALUES (TG_ARGV[0], fresh);
    ELSE
        UPDATE site_siteversion SET token = fresh WHERE id = picked;
    END IF;
    RETURN NULL;
END $$
"""
# no ON CONFLICT in here: an INSERT OR IGNORE outside would make it one that ignores
SQLITE_TRIGGER = """
CREATE TRIGGER "{name}" AFTER {event} ON "{table}" {when}
BEGIN
    INSERT INTO site_siteversion (part, token)
        SELECT '{part}', 1 WHERE NOT EXISTS (SELECT 1 FROM site_siteversion WHERE part = '{part}');
    UPDATE site_siteversion SET token = abs(random() % 1099511627776) + 1 WHERE part = '{part}';
END
"""
POSTGRES_TRIGGER = """
CREATE TRIGGER "{name}" AFTER {event} ON "{table}" {scope}
EXECUTE FUNCTION site_raise_version('{part}')
"""
THERE = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
    ),
}


def install(*, using: str) -> None:
    """Make the triggers that are missing, drop those of an older release."""
    connection = connections[using]
    there_are = set(connection.introspection.table_names())
    if not {"site_siteversion", *TABLES} <= there_are:
        return  # migrated to an earlier point
    wanted = {_name(connection.vendor, sql): (table, sql) for table, sql in _triggers(connection)}
    with connection.cursor() as cursor:
        cursor.execute(THERE[connection.vendor])
        present = {name: table for name, table in cursor.fetchall() if name.startswith(PREFIX)}
        if set(present) == set(wanted):
            return
        for name in present.keys() - wanted.keys():
            on = f' ON "{present[name]}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER "{name}"{on}')
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRES_FUNCTION)
        for name in wanted.keys() - present.keys():
            cursor.execute(wanted[name][1].replace("{name}", name))


def _triggers(connection: Any) -> list[tuple[str, str]]:
    """Give (table, SQL with "{name}" left open) of each trigger."""
    write = _postgres_trigger if connection.vendor == "postgresql" else _sqlite_trigger
    return [
        (table, write(table, event, part.value))
        for table, part in TABLES.items()
        for event in EVENTS
    ]


def _sqlite_trigger(table: str, event: str, part: str) -> str:
    only = ONLY_WHEN.get((table, event))
    when = f"WHEN {only}" if only else ""
    return SQLITE_TRIGGER.format(name="{name}", event=event, table=table, when=when, part=part)


def _postgres_trigger(table: str, event: str, part: str) -> str:
    rows = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}[event]
    only = ONLY_WHEN.get((table, event))
    scope = (
        f"FOR EACH ROW WHEN ({only})"
        if only
        else f"REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT"
    )
    return POSTGRES_TRIGGER.format(name="{name}", event=event, table=table, scope=scope, part=part)


def _name(vendor: str, sql: str) -> str:
    """Name a trigger by what it does, so that another release's is another one."""
    whole = sql + (POSTGRES_FUNCTION if vendor == "postgresql" else "")
    return PREFIX + hashlib.sha256(whole.encode()).hexdigest()[:12]
