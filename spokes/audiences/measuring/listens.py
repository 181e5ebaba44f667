"""Read a listening data set: users × artists × counts, and the tags that users gave to artists.

The layout is that of HetRec 2011's Last.fm set (https://grouplens.org/datasets/hetrec-2011/).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext, ngettext

from content.catalogue.names import match_key
from content.catalogue.values import shown
from content.text import clean_line
from spokes.audiences.profiles.exceptions import ProfileRefused

# by file: our names of its columns, and what they may be called
ARTIST_ID = ("artistid", "artist_id", "artist")
TAG_ID = ("tagid", "tag_id", "tag")
USER_ID = ("userid", "user_id", "user")
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "user_artists.dat": {"userID": USER_ID, "artistID": ARTIST_ID},
    "artists.dat": {"id": ("id", *ARTIST_ID), "name": ("name", "artistname", "artist_name")},
    "tags.dat": {"tagID": ("id", *TAG_ID), "tagValue": ("tagvalue", "tag_value", "value", "name")},
    "user_taggedartists.dat": {"userID": USER_ID, "artistID": ARTIST_ID, "tagID": TAG_ID},
}
NAME_LENGTH = 300
TAG_LENGTH = 100

# by user: the artists
Heard = dict[str, set[str]]


class UnreadableListens(ProfileRefused):
    """This is no listening data set."""


@dataclass
class Listens:
    """Artists and tags by ``match_key``, so that two spellings are one."""

    artists: dict[str, str]
    tags: dict[str, str]
    heard: Heard
    # by artist: how often each tag was given
    tagged: dict[str, Counter[str]]
    # rows that were left out, by file and line
    notes: list[str] = field(default_factory=list)


@dataclass
class Split:
    """What is known of the listeners, and what is hidden from all that is built."""

    known: Heard
    hidden: Heard

    def listeners(self) -> dict[str, set[str]]:
        """By hidden artist: the users from whom it is hidden."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for user, artists in self.hidden.items():
            for artist in artists:
                found[artist].add(user)
        return dict(found)


def read_listens(folder: Path, *, part: str = "all") -> Listens:
    """Read the four files; ``part`` keeps every other listener ("even" or "odd"), or all."""
    missing = [name for name in COLUMNS if not (folder / name).is_file()]
    if missing:
        raise UnreadableListens(
            gettext("{folder} has no {names}.").format(folder=folder, names=", ".join(missing))
        )
    artists = Names.read(folder / "artists.dat", NAME_LENGTH)
    tags = Names.read(folder / "tags.dat", TAG_LENGTH)
    heard: defaultdict[str, set[str]] = defaultdict(set)
    for line, (user, artist) in _rows(folder / "user_artists.dat"):
        if key := artists.key(artist, "user_artists.dat", line):
            heard[user].add(key)
    if not heard:
        raise UnreadableListens(gettext("Nobody in {folder} hears anything.").format(folder=folder))
    kept = _part(sorted(heard), part)
    tagged: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line, (_user, artist, tag) in _rows(folder / "user_taggedartists.dat"):
        key = artists.key(artist, "user_taggedartists.dat", line)
        tag_key = tags.key(tag, "user_taggedartists.dat", line)
        if key and tag_key:
            tagged[key][tag_key] += 1
    return Listens(
        artists.spelt,
        tags.spelt,
        {user: heard[user] for user in kept},
        dict(tagged),
        [*artists.notes(), *tags.notes()],
    )


def split_listens(listens: Listens, *, by: str, seed: int) -> Split:
    """Hide half of each listener's artists ("user"), or half of all artists wholly ("artist")."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    known: Heard = {}
    hidden: Heard = {}
    everything = sorted(set().union(*listens.heard.values()))
    cold = {artist for artist in everything if chance.random() < 0.5}
    for user in sorted(listens.heard):
        artists = sorted(listens.heard[user])
        chance.shuffle(artists)
        half = cold if by == "artist" else set(artists[: len(artists) // 2])
        hidden[user] = {artist for artist in artists if artist in half}
        known[user] = {artist for artist in artists if artist not in half}
    return Split(known, hidden)


def shuffle_hidden(split: Split, *, seed: int) -> Split:
    """Put chance in the place of what was hidden: as many artists, any of those hidden.

    Nothing can be known of these, so that whatever beats broadcasting on them has looked.
    """
    chance = random.Random(seed)  # noqa: S311  # no secret
    every = sorted(set().union(*split.hidden.values()))
    return Split(
        split.known,
        {user: set(chance.sample(every, len(artists))) for user, artists in split.hidden.items()},
    )


def _part(users: list[str], part: str) -> list[str]:
    return {"even": users[::2], "odd": users[1::2]}.get(part, users)


class Names:
    """The names of a file by id; two spellings of one are one."""

    def __init__(self, path: Path) -> None:
        self._file = path.name
        # by id; empty where a name has no letter in it
        self._keys: dict[str, str] = {}
        self.spelt: dict[str, str] = {}
        # by file: rows with an id that is not here, and the first of them
        self._unknown: dict[str, tuple[int, int, str]] = {}

    @classmethod
    def read(cls, path: Path, longest: int) -> Names:
        names = cls(path)
        for _line, (pk, name) in _rows(path):
            clean = clean_line(name)[:longest].strip()
            key = match_key(clean)
            names._keys[pk] = key
            if key:
                names.spelt.setdefault(key, clean)
        return names

    def key(self, pk: str, file: str, line: int) -> str:
        """Find the key of an id; empty, and noted, where the file has no such id."""
        key = self._keys.get(pk)
        if key is None:
            number, first, what = self._unknown.get(file, (0, line, pk))
            self._unknown[file] = (number + 1, first, what)
        return key or ""

    def notes(self) -> Iterator[str]:
        for file, (number, line, pk) in self._unknown.items():
            yield ngettext(
                "{file}, line {line}: there is no {id} in {names}; the row was left out.",
                "{file}, line {line}: there is no {id} in {names}; "
                "{number} such rows were left out.",
                number,
            ).format(file=file, line=line, id=shown(pk), names=self._file, number=number)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give line and cells of the rows below the first, which names the columns."""
    # the tags of the original set are in Latin-1
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    places = _places(path.name, lines[0].split("\t"))
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) > max(places):
            yield number, [cells[at].strip() for at in places]
        elif line.strip():
            raise UnreadableListens(
                gettext("{name}, line {number}: there should be {least} columns or more.").format(
                    name=path.name, number=number, least=max(places) + 1
                )
            )


def _places(file: str, head: list[str]) -> list[int]:
    """Find where the columns are that are wanted of the file."""
    found = [cell.strip().strip('"').lower() for cell in head]
    places = []
    for name, spellings in COLUMNS[file].items():
        at = next((at for at, cell in enumerate(found) if cell in spellings), None)
        if at is None:
            raise UnreadableListens(
                gettext(
                    "{file}, line 1: there is no column {name}; tabs should stand between "
                    "{wanted}, and there is: {found}"
                ).format(
                    file=file,
                    name=name,
                    wanted=", ".join(COLUMNS[file]),
                    found=", ".join(shown(cell) for cell in head),
                )
            )
        places.append(at)
    return places
