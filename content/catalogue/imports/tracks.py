"""One row of a catalogue file: what it must hold, and what makes it bad."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext

from content.catalogue.exceptions import InvalidValue
from content.catalogue.imports.reading import Row
from content.catalogue.names import match_key
from content.catalogue.values import (
    ARTIST_LENGTH,
    GENRE_LENGTH,
    TITLE_LENGTH,
    check_popularity,
    check_released,
    shown,
    tidy_name,
    tidy_text,
)

COLUMNS = {
    "artist": "artist",
    "title": "title",
    "album": "album",
    "released": "released",
    "popularity": "popularity",
    "genre": "broad_genre",
    "genres": "genres",
    "track_artist": "artist",
    "track_name": "title",
    "track_album_name": "album",
    "track_album_release_date": "released",
    "track_popularity": "popularity",
    "playlist_genre": "broad_genre",
    "artist_microgenres": "microgenres",
}
# Python's parser needs memory for what it reads; no artist has so many genres
LIST_LENGTH = 20_000


@dataclass(frozen=True)
class TrackRow:
    """A good row; ``genres`` are the artist's, ``broad_genre`` is the track's, both as written."""

    line: int
    artist: str
    artist_key: str
    title: str
    key: str
    album: str
    released: str
    popularity: int | None
    broad_genre: str
    genres: tuple[str, ...]

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.artist_key, self.key, self.album

    @property
    def facts(self) -> tuple[str, int | None]:
        return self.released, self.popularity


def read_track(row: Row) -> TrackRow:
    """Check a row; CatalogueError says what is wrong with it."""
    cell = row.cells.get
    artist = tidy_name(cell("artist", ""), max_length=ARTIST_LENGTH, what="artist")
    title = tidy_name(cell("title", ""), max_length=TITLE_LENGTH, what="title")
    return TrackRow(
        line=row.line,
        artist=artist,
        artist_key=match_key(artist),
        title=title,
        key=match_key(title),
        album=tidy_text(cell("album", ""), max_length=TITLE_LENGTH, what="album"),
        released=check_released(cell("released", "")),
        popularity=_popularity(cell("popularity", "").strip()),
        broad_genre=tidy_text(cell("broad_genre", ""), max_length=GENRE_LENGTH, what="genre"),
        genres=_genres(cell("microgenres", ""), cell("genres", "")),
    )


def _popularity(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise InvalidValue(
            gettext("The popularity is a whole number from 0 to 100, not {text}.").format(
                text=shown(text)
            )
        )
    return check_popularity(int(text))


def _genres(microgenres: str, genres: str) -> tuple[str, ...]:
    """Read ``['hip hop', 'trap']``; in the plainer column also ``hip hop|trap``."""
    microgenres, genres = microgenres.strip(), genres.strip()
    names = _listed(microgenres) if microgenres else []
    names += _listed(genres) if genres.startswith("[") else genres.split("|")
    tidied = (tidy_text(name, max_length=GENRE_LENGTH, what="genre") for name in names)
    return tuple(dict.fromkeys(name for name in tidied if name))


def _listed(text: str) -> list[str]:
    if len(text) > LIST_LENGTH:
        raise InvalidValue(
            gettext("The list of genres is too long: {number} characters.").format(number=len(text))
        )
    try:
        with warnings.catch_warnings():
            # a stray backslash in a name is no matter for whoever runs the import
            warnings.simplefilter("ignore")
            names = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidValue(
            gettext("{text} is not a list of names: write it as in ['hip hop', 'trap'].").format(
                text=shown(text)
            )
        )
    return names
