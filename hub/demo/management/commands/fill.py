from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from content.editorial.models import Post
from hub.demo.fill import MARK, fill, unfill
from hub.demo.wipe import may_wipe
from spokes.channels.models import Spoke

REFUSAL = (
    "This looks like a production database ({name}) with posts of its own. The rows that are "
    "filled in are made up, and readers may see them. If you are sure, add --yes."
)
FEWEST_PEOPLE = 2


class Command(BaseCommand):
    help = "Add made-up artists, posts and deliveries by the thousand, to try lists at size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--posts", type=int, default=100_000)
        parser.add_argument("--artists", type=int, default=20_000)
        parser.add_argument("--deliveries", type=int, default=1_000_000)
        parser.add_argument("--seed", type=int, default=1, help="another number, other names")
        parser.add_argument("--remove", action="store_true", help="take out what was filled in")
        parser.add_argument(
            "--yes", action="store_true", help="also on what looks like a production database"
        )
        parser.add_argument("--quiet", action="store_true", help="say nothing")

    def handle(self, **options: Any) -> None:
        self.quiet: bool = options["quiet"]
        started = time.monotonic()
        if options["remove"]:
            gone = ", ".join(f"{count} {name}" for name, count in unfill().items())
            self._say(f"Removed {gone}, after {time.monotonic() - started:.0f} s.")
            return
        own = Post.objects.exclude(slug__startswith=MARK).exists()
        if own and not (may_wipe() or options["yes"]):
            raise CommandError(REFUSAL.format(name=settings.DATABASES["default"]["NAME"]))
        self._check_house()
        fill(
            posts=options["posts"],
            artists=options["artists"],
            deliveries=options["deliveries"],
            seed=options["seed"],
            now=timezone.now(),
            watch=self._watch,
        )
        self._say(f"Filled after {time.monotonic() - started:.0f} s. Take it out with --remove.")

    def _check_house(self) -> None:
        if not Spoke.objects.exists():
            raise CommandError("There are no spokes to fill. Run `manage.py demo` first.")
        if User.objects.filter(is_staff=True, is_active=True).count() < FEWEST_PEOPLE:
            raise CommandError("A post has an author and an approver: add two people first.")

    def _say(self, line: str) -> None:
        if not self.quiet:
            self.stdout.write(line)

    def _watch(self, rows: Iterable[Any], count: int, name: str) -> Iterable[Any]:
        return tqdm(rows, desc=name, total=count, unit=" rows", disable=self.quiet or None)
