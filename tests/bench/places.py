"""Where a bench runs: the embedded pair, or PostgreSQL and Redis when they are at hand."""

from __future__ import annotations

import dataclasses
import os
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.bench.shell import OWN_PYTHON, run

NEW_DATABASE = """
import sys, psycopg
from urllib.parse import urlsplit
url, name = sys.argv[1:]
with psycopg.connect(url, autocommit=True) as connection:
    connection.execute(f'CREATE DATABASE "{name}"')
"""


@dataclasses.dataclass(frozen=True)
class Place:
    name: str
    scratch: Path
    server: str = ""
    broker: str = "memory://"

    @property
    def embedded(self) -> bool:
        return not self.server

    def workers(self, number: int, threads: int) -> list[list[str]]:
        """Give the commands of the worker processes, and of beat where it is one of its own."""
        if self.embedded:
            return [[OWN_PYTHON, "manage.py", "runner"]]
        celery = [OWN_PYTHON, "-m", "celery", "-A", "hub"]
        worker = [*celery, "worker", "--pool", "threads", "--concurrency", str(threads)]
        queues = ["--queues", "publish,media,reconcile,default"]
        return [
            [*celery, "beat", "--schedule", str(self.scratch / "beat")],
            *(
                [*worker, *queues, "--hostname", f"{uuid.uuid4().hex[:8]}@bench"]
                for _ in range(number)
            ),
        ]

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"bench_{uuid.uuid4().hex[:10]}"
        if not self.server:
            return f"sqlite:///{self.scratch / name}.sqlite3"
        run([OWN_PYTHON, "-c", NEW_DATABASE, self.server, name], {})
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    def own_env(self) -> dict[str, str]:
        """Make a migrated database of ours and return the environment that uses it."""
        env = {
            "DATABASE_URL": self.new_database(),
            "CELERY_BROKER_URL": self.broker,
            "DJANGO_SETTINGS_MODULE": "hub.settings",
            "MEDIA_ROOT": str(self.scratch / "media"),
            "LOG_LEVEL": "WARNING",
            "SITE_URL": "http://127.0.0.1",
            "DEBUG": "false",
        }
        run([OWN_PYTHON, "manage.py", "migrate", "--verbosity", "0"], env)
        return env

    def peer_env(self) -> dict[str, str]:
        return {"BENCH_DATABASE_URL": self.new_database(), "BENCH_BROKER_URL": self.broker}


def places(scratch: Path) -> list[Place]:
    embedded = Place("SQLite, embedded", scratch)
    server, broker = os.environ.get("DATABASE_URL", ""), os.environ.get("CELERY_BROKER_URL", "")
    if server.startswith("postgres") and broker.startswith("redis"):
        return [embedded, Place("PostgreSQL + Redis", scratch, server, broker)]
    return [embedded]
