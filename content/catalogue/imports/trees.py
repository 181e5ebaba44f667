"""Read genre entries out of a file: nested lists in YAML, or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from django.utils.translation import gettext

from content.catalogue.exceptions import UnreadableFile
from content.catalogue.imports.reading import read_csv, read_text
from content.catalogue.imports.report import Report
from content.catalogue.names import match_key
from content.catalogue.values import shown

CSV_COLUMNS = {"name": "name", "parent": "parent", "parents": "parent", "aliases": "aliases"}


@dataclass(frozen=True)
class Entry:
    """One place in the file: a genre, what it stands below there, and what else it is called."""

    line: int
    name: str
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return match_key(self.name)


def read_entries(path: Path, report: Report) -> list[Entry]:
    """Read the entries by the kind of file that its name tells; bad rows go into the report."""
    match path.suffix.lower():
        case ".csv":
            return _read_csv(read_text(path), report)
        case ".yaml" | ".yml":
            return _read_yaml(path, read_text(path), report)
        case _:
            raise UnreadableFile(
                gettext("{path}: the name must end in .yaml, .yml or .csv.").format(path=path)
            )


def _read_csv(text: str, report: Report) -> list[Entry]:
    rows = read_csv(text, columns=CSV_COLUMNS, required=["name"], report=report)
    return [
        Entry(
            line=row.line,
            name=row.cells["name"],
            parents=_split(row.cells.get("parent", "")),
            aliases=_split(row.cells.get("aliases", "")),
        )
        for row in rows
    ]


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part.strip())


def _read_yaml(path: Path, text: str, report: Report) -> list[Entry]:
    try:
        # composed, not loaded: nodes know their lines, and a genre named "no" stays a name
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.CollectionNode):
            raise UnreadableFile(gettext("{path} holds no list of genres.").format(path=path))
        return list(_Walk(report).entries(root, ()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (
            gettext("line {line}, column {column}").format(
                line=mark.line + 1, column=mark.column + 1
            )
            if mark
            else gettext("an unknown line")
        )
        raise UnreadableFile(
            gettext("{path} is broken YAML at {place}: {problem}.").format(
                path=path, place=place, problem=error.problem
            )
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UnreadableFile(
            gettext(
                "{path} is broken YAML at line {line}: a character that YAML does not allow."
            ).format(path=path, line=line)
        ) from error
    except RecursionError as error:
        raise UnreadableFile(gettext("{path} is nested too deeply.").format(path=path)) from error


class _Walk:
    """One way through the nodes; a node met twice is an anchor, which could grow without end."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.met: set[int] = set()

    def entries(self, node: yaml.Node, parents: tuple[str, ...]) -> Iterator[Entry]:
        line = node.start_mark.line + 1
        if id(node) in self.met:
            self.report.bad(line, gettext("A YAML anchor is used again here: write the names out."))
            return
        self.met.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            yield Entry(line, node.value, parents)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from self.entries(item, parents)
        elif isinstance(node, yaml.MappingNode):
            for name, below in node.value:
                yield from self._branch(name, below, parents)

    def _branch(
        self, name: yaml.Node, below: yaml.Node, parents: tuple[str, ...]
    ) -> Iterator[Entry]:
        line = name.start_mark.line + 1
        if not isinstance(name, yaml.ScalarNode):
            self.report.bad(line, gettext("A name was expected here, not a list."))
        elif isinstance(below, yaml.ScalarNode) and below.value:
            self.report.bad(
                line,
                gettext(
                    "A list was expected after {name}, not {found}. Put a name that has a "
                    "colon into quotes."
                ).format(name=shown(name.value + ":"), found=shown(below.value)),
            )
        else:
            yield from self.entries(name, parents)
            if isinstance(below, yaml.CollectionNode):
                yield from self.entries(below, (name.value,))
