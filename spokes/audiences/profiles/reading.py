"""Read who listens to what, or what was opened, from a CSV; every fault with line and column."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext, ngettext

from content.catalogue.imports.reading import csv_records
from content.catalogue.names import match_key
from content.catalogue.values import shown
from content.text import clean_line
from spokes.audiences.profiles.exceptions import FileFault, ProfileFileRefused

# what a column may be called → our name for it
LISTENING_COLUMNS = {
    **dict.fromkeys(("person", "user", "user_id", "listener", "follower"), "person"),
    **dict.fromkeys(("artist", "artist name", "artist_name"), "artist"),
    **dict.fromkeys(("count", "plays", "listens", "listeners", "followers"), "count"),
}
OPENING_COLUMNS = {
    **dict.fromkeys(("post", "slug", "post_id", "address", "link", "url", "page"), "post"),
    **dict.fromkeys(("listener", "person", "user", "user_id", "follower"), "listener"),
    **dict.fromkeys(("count", "openings", "opens", "clicks", "views"), "count"),
    **dict.fromkeys(("time", "date", "day", "when", "opened_at", "timestamp"), "time"),
}
# the usual one first
DELIMITERS = (",", ";", "\t")
# a text longer than that is no name, and a number no count of people
LONGEST = 300
# a deep link is longer than a name
LONGEST_LINK = 1_000
MOST = 2_000_000_000


@dataclass
class Listening:
    """By ``match_key`` of the artist's name: how many listen, and how the file spells it."""

    listeners: dict[str, int] = field(default_factory=dict)
    spelt: dict[str, str] = field(default_factory=dict)
    people: int = 0
    # who they are, where the file says it
    who: Mapping[str, set[str]] = field(default_factory=dict)

    def of(self, keys: Collection[str]) -> int:
        """Count those who listen to what are names of one artist; each once, where it is known."""
        if self.who:
            return len(set().union(*(self.who.get(key, ()) for key in keys)))
        return min(self.people, sum(self.listeners.get(key, 0) for key in keys))


@dataclass
class Openings:
    """By post as the file names it (slug, number, address or link): how often it was opened.

    Where the file says by whom, ``listeners`` has them instead: each counts once for a post.
    """

    counts: dict[str, int] = field(default_factory=dict)
    listeners: dict[str, set[str]] = field(default_factory=dict)
    # of the rows that say when
    first: date | None = None
    last: date | None = None

    @property
    def references(self) -> list[str]:
        return list(self.counts or self.listeners)

    def of(self, references: Iterable[str]) -> int:
        """Count the openings of what are names of one post."""
        if self.listeners:
            return len(set().union(*(self.listeners.get(one, ()) for one in references)))
        return min(MOST, sum(self.counts.get(one, 0) for one in references))


@dataclass(frozen=True)
class Cells:
    line: int
    by_name: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.by_name.get(name, "")


def read_listening(text: str, *, people: int | None = None) -> Listening:
    """Read rows of person, artist and perhaps count, or of artist and count.

    With persons, each counts once for an artist, however often he or she listened, and a count of
    0 is nobody. Without, ``count`` is the number of listeners, of ``people`` in all (by default
    as many as the most listened-to artist has). Raises ProfileFileRefused.
    """
    table = Table(text, LISTENING_COLUMNS)
    table.need("artist")
    if "person" in table.names:
        return _by_person(table)
    table.need("count")
    return _by_artist(table, people)


def read_openings(text: str) -> Openings:
    """Read rows of post, and perhaps listener, count and time. Raises ProfileFileRefused.

    A post is its slug, number, address or link. Without a count a row is one opening.
    """
    table = Table(text, OPENING_COLUMNS)
    table.need("post")
    needs_count = "count" in table.names and "listener" not in table.names
    found = Openings()
    days: list[date] = []
    for row in table.rows():
        post = table.name(row, "post", LONGEST_LINK)
        who = table.name(row, "listener") if "listener" in table.names else ""
        count = table.count(row) if needs_count or row["count"].strip() else 1
        day = table.day(row) if row["time"].strip() else None
        if not post or not count:
            continue
        if who:
            found.listeners.setdefault(post, set()).add(who)
        else:
            found.counts[post] = found.counts.get(post, 0) + count
        days += [day] if day else []
    table.done()
    found.first, found.last = min(days, default=None), max(days, default=None)
    return found


def _by_person(table: Table) -> Listening:
    heard: defaultdict[str, set[str]] = defaultdict(set)
    people: set[str] = set()
    found = Listening()
    for row in table.rows():
        person, artist = table.name(row, "person"), table.name(row, "artist")
        count = table.count(row) if row["count"].strip() else 1
        if person and artist and count:
            people.add(person)
            key = match_key(artist)
            heard[key].add(person)
            found.spelt.setdefault(key, artist)
    table.done()
    found.listeners = {key: len(who) for key, who in heard.items()}
    found.who = heard
    found.people = len(people)
    return found


def _by_artist(table: Table, people: int | None) -> Listening:
    found = Listening()
    for row in table.rows():
        artist, count = table.name(row, "artist"), table.count(row)
        if people is not None and count is not None and count > people:
            message = ngettext(
                "{count} listen, but there is only {people} person",
                "{count} listen, but there are only {people} people",
                people,
            )
            table.fault(row.line, "count", message.format(count=count, people=people))
        if artist and count:
            key = match_key(artist)
            found.listeners[key] = max(found.listeners.get(key, 0), count)
            found.spelt.setdefault(key, artist)
    table.done()
    found.people = people or max(found.listeners.values(), default=0)
    return found


class Table:
    """The rows of a CSV by our names of its columns, with the faults found on the way."""

    def __init__(self, text: str, columns: Mapping[str, str]) -> None:
        text = text.removeprefix("\ufeff")
        self._records = csv_records(text, self._unreadable, delimiter=_delimiter(text))
        self._columns = columns
        self._faults: list[FileFault] = []
        _, self.headers = next(self._records, (1, [""]))
        self.names = self._known_names()

    def need(self, *names: str) -> None:
        """Stop at once where a column is missing: without it no row says anything."""
        for name in names:
            if name not in self.names:
                found = ", ".join(shown(header) for header in self.headers if header)
                self.fault(
                    1,
                    name,
                    gettext("there is no such column; the first row has: {found}").format(
                        found=found or gettext("nothing")
                    ),
                )
        if self._faults:
            self.done()

    def rows(self) -> Iterator[Cells]:
        for line, cells in self._records:
            while len(cells) > len(self.headers) and not cells[-1].strip():
                cells.pop()
            if len(cells) != len(self.headers):
                message = ngettext(
                    "it has {found} column, but the first row names {wanted}",
                    "it has {found} columns, but the first row names {wanted}",
                    len(cells),
                )
                self.fault(line, "", message.format(found=len(cells), wanted=len(self.headers)))
                continue
            yield Cells(line, {name: cells[at] for name, at in self.names.items()})

    def name(self, row: Cells, column: str, longest: int = LONGEST) -> str:
        text = clean_line(row[column])
        if not text:
            self.fault(row.line, column, gettext("it is empty"))
        elif len(text) > longest:
            self.fault(
                row.line, column, gettext("it is over {number} signs").format(number=longest)
            )
        return text[:longest]

    def day(self, row: Cells) -> date | None:
        """Read the day of a time as ISO 8601 writes it; None, and a fault, where it is none."""
        text = row["time"].strip()
        try:
            return datetime.fromisoformat(text).date()
        except ValueError:
            message = gettext("{text} is no time; write it like 2026-11-22 or 2026-11-22T18:30")
            self.fault(row.line, "time", message.format(text=shown(text)))
            return None

    def count(self, row: Cells) -> int | None:
        """Read a whole number of at least 0; None, and a fault, where there is none."""
        text = row["count"].strip()
        if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= MOST:
            return int(text)
        self.fault(
            row.line,
            "count",
            gettext("{text} is no whole number of 0 or more").format(text=shown(text)),
        )
        return None

    def fault(self, line: int, column: str, message: str) -> None:
        self._faults.append(FileFault(line, column, message))

    def done(self) -> None:
        if self._faults:
            raise ProfileFileRefused(self._faults)

    def _known_names(self) -> dict[str, int]:
        names: dict[str, int] = {}
        for at, header in enumerate(self.headers):
            name = self._columns.get(header.strip().lower())
            if name in names:
                self.fault(1, header, gettext("a second column for the same thing"))
            elif name:
                names[name] = at
        return names

    def _unreadable(self, line: int, error: csv.Error) -> None:
        self.fault(line, "", gettext("it can't be read as CSV: {error}").format(error=error))


def _delimiter(text: str) -> str:
    """Tell by the first row: where a comma parts decimals, spreadsheets write semicolons."""
    first = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=first.count)
