from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from content.catalogue.models import Genre
from hub.console.targeting.opened import opened_by
from spokes.audiences.exceptions import AudienceProblem
from spokes.audiences.profiles.actions import keep_opened
from spokes.audiences.profiles.opened import Opened, read_opened
from spokes.channels.models import Spoke

SHOWN = 15


class Command(BaseCommand):
    help = "Learn what a spoke's people like from a CSV of what they opened."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("spoke", help="the slug of a spoke")
        parser.add_argument(
            "file",
            nargs="?",
            default="-",
            help="rows of post (or link), and perhaps listener, count and time; - reads what "
            "another command writes (default)",
        )
        parser.add_argument("--dry-run", action="store_true", help="report, but keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        spoke = Spoke.objects.filter(slug=options["spoke"]).first()
        if spoke is None:
            raise CommandError(f"There is no spoke with the slug “{options['spoke']}”.")
        try:
            opened = read_opened(_text(options["file"]), opened_by(spoke))
        except AudienceProblem as problem:
            raise CommandError(str(problem)) from problem
        if not options["dry_run"]:
            keep_opened(owner=spoke, opened=opened, actor=None)
        self._tell(spoke, opened)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was kept.")

    def _tell(self, spoke: Spoke, opened: Opened) -> None:
        self.stdout.write(f"{spoke}: {opened.summary}")
        if opened.elsewhere:
            openings = "opening" if opened.elsewhere == 1 else "openings"
            self.stdout.write(f"{opened.elsewhere} {openings} on the channels of others: left out")
        for name, number in opened.unknown[:SHOWN]:
            times = "once" if number == 1 else f"{number} times"
            self.stdout.write(f"no post of ours, opened {times}: {name}")
        names = dict(Genre.objects.filter(pk__in=opened.genre_rests).values_list("pk", "name"))
        heaviest = sorted(opened.genres.items(), key=lambda one: (-one[1], one[0]))
        self.stdout.write("\n share  openings  posts  genre")
        for pk, share in heaviest[:SHOWN]:
            rest = opened.genre_rests[pk]
            self.stdout.write(f"{share:>6.1%}  {rest.openings:>8}  {rest.posts:>5}  {names[pk]}")
        little = sorted(names[pk] for pk, rest in opened.genre_rests.items() if rest.is_little)
        if little:
            self.stdout.write(f"Too little to say, and left out: {', '.join(little)}")


def _text(name: str) -> str:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise CommandError(f"{name} is no text in UTF-8.") from None
