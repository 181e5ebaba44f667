from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from content.catalogue.certainty import MEASURED
from content.catalogue.exceptions import UnreadableFile
from content.catalogue.measure import Measured, calibration, markdown, measure, read_expected
from content.catalogue.resolver import Resolver
from content.catalogue.starter import plant_starter_genres
from content.measured import PAGE, write_figures


class Command(BaseCommand):
    help = (
        "Measure how well names of genres are understood. FILE is a CSV: name, expected root, and "
        "maybe a weight. An answer is right if the expected root is the genre or above it. A house "
        "without genres is measured on the starter graph."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--write", action="store_true", help=f"write them into {PAGE}")
        parser.add_argument(
            "--calibrate",
            action="store_true",
            help="take the shares of right answers as the confidence of each kind from now on",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = read_expected(options["file"])
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            planted = plant_starter_genres(actor=None)
            measured = measure(rows, Resolver.load(), threshold=settings.GENRE_CONFIDENCE)
            transaction.set_rollback(True)
        graph = "the starter graph" if planted else "the house's own graph"
        if options["json"]:
            self.stdout.write(json.dumps({**measured.as_dict(), "graph": graph}, indent=2))
        else:
            self._tell(measured, graph)
        if options["write"]:
            write_figures(
                markdown(measured, source=options["file"].name, graph=graph),
                mark="resolver",
                heading="How well names of genres are understood",
            )
        if options["calibrate"]:
            MEASURED.write_text(calibration(measured.by_kind), encoding="utf-8")

    def _tell(self, measured: Measured, graph: str) -> None:
        self.stdout.write(f"{measured.names.number} names, on {graph}")
        shares = {
            "exact": measured.exact.of(measured.names),
            "resolved": measured.resolved.of(measured.names),
            "right": measured.right.of(measured.resolved),
            "unresolved": measured.unresolved.of(measured.names),
        }
        for name, (number, weight) in shares.items():
            of = "of those resolved" if name == "right" else "of all"
            self.stdout.write(f"{name:>11}  {number:6.1%}   weighted {weight:6.1%}   {of}")
        for root, count in measured.unknown_roots.most_common(5):
            self.stdout.write(f"no genre here is “{root}”, the expected root of {count} names")
        for wrong in measured.as_dict()["wrong"]:
            self.stdout.write(
                f"wrong: {wrong['name']} → {wrong['answer']} (by “{wrong['matched']}”), "
                f"expected {wrong['expected'] or 'nothing'}"
            )
