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

from hub.console.welcome.administrator import has_administrator, setup_link
from hub.demo.actions import has_content
from hub.demo.people import logins, people_are_there
from hub.runtime.collected import collect_if_changed
from hub.runtime.ports import trouble_with
from hub.runtime.supervisor import Program, Supervisor
from spokes.channels.naming import hub_name

READY_WITHIN = 60.0
NAME_WIDTH = 8


class Command(BaseCommand):
    help = "Run the web server and the runner together until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="migrate first, and fill an empty place"
        )
        parser.add_argument(
            "--migrate", action="store_true", help="migrate first, and leave an empty place empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if trouble := trouble_with(settings.HOST, settings.PORT):
            raise CommandError(trouble)
        # here and not in commands of their own, for each start of Django takes its time
        if options["demo"] or options["migrate"]:
            call_command("migrate", verbosity=0)
        if options["demo"]:
            call_command("demo", quiet=has_content())
        collect_if_changed()
        lines = welcome(*entrance())
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
    host = "127.0.0.1" if settings.HOST in {"", "0.0.0.0"} else settings.HOST  # noqa: S104  # compared, not bound to
    web = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        web.request("GET", "/readyz")
        answer = web.getresponse()
        return answer.status == http.client.OK, answer.read(2000).decode(errors="replace")
    except OSError as error:
        return False, str(error)
    finally:
        web.close()


def entrance() -> tuple[str, list[str]]:
    """Say how one comes in: the demo's logins, or the link that sets up an empty house."""
    if people_are_there():
        return "Sign in there as one of these (name, password, what they may do):", logins()
    if has_administrator():
        return "", []
    words = "Nobody can sign in yet. Open this link within a day to set the house up:"
    return words, [setup_link()]


def welcome(words: str = "", lines_below: Sequence[str] = ()) -> str:
    """Return a box with the addresses and, if there is something to say, how one comes in."""
    lines = [
        f"{hub_name()} is up.",
        "",
        f"The hub      {settings.SITE_URL}/",
        f"The console  {settings.SITE_URL}/admin/",
        *(("", words) * bool(words)),
        *lines_below,
        "",
        "Ctrl-C stops everything.",
    ]
    width = max(map(len, lines))
    edge = "─" * (width + 2)
    body = "\n".join(f"│ {line:<{width}} │" for line in lines)
    return f"┌{edge}┐\n{body}\n└{edge}┘"
