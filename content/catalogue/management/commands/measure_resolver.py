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
from content.catalogue.expected import Expected, read_expected
from content.catalogue.measure import Measured, measure, measure_endings
from content.catalogue.measure_page import Crossed, calibration, named_bands, share, whole_page
from content.catalogue.resolver import Resolver
from content.catalogue.starter import plant_starter_genres
from content.catalogue.strata import SPLITS, crossed, part_of, strata
from content.measured import PAGE, write_figures

SHOWN_PROBLEMS = 20


class Command(BaseCommand):
    help = (
        "Measure how well names of genres are understood. FILE is a CSV: name, expected root, and "
        "maybe a weight; roots that are all right have | between them. An answer is right if an "
        "expected root is the genre or above it. A house without genres is measured on the starter "
        "graph."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="file")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--write", action="store_true", help=f"write them into {PAGE}")
        parser.add_argument("--seed", type=int, default=1, help="cuts the names into halves")
        parser.add_argument(
            "--cross",
            action="append",
            choices=SPLITS,
            default=[],
            help="measure the parts of this split by what the others could have taught, too",
        )
        parser.add_argument(
            "--calibrate",
            action="store_true",
            help="take the shares of right answers as the confidence of each kind from now on",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = self._read(options["files"])
        with transaction.atomic():
            planted = plant_starter_genres(actor=None)
            resolver = Resolver.load()
            transaction.set_rollback(True)
        self.graph = "the starter graph" if planted else "the house's own graph"
        measured = measure(rows, resolver, threshold=settings.GENRE_CONFIDENCE)
        kinds = {
            name: measure(part, resolver, threshold=settings.GENRE_CONFIDENCE)
            for name, part in strata(rows).items()
        }
        splits = self._crossed(rows, resolver, options["cross"] or ["half"], options["seed"])
        self._warn(
            f"{row.source}, line {row.line}: no genre here is “{row.root}”, so no answer to "
            f"“{row.name}” counts as right."
            for row in measured.unknown_rows
        )
        if options["json"]:
            self._tell_json(measured, kinds, splits)
        else:
            self._tell(measured)
            self._tell_parts(measured, kinds, splits)
        if options["write"]:
            self._write(measured, options["files"], kinds, splits)
        if options["calibrate"]:
            counts = {**measured.by_kind, **measure_endings(resolver)}
            MEASURED.write_text(calibration(counts), encoding="utf-8")

    def _read(self, files: list[Path]) -> list[Expected]:
        rows: list[Expected] = []
        for path in files:
            try:
                reading = read_expected(path)
            except UnreadableFile as error:
                raise CommandError(str(error)) from error
            self._warn(reading.problems)
            rows += reading.rows
        return rows

    def _warn(self, problems: Any) -> None:
        told = list(problems)
        for problem in told[:SHOWN_PROBLEMS]:
            self.stderr.write(problem)
        if (more := len(told) - SHOWN_PROBLEMS) > 0:
            lines = "line" if more == 1 else "lines"
            self.stderr.write(f"… and {more} more {lines} like these.")

    def _crossed(
        self, rows: list[Expected], resolver: Resolver, chosen: list[str], seed: int
    ) -> dict[str, Crossed]:
        return {
            f"{split} (seed {seed})" if split == "half" else split: crossed(
                rows,
                resolver,
                split=part_of(split, rows, seed=seed),
                threshold=settings.GENRE_CONFIDENCE,
            )
            for split in chosen
        }

    def _tell(self, measured: Measured) -> None:
        self.stdout.write(f"{measured.names.number} names, on {self.graph}")
        shares = {
            "exact": measured.exact.of(measured.names),
            "resolved": measured.resolved.of(measured.names),
            "right": measured.right.of(measured.resolved),
            "strictly": measured.strictly.of(measured.resolved),
            "unresolved": measured.unresolved.of(measured.names),
        }
        for name, (number, weight) in shares.items():
            of = {
                "right": "of those resolved",
                "strictly": "likewise, by the first of several roots alone",
            }.get(name, "of all")
            self.stdout.write(f"{name:>11}  {number:6.1%}   weighted {weight:6.1%}   {of}")
        for root, count in measured.unknown_roots.most_common(5):
            of = "1 name" if count == 1 else f"{count} names"
            self.stdout.write(f"no genre here is “{root}”, the expected root of {of}")
        for wrong in measured.as_dict()["wrong"]:
            self.stdout.write(
                f"wrong: {wrong['name']} → {wrong['answer']} (by “{wrong['matched']}”), "
                f"expected {wrong['expected'] or 'nothing'}"
            )

    def _tell_parts(
        self, measured: Measured, kinds: dict[str, Measured], splits: dict[str, Crossed]
    ) -> None:
        self.stdout.write("\nconfidence        answers  stated  right")
        for name, band in named_bands(measured.bands):
            stated, right = band.stated / band.answers, band.right / band.answers
            self.stdout.write(f"{name:<21} {band.answers:>3}  {stated:6.0%}  {right:5.0%}")
        self.stdout.write("\nresolved  right  names")
        for name, part in kinds.items():
            self.stdout.write(_line(part, name))
        for split, parts in splits.items():
            self.stdout.write(f"\nby {split}; then by what the other parts could have taught")
            for name, (whole, ignorant) in parts.items():
                self.stdout.write(
                    f"{_line(whole, name)}; then {share(ignorant.resolved.of(ignorant.names))}, "
                    f"{share(ignorant.right.of(ignorant.resolved))}"
                )

    def _tell_json(
        self, measured: Measured, kinds: dict[str, Measured], splits: dict[str, Crossed]
    ) -> None:
        figures = {
            **measured.as_dict(),
            "graph": self.graph,
            "by_kind_of_name": {name: _short(part) for name, part in kinds.items()},
            "crossed": {
                split: {
                    name: {"whole": _short(whole), "taught_by_others": _short(ignorant)}
                    for name, (whole, ignorant) in parts.items()
                }
                for split, parts in splits.items()
            },
        }
        self.stdout.write(json.dumps(figures, indent=2))

    def _write(
        self,
        measured: Measured,
        files: list[Path],
        kinds: dict[str, Measured],
        splits: dict[str, Crossed],
    ) -> None:
        write_figures(
            whole_page(
                measured,
                sources=[path.name for path in files],
                graph=self.graph,
                strata=kinds,
                splits=splits,
            ),
            mark="resolver",
            heading="How well names of genres are understood",
        )


def _line(part: Measured, name: str) -> str:
    return (
        f"{share(part.resolved.of(part.names)):>8} {share(part.right.of(part.resolved)):>6}  "
        f"{name} ({part.names.number})"
    )


def _short(part: Measured) -> dict[str, float]:
    return {
        "names": part.names.number,
        "resolved": round(part.resolved.of(part.names)[0], 4),
        "right": round(part.right.of(part.resolved)[0], 4),
    }
