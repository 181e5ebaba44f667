from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from content.editorial.models import Post
from content.measured import PAGE, write_figures
from spokes.audiences.measuring.house import build_house
from spokes.audiences.measuring.listens import read_listens
from spokes.audiences.measuring.run import Disagreement, Measured, measure
from spokes.audiences.measuring.words import HEADING, MARK, lines, markdown
from spokes.audiences.profiles.exceptions import ProfileRefused
from spokes.channels.models import Spoke

MANAGE = Path(__file__).resolve().parents[4] / "manage.py"
SPLITS = ("user", "artist")
SPOKES = (20, 60)


class Command(BaseCommand):
    help = (
        "Measure how right routing is on real listeners. FOLDER has user_artists.dat, artists.dat, "
        "tags.dat and user_taggedartists.dat. All is built in a database of its own, which is "
        "thrown away."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--spokes", type=int, action="append", help="20, 60; may be repeated")
        parser.add_argument("--split", choices=SPLITS, action="append", help="by default both")
        parser.add_argument("--seed", type=int, default=1, help="the first seed")
        parser.add_argument("--seeds", type=int, default=2, help="how many; figures are means")
        parser.add_argument(
            "--floor",
            type=float,
            default=0.75,
            help="also set on the channels, to see that routing does what the scores say",
        )
        parser.add_argument(
            "--part",
            choices=("all", "even", "odd"),
            default="all",
            help="all listeners, or every other: choose on one part, report on the other",
        )
        parser.add_argument("--genres", type=Path, help="a genre tree in place of the starter's")
        parser.add_argument(
            "--shuffled",
            action="store_true",
            help="put chance in the place of what is hidden: no lift may come of it",
        )
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--write", action="store_true", help=f"write them into {PAGE}")
        parser.add_argument(
            "--here",
            action="store_true",
            help="build it in the configured database, which must be empty",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["here"]:
            _measure_elsewhere()
            return
        call_command("migrate", verbosity=0)
        if Post.objects.exists() or Spoke.objects.exists():
            raise CommandError("This database has posts or spokes: it is no place to measure in.")
        try:
            measured = self._measure(options)
        except (ProfileRefused, Disagreement) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps([one.as_dict() for one in measured], indent=2))
        else:
            for line in lines(measured):
                self.stdout.write(line)
        if options["write"]:
            write_figures(markdown(measured), mark=MARK, heading=HEADING)

    def _measure(self, options: dict[str, Any]) -> list[Measured]:
        listens = read_listens(options["folder"], part=options["part"])
        for note in listens.notes:
            self.stderr.write(note)
        house = build_house(listens, genres=options["genres"])
        return [
            measure(
                house,
                listens,
                split=split,
                spokes=spokes,
                seeds=range(options["seed"], options["seed"] + max(1, options["seeds"])),
                checked_floor=options["floor"],
                shuffled=options["shuffled"],
            )
            for split in options["split"] or SPLITS
            for spokes in options["spokes"] or SPOKES
        ]


def _measure_elsewhere() -> None:
    """Start over with a database that nobody has, so that the house's own is never touched."""
    with tempfile.TemporaryDirectory(prefix="backbeat-measure-") as folder:
        address = f"sqlite:///{folder}/measure.sqlite3"
        environment = {**os.environ, "DATABASE_URL": address, "MEDIA_ROOT": f"{folder}/media"}
        told = sys.argv[sys.argv.index("measure_targeting") :]
        done = subprocess.run(
            [sys.executable, str(MANAGE), *told, "--here"], env=environment, check=False
        )
    if done.returncode:
        raise CommandError("It could not be measured.", returncode=done.returncode)
