"""Houses of real processes, each with a database of its own beside those of the other tests."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests import migrated
from tests.services.conftest import ROOT, Processes, fetch, free_port


@contextmanager
def database_of_its_own(folder: Path, *, empty: bool) -> Iterator[tuple[str, str]]:
    """Give addresses of a new database and a broker, on the servers that the settings name."""
    if connection.vendor != "postgresql":
        path = folder / "db.sqlite3"
        if not empty:
            migrated.copy_sqlite(path)
        yield f"sqlite:///{path}", "memory://"
        return
    name = f"browser_{uuid.uuid4().hex[:12]}"
    address = migrated.make_postgres(name, empty=empty)
    # beside the places of the tests' own processes
    place = 8 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    broker = settings.CELERY_BROKER_URL.rpartition("/")[0]
    yield address, f"{broker}/{place}"
    migrated.drop_postgres(name)


@contextmanager
def house_of_its_own(folder: Path, *, empty: bool = False) -> Iterator[Processes]:
    """Give a house where nothing runs yet; whatever is started in it ends with it.

    Its tables are there, unless even its database is to be empty.
    """
    with database_of_its_own(folder, empty=empty) as (database_url, broker_url):
        port = str(free_port())
        place = Processes(
            folder,
            {
                "DJANGO_SETTINGS_MODULE": "tests.browser.browser_settings",
                "DATABASE_URL": database_url,
                "CELERY_BROKER_URL": broker_url,
                "SHARED_MEDIA": str(folder / "media"),
                "HOST": "127.0.0.1",
                "PORT": port,
                "SITE_URL": f"http://127.0.0.1:{port}",
                "PYTHONPATH": str(ROOT),
            },
        )
        try:
            yield place
        finally:
            for name in list(place.running):
                place.kill(name)


def is_ready(place: Processes) -> bool:
    return fetch(place, "/readyz")[0] == 200
