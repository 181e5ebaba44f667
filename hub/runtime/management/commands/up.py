"""What make run starts: the web server and the runner under one supervisor."""

from __future__ import annotations

import http.client
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from hub.demo.actions import has_content
from hub.demo.people import logins, people_are_there
from hub.runtime.ports import trouble_with
from hub.runtime.supervisor import Program, Supervisor

READY_WITHIN = 60.0
NAME_WIDTH = 8


class Command(BaseCommand):
    help = "Run the web server and the runner together until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="migrate first, and fill an empty place"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if trouble := trouble_with(settings.HOST, settings.PORT):
            raise CommandError(trouble)
        if options["demo"]:
            # here and not in commands of their own, for each start of Django takes its time
            call_command("migrate", verbosity=0)
            call_command("demo", quiet=has_content())
        lines = welcome(logins() if people_are_there() else [])
        connection.close()
        supervisor = Supervisor(
            [
                Program("web", [*PYTHON, "-m", "gunicorn", "-c", CONFIG, "hub.wsgi"]),
                Program("runner", [*PYTHON, "manage.py", "runner"]),
            ],
            self.write_line,
        )
        threading.Thread(target=greet, args=(supervisor, lines), daemon=True).start()
        sys.exit(supervisor.run())

    def write_line(self, name: str, line: str) -> None:
        self.stdout.write(f"{time.strftime('%H:%M:%S')} {name:<{NAME_WIDTH}} | {line}")
        self.stdout.flush()


PYTHON = (sys.executable,)
CONFIG = "python:hub.runtime.web"


def greet(supervisor: Supervisor, box: str) -> None:
    """Print where to go once the site is ready, or what is missing after a minute."""
    deadline = time.monotonic() + READY_WITHIN
    while not supervisor.stopping.wait(0.3):
        ready, answer = _ask_ready()
        if ready:
            supervisor.say(box)
            return
        if time.monotonic() > deadline:
            supervisor.say(f"Not ready yet: {answer}")
            return


def _ask_ready() -> tuple[bool, str]:
    host = "127.0.0.1" if settings.HOST in {"", "0.0.0.0"} else settings.HOST  # noqa: S104
    web = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        web.request("GET", "/readyz")
        answer = web.getresponse()
        return answer.status == http.client.OK, answer.read(2000).decode(errors="replace")
    except OSError as error:
        return False, str(error)
    finally:
        web.close()


def welcome(people: Sequence[str]) -> str:
    """Return a box with the addresses and, if there are any, the lines about logins."""
    lines = [
        f"{settings.BRAND_NAME} is up.",
        "",
        f"The hub      {settings.SITE_URL}/",
        f"The console  {settings.SITE_URL}/admin/",
        *(("", "Sign in there as one of these (name, password, what they may do):") * bool(people)),
        *people,
        "",
        "Ctrl-C stops everything.",
    ]
    width = max(map(len, lines))
    edge = "─" * (width + 2)
    body = "\n".join(f"│ {line:<{width}} │" for line in lines)
    return f"┌{edge}┐\n{body}\n└{edge}┘"
