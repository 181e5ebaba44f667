"""Read a file that somebody else made: its text, and the rows of a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext, ngettext

from content.catalogue.exceptions import UnreadableFile
from content.catalogue.imports.report import Report
from content.catalogue.values import shown

Item = TypeVar("Item")

# wraps what is worked through, to show how far it got
Progress = Callable[[Sequence[Item]], Iterable[Item]]


@dataclass(frozen=True)
class Row:
    """One row of a CSV by the names of its columns; ``line`` is where it starts."""

    line: int
    cells: dict[str, str]


def read_text(path: Path) -> str:
    """Read a UTF-8 file, with or without a byte order mark."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}.") from error
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            gettext(
                "{path} is not UTF-8: byte {start} (line {line}) is 0x{byte:02X}. Save "
                "it as UTF-8 and try again."
            ).format(path=path, start=error.start, line=line, byte=content[error.start])
        ) from error


def read_csv(
    text: str, *, columns: dict[str, str], required: Collection[str], report: Report
) -> list[Row]:
    """Read the good rows, with cells by our own names: ``columns`` maps headers to them.

    Columns that nobody asks for are left out; bad rows go into the report.
    """
    records = csv_records(text, lambda line, error: _unreadable(report, line, error))
    _, headers = next(records, (1, []))
    names = _names(headers, columns, required)
    rows = []
    for line, cells in records:
        while len(cells) > len(headers) and not cells[-1].strip():
            cells.pop()
        if len(cells) == len(headers):
            by_name = {name: cell for name, cell in zip(names, cells, strict=True) if name}
            rows.append(Row(line, by_name))
        else:
            report.bad(line, _wrong_number(line, len(cells), len(headers)))
    return rows


def csv_records(
    text: str, unreadable: Callable[[int, csv.Error], None], *, delimiter: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """Give each record that is not blank with the line where it starts.

    ``unreadable`` is told of each that is no CSV, which is left out.
    """
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            unreadable(line, error)
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells


def _unreadable(report: Report, line: int, error: csv.Error) -> None:
    report.bad(line, gettext("The row can't be read as CSV: {error}.").format(error=error))


def _names(
    headers: Sequence[str], columns: dict[str, str], required: Collection[str]
) -> list[str | None]:
    names = [columns.get(header.strip().lower()) for header in headers]
    known = [name for name in names if name]
    missing = [name for name in required if name not in known]
    twice = [name for name in known if known.count(name) > 1]
    if missing or twice:
        problem = (
            gettext("no column {name}").format(name=missing[0])
            if missing
            else gettext("two columns for {name}").format(name=twice[0])
        )
        found = ", ".join(shown(header) for header in headers) or "nothing"
        raise UnreadableFile(
            gettext(
                "The first row must name the columns: there is {problem}. Found: {found}. "
                "Known: {names}, with commas between them."
            ).format(problem=problem, found=found, names=", ".join(columns))
        )
    return names


def _wrong_number(line: int, found: int, wanted: int) -> str:
    words = ngettext(
        "The row has {found} column, but the first row names {wanted}.",
        "The row has {found} columns, but the first row names {wanted}.",
        found,
    )
    return words.format(found=found, wanted=wanted)
