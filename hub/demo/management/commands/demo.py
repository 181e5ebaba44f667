from __future__ import annotations

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from hub.demo.actions import DEFAULT_POSTS, DEFAULT_SEED, FEWEST_POSTS, build_demo, has_content
from hub.demo.people import logins, people_are_there
from hub.demo.wipe import may_wipe, wipe
from hub.demo.writer import Draft

REFUSAL = (
    "This looks like a production database ({name}), and the demo brings logins whose passwords "
    "are public{more}. If you are sure, add --force."
)


class Command(BaseCommand):
    help = "Fill an empty Backbeat with a demo newsroom; with content there, change nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--reset", action="store_true", help="delete ALL content first, then build anew"
        )
        parser.add_argument("--posts", type=_count, default=DEFAULT_POSTS, help="how many posts")
        parser.add_argument(
            "--seed", type=int, default=DEFAULT_SEED, help="another number, other texts"
        )
        parser.add_argument("--quiet", action="store_true", help="say nothing")
        parser.add_argument(
            "--force", action="store_true", help="also on what looks like a production database"
        )

    def handle(self, **options: Any) -> None:
        self.quiet: bool = options["quiet"]
        if has_content() and not options["reset"]:
            self._say("There is content already; nothing was changed.")
            if people_are_there():
                self._say_logins()
            return
        if not (may_wipe() or options["force"]):
            more = ", and --reset deletes everything" if options["reset"] else ""
            name = settings.DATABASES["default"]["NAME"]
            raise CommandError(REFUSAL.format(name=name, more=more))
        started = time.monotonic()
        if options["reset"]:
            self._say("Deleting all content …")
            wipe()
        build_demo(posts=options["posts"], seed=options["seed"], say=self._say, watch=self._watch)
        self._say(f"The demo is ready, after {time.monotonic() - started:.0f} s.")
        self._say_logins()

    def _say(self, line: str) -> None:
        if not self.quiet:
            self.stdout.write(line)

    def _say_logins(self) -> None:
        self._say("\nLogins (name, password, what they may do):")
        for line in logins():
            self._say(f"  {line}")

    def _watch(self, drafts: Iterable[Draft]) -> Iterable[Draft]:
        return tqdm(drafts, desc="Drawing pictures", unit=" pictures", disable=self.quiet or None)


def _count(text: str) -> int:
    number = int(text)
    if number < FEWEST_POSTS:
        raise ArgumentTypeError(f"A newsroom needs {FEWEST_POSTS} posts at least.")
    return number
