"""Lists of names and the roots they should have, as somebody labelled them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext

from content.catalogue.exceptions import UnreadableFile
from content.catalogue.imports.reading import csv_records, read_text
from content.catalogue.values import shown

NAME_HEADERS = frozenset({"name", "genre"})
ROOT_HEADERS = frozenset({"expected root", "expected_root", "root", "expected"})
WEIGHT_HEADERS = frozenset({"weight", "artists", "count"})
# between roots that are all right: a country rap is of both
EITHER = "|"


@dataclass(frozen=True)
class Expected:
    """A name and the root it should have; without one it should stay unresolved."""

    name: str
    # or several with | between them, any of which is right
    root: str
    weight: float = 1.0
    line: int = 0
    source: str = ""

    @property
    def roots(self) -> list[str]:
        return [root.strip() for root in self.root.split(EITHER) if root.strip()]


@dataclass
class Reading:
    """What a file says, and what of it is left out, by line."""

    rows: list[Expected] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Columns:
    name: int = 0
    root: int = 1
    weight: int | None = 2


def read_expected(path: Path) -> Reading:
    """Read rows of name, expected root and maybe weight, with or without a line of headers.

    A name that stands twice counts once. UnreadableFile names the line that is none of these.
    """
    reading = Reading()
    columns: Columns | None = None
    first: dict[str, Expected] = {}
    for line, cells in _records(path):
        if columns is None:
            columns = _columns(path, line, cells)
            if columns:
                continue
            columns = Columns()
        row = _expected(path, line, cells, columns)
        before = first.setdefault(row.name.casefold(), row)
        if before is row:
            reading.rows.append(row)
        else:
            reading.problems.append(_twice(path, row, before))
    if not reading.rows:
        raise UnreadableFile(
            gettext("{path}, line 1: there are no names. Write name, expected root.").format(
                path=path
            )
        )
    return reading


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    def refuse(line: int, error: csv.Error) -> None:
        raise UnreadableFile(
            gettext("{path}, line {line}: {error}.").format(path=path, line=line, error=error)
        ) from error

    for line, cells in csv_records(read_text(path), refuse):
        yield line, [cell.strip() for cell in cells]


def _columns(path: Path, line: int, cells: Sequence[str]) -> Columns | None:
    """Find the columns by the first line, or None where it is a name already."""
    headers = [cell.casefold() for cell in cells]
    places = {
        kind: next((place for place, header in enumerate(headers) if header in known), None)
        for kind, known in (
            ("name", NAME_HEADERS),
            ("root", ROOT_HEADERS),
            ("weight", WEIGHT_HEADERS),
        )
    }
    name, root, weight = places["name"], places["root"], places["weight"]
    if name is None and root is None:
        return None
    # where only one of them has a header that we know, the other one is the first column left
    left = (place for place in range(len(headers)) if place not in {name, root, weight})
    name = next(left, None) if name is None else name
    root = next(left, None) if root is None else root
    if name is not None and root is not None:
        # a third cell below two headers is a weight; a column of another name is none of ours
        return Columns(name, root, 2 if len(headers) == 2 else weight)
    missing = "name" if name is None else "expected root"
    raise UnreadableFile(
        gettext("{path}, line {line}: there is no column “{column}”. Found: {found}.").format(
            path=path, line=line, column=missing, found=", ".join(map(shown, cells))
        )
    )


def _expected(path: Path, line: int, cells: Sequence[str], columns: Columns) -> Expected:
    try:
        name, root = cells[columns.name], cells[columns.root]
        weight = 1.0
        if columns.weight is not None and len(cells) > columns.weight and cells[columns.weight]:
            weight = float(cells[columns.weight])
        if not name or not 0 <= weight < math.inf:
            raise ValueError
    except (ValueError, IndexError):
        raise UnreadableFile(
            gettext(
                "{path}, line {line}: write name, expected root, and maybe a weight from 0."
            ).format(path=path, line=line)
        ) from None
    return Expected(name, root, weight, line, path.name)


def _twice(path: Path, row: Expected, before: Expected) -> str:
    words = (
        gettext("{path}, line {line}: {name} stood in line {before} already; it counts once.")
        if row.root == before.root
        else gettext(
            "{path}, line {line}: {name} stood in line {before} with another root, {root}; "
            "that one counts."
        )
    )
    return words.format(
        path=path,
        line=row.line,
        name=shown(row.name),
        before=before.line,
        root=shown(before.root) if before.root else gettext("none"),
    )
