"""Read a listening data set: users × artists × counts, and the tags that users gave to artists.

The layout is that of HetRec 2011's Last.fm set (https://grouplens.org/datasets/hetrec-2011/).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext

from content.catalogue.names import match_key
from content.text import clean_line
from spokes.audiences.profiles.exceptions import ProfileRefused

FILES = ("user_artists.dat", "artists.dat", "tags.dat", "user_taggedartists.dat")
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
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise UnreadableListens(
            gettext("{folder} has no {names}.").format(folder=folder, names=", ".join(missing))
        )
    artists = dict(_names(folder / "artists.dat", NAME_LENGTH))
    tags = dict(_names(folder / "tags.dat", TAG_LENGTH))
    keys = {pk: match_key(name) for pk, name in artists.items()}
    tag_keys = {pk: match_key(name) for pk, name in tags.items()}
    heard: defaultdict[str, set[str]] = defaultdict(set)
    for user, artist, *_ in _rows(folder / "user_artists.dat", 2):
        if artist in keys:
            heard[user].add(keys[artist])
    kept = _part(sorted(heard), part)
    tagged: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for _user, artist, tag, *_ in _rows(folder / "user_taggedartists.dat", 3):
        if artist in keys and tag in tag_keys:
            tagged[keys[artist]][tag_keys[tag]] += 1
    return Listens(
        _spelt(artists, keys), _spelt(tags, tag_keys), {u: heard[u] for u in kept}, dict(tagged)
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


def _spelt(names: dict[str, str], keys: dict[str, str]) -> dict[str, str]:
    spelt: dict[str, str] = {}
    for pk, name in names.items():
        spelt.setdefault(keys[pk], name)
    return spelt


def _names(path: Path, longest: int) -> Iterator[tuple[str, str]]:
    for pk, name, *_ in _rows(path, 2):
        clean = clean_line(name)[:longest].strip()
        if clean and match_key(clean):
            yield pk, clean


def _rows(path: Path, least: int) -> Iterator[list[str]]:
    """Give the rows below the first; the tags of the original set are in Latin-1."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    for number, line in enumerate(text.split("\n")[1:], start=2):
        cells = line.rstrip("\r").split("\t")
        if len(cells) >= least:
            yield cells
        elif line.strip():
            raise UnreadableListens(
                gettext("{name}, line {number}: there should be {least} columns or more.").format(
                    name=path.name, number=number, least=least
                )
            )
