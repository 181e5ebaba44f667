"""Databases that are migrated once in a run, and copied for everyone who needs one."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]


def copy_sqlite(to: Path) -> None:
    """Put a migrated database at ``to``."""
    shutil.copyfile(_migrated_sqlite(), to)


def make_postgres(name: str, *, empty: bool = False) -> str:
    """Make a database on the server of this process, migrated unless empty; give its address."""
    with _server() as execute:
        template = "template1" if empty else _migrated_postgres(execute)
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return _address(name)


def drop_postgres(name: str) -> None:
    with _server() as execute:
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def drop_template() -> None:
    """Leave nothing on a server that goes on after the run."""
    if (_run() / "postgres.lock").exists():
        drop_postgres(_template_name())


def _run() -> Path:
    # made by the settings of the tests, in the process that began it all
    return Path(os.environ["BACKBEAT_SCRATCH"])


def _migrated_sqlite() -> Path:
    template = _run() / "migrated.sqlite3"
    with _alone("sqlite"):
        if not template.exists():
            making = _run() / "migrating.sqlite3"
            making.unlink(missing_ok=True)
            _migrate(f"sqlite:///{making}")
            making.rename(template)
    return template


def _migrated_postgres(execute: Any) -> str:
    name = _template_name()
    with _alone("postgres"):
        # one folder may serve two servers, one after the other
        if not execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            making = f"{name}_making"
            execute(f'DROP DATABASE IF EXISTS "{making}" WITH (FORCE)')
            execute(f'CREATE DATABASE "{making}"')
            _migrate(_address(making))
            execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


def _template_name() -> str:
    """Name it by the run, for others may use the same server."""
    return f"migrated_{_run().name}"


def _migrate(database_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        check=True,
    )


@contextmanager
def _alone(what: str) -> Iterator[None]:
    """Let the other processes of the run wait until this one has made it."""
    with (_run() / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _address(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def _server() -> Iterator[Any]:
    import psycopg  # only those who run PostgreSQL have it

    with psycopg.connect(_address("postgres"), autocommit=True) as connection:
        yield connection.execute
