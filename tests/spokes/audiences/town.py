"""A small town of listeners, as a data set has it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

TASTES = {"hip hop": ("rap", "lyrics"), "country": ("nashville", "steel guitar")}
USERS, ARTISTS, HEARD = 24, 60, 12


def write_town(folder: Path) -> Path:
    """Write a town of two tastes: each artist is of one, and each listener hears one."""
    chance = random.Random(7)
    names = {pk: f"Artist {pk}" for pk in range(1, ARTISTS + 1)}
    kinds = list(TASTES)
    words = [word for kind in kinds for word in (kind, *TASTES[kind])]
    tags = {word: number for number, word in enumerate(words, 1)}
    heard, tagged = [], []
    for user in range(USERS):
        own = [pk for pk in names if pk % 2 == user % 2]
        heard += [(user, pk, chance.randint(1, 99)) for pk in chance.sample(own, HEARD)]
    for pk in names:
        kind = kinds[pk % 2]
        tagged += [(1, pk, tags[word], 1, 1, 2010) for word in (kind, *TASTES[kind])]
    _table(folder / "artists.dat", ("id", "name"), names.items())
    _table(folder / "tags.dat", ("tagID", "tagValue"), [(n, word) for word, n in tags.items()])
    _table(folder / "user_artists.dat", ("userID", "artistID", "weight"), heard)
    head = ("userID", "artistID", "tagID", "day", "month", "year")
    _table(folder / "user_taggedartists.dat", head, tagged)
    return folder


def _table(path: Path, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    path.write_text("\n".join("\t".join(map(str, row)) for row in (head, *rows)) + "\n")
