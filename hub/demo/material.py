"""What the demo is made of, read from ``data``: plain facts and texts, no rows yet."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import yaml

from content.catalogue.starter import starter_rows

DATA = Path(__file__).resolve().parent / "data"


@dataclasses.dataclass(frozen=True)
class GenreFacts:
    name: str
    about: str
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Record:
    """One track, and the album it is on (none: empty) with a sentence about it."""

    artist: str
    track: str
    album: str
    year: int
    note: str
    explicit: bool = False


@dataclasses.dataclass(frozen=True)
class ArtistFacts:
    name: str
    country: str
    about: str
    genres: tuple[str, ...]
    records: tuple[Record, ...]


@dataclasses.dataclass(frozen=True)
class SpokeFacts:
    """A spoke, and the voice of its desk."""

    genre: str
    name: str
    colour: str
    zone: str
    tagline: str
    # weekday (Monday 0) and wall time HH:MM, in ``zone``
    slots: tuple[tuple[int, str], ...]
    curator: dict[str, str]
    room: dict[str, str]
    sounds: list[str]
    moments: list[str]
    lessons: list[dict[str, str]]
    qa: list[dict[str, str]]
    rolls_up: bool = True


@dataclasses.dataclass(frozen=True)
class Authored:
    """A post written by hand."""

    kind: str
    desk: str
    title: str
    teaser: str
    body: str
    tags: tuple[str, ...]
    artists: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    # in percent, one for each genre; without any they are equal parts
    shares: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True)
class Material:
    genres: dict[str, GenreFacts]
    artists: dict[str, ArtistFacts]
    spokes: list[SpokeFacts]
    authored: list[Authored]
    texts: dict[str, dict[str, list[str]]]
    tags: list[dict[str, str]]
    people: list[dict[str, str]]
    unresolved: list[dict[str, str]]

    def home_of(self, artist: ArtistFacts) -> SpokeFacts:
        """Find the spoke that stands nearest above the artist's first genre."""
        by_genre = {spoke.genre: spoke for spoke in self.spokes}
        level = list(artist.genres[:1])
        while level:
            for name in level:
                if name in by_genre:
                    return by_genre[name]
            level = [parent for name in level for parent in self.genres[name].parents]
        raise LookupError(f"No spoke stands above {artist.name}.")

    def at_or_below(self, genre: str) -> set[str]:
        found = {genre}
        for facts in self.genres.values():  # parents come before their children
            if found.intersection(facts.parents):
                found.add(facts.name)
        return found


@functools.cache
def load_material() -> Material:
    genres = [GenreFacts(**_tuples(row, "parents", "aliases")) for row in starter_rows()]
    artists = [_artist(row) for name in ("artists_1", "artists_2") for row in _read(name)]
    spokes = [_spoke(row) for name in ("spokes_1", "spokes_2") for row in _read(name)]
    authored = [
        Authored(**_tuples(row, "tags", "artists", "genres", "shares")) for row in _read("authored")
    ]
    return Material(
        genres={row.name: row for row in genres},
        artists={row.name: row for row in artists},
        spokes=spokes,
        authored=authored,
        texts=_read("texts"),
        tags=_read("tags"),
        people=_read("people"),
        unresolved=_read("unresolved"),
    )


def _read(name: str) -> Any:
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


def _tuples(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: tuple(row[name]) for name in names if name in row}}


def _artist(row: dict[str, Any]) -> ArtistFacts:
    records = tuple(Record(artist=row["name"], **record) for record in row["records"])
    return ArtistFacts(**{**row, "genres": tuple(row["genres"]), "records": records})


def _spoke(row: dict[str, Any]) -> SpokeFacts:
    slots = tuple((weekday, wall_time) for weekday, wall_time in row["slots"])
    return SpokeFacts(**{**row, "slots": slots})
