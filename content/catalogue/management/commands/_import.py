from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from content.catalogue.exceptions import UnreadableFile
from content.catalogue.imports.reading import Progress
from content.catalogue.imports.report import Report

Item = TypeVar("Item")


class Importer(Protocol):
    def __call__(self, path: Path, *, dry_run: bool, progress: Progress[Any]) -> Report: ...


class ImportCommand(BaseCommand):
    """Reads one file; bad rows are reported and don't fail the command."""

    importer: Importer

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="report, but keep nothing")
        parser.add_argument("--no-progress", action="store_true", help="show no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        def progress(items: Sequence[Item]) -> Iterable[Item]:
            # None: no bar when the errors don't go to a terminal
            return tqdm(items, unit=" rows", disable=options["no_progress"] or None)

        try:
            report = self.importer(options["file"], dry_run=options["dry_run"], progress=progress)
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        for line in report.lines():
            self.stdout.write(line)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was kept.")
