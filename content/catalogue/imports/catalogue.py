"""Import artists, their genres and their tracks from a CSV of tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.artist_names import find_bearers
from content.catalogue.closure import FEW, chunks
from content.catalogue.exceptions import CatalogueError
from content.catalogue.followers import tell_followers
from content.catalogue.imports.reading import Progress, Row, read_csv, read_text
from content.catalogue.imports.report import Change, Report
from content.catalogue.imports.tracks import COLUMNS, TrackRow, read_track
from content.catalogue.mentions import Shares, keep_mentions, shares_of
from content.catalogue.models import Artist, ArtistGenre, Genre, GenreMention, Track
from content.catalogue.names import free_slug
from content.catalogue.resolver import Resolver
from content.catalogue.unresolved import queue_key
from content.catalogue.values import shown

# a track of the database or the file: its artist's key, its own key, its album
TrackKey = tuple[str, str, str]


@dataclass
class Done:
    """What became of one artist, for the audit."""

    new: bool = False
    tracks_added: int = 0
    tracks_changed: int = 0
    before: Shares = field(default_factory=dict)
    after: Shares = field(default_factory=dict)

    @property
    def change(self) -> Change:
        if self.new:
            return "added"
        return "unchanged" if self.before == self.after else "changed"


def import_catalogue(
    path: Path,
    *,
    dry_run: bool = False,
    progress: Progress[Any] = iter,
    actor: AbstractBaseUser | None = None,
    now: datetime | None = None,
) -> Report:
    """Bring artists, genres of artists, and tracks to what the file says; leave others alone.

    UnreadableFile when nothing can be read; ``dry_run`` gives the same report and keeps nothing.
    """
    report = Report(("artists", "tracks"))
    rows = _read(path, report, progress)
    with transaction.atomic():
        known = _find(rows)
        _write(_once(rows, known, report), known, report, actor, now or timezone.now())
        if dry_run:
            transaction.set_rollback(True)
    return report


def _read(path: Path, report: Report, progress: Progress[Row]) -> list[TrackRow]:
    table = read_csv(read_text(path), columns=COLUMNS, required=("artist", "title"), report=report)
    rows = []
    for row in progress(table):
        try:
            rows.append(read_track(row))
        except CatalogueError as error:
            report.bad(row.line, str(error))
    return rows


def _find(rows: Sequence[TrackRow]) -> dict[str, Artist]:
    """Give the artists that the file's names mean, by the key of each name."""
    bearers = find_bearers({row.artist_key for row in rows})
    artists: dict[int, Artist] = {}
    for some in chunks(sorted({ids[0] for ids in bearers.values()}), FEW):
        artists |= Artist.objects.in_bulk(some)
    return {key: artists[ids[0]] for key, ids in bearers.items()}


def _once(rows: Sequence[TrackRow], known: Mapping[str, Artist], report: Report) -> list[TrackRow]:
    """Put what goes by several names of one artist under the first of these; each track once."""
    names: dict[int, str] = {}
    first: dict[TrackKey, TrackRow] = {}
    kept = []
    for row in rows:
        artist = known.get(row.artist_key)
        name = names.setdefault(artist.pk, row.artist_key) if artist else row.artist_key
        track = row if name == row.artist_key else replace(row, artist_key=name)
        before = first.setdefault(track.identity, track)
        if before.facts == track.facts:
            kept.append(track)
        else:
            report.bad(
                row.line,
                f"{shown(track.title)} is on line {before.line} already, with another date or "
                "popularity; that line counts.",
            )
    return kept


def _write(
    rows: Sequence[TrackRow],
    known: Mapping[str, Artist],
    report: Report,
    actor: AbstractBaseUser | None,
    now: datetime,
) -> None:
    by_artist: dict[str, list[TrackRow]] = defaultdict(list)
    for row in rows:
        by_artist[row.artist_key].append(row)
    resolver = Resolver.load()
    artists, new = _find_or_create(by_artist, known)
    done = {key: Done(new=key in new) for key in by_artist}
    _write_genres(by_artist, artists, done, resolver)
    _write_tracks(rows, artists, done, report)
    waiting = resolver.save_misses(now=now)
    report.remarks.append(
        gettext("genre names new in the queue: {waiting}").format(waiting=waiting)
    )
    genre_names = {genre.pk: genre.name for genre in resolver.genres.values()}
    for key, artist in artists.items():
        report.count("artists", done[key].change)
        _record(artist, done[key], genre_names, actor)


def _find_or_create(
    by_artist: Mapping[str, Sequence[TrackRow]], known: Mapping[str, Artist]
) -> tuple[dict[str, Artist], set[str]]:
    """Give the artists by key, the oldest of a name, and the keys of those that are new."""
    found = {key: known[key] for key in by_artist if key in known}
    slugs = set(Artist.objects.values_list("slug", flat=True))
    new = {}
    for key, rows in by_artist.items():
        if key not in found:
            slug = free_slug(rows[0].artist, slugs)
            slugs.add(slug)
            new[key] = Artist(name=rows[0].artist, key=key, slug=slug)
    Artist.objects.bulk_create(new.values())
    return found | new, set(new)


def _write_genres(
    by_artist: Mapping[str, Sequence[TrackRow]],
    artists: Mapping[str, Artist],
    done: Mapping[str, Done],
    resolver: Resolver,
) -> None:
    """Write the shares of those artists whose shares differ; a file without genres says nothing."""
    held: dict[int, Shares] = defaultdict(dict)
    for row in ArtistGenre.objects.iterator():
        held[row.artist_id][row.genre_id] = row.weight
    changed = []
    said = {}
    for key, artist in artists.items():
        mentions = said[artist.pk] = _mentions(artist, by_artist[key], resolver)
        done[key].before = held[artist.pk]
        done[key].after = shares_of(mentions) or held[artist.pk]
        if done[key].after != done[key].before:
            changed.append(key)
    keep_mentions(said, held={artist for artist, shares in held.items() if shares})
    for some in chunks([artists[key].pk for key in changed], FEW):
        ArtistGenre.objects.filter(artist__in=some).delete()
    ArtistGenre.objects.bulk_create(
        ArtistGenre(artist=artists[key], genre_id=genre, weight=weight)
        for key in changed
        for genre, weight in done[key].after.items()
    )
    tell_followers([artists[key].pk for key in changed])


def _mentions(artist: Artist, rows: Sequence[TrackRow], resolver: Resolver) -> list[GenreMention]:
    """Read what the file says of an artist: each micro-genre once, each track's broad genre."""
    example = f"{rows[0].artist} – {rows[0].title}"
    micro = dict.fromkeys(name for row in rows for name in row.genres)
    said = _said(artist, [(name, resolver.resolve(name, example=example)) for name in micro])
    # broad ones count where nothing else is known, and wait for nobody otherwise
    broad = resolver.find if shares_of(said) else partial(resolver.resolve, example=example)
    return said + _said(
        artist, [(row.broad_genre, broad(row.broad_genre)) for row in rows], broad=True
    )


def _said(
    artist: Artist, names: Iterable[tuple[str, Genre | None]], *, broad: bool = False
) -> list[GenreMention]:
    found: dict[str, GenreMention] = {}
    for name, genre in names:
        key = queue_key(name)
        if key in found:
            found[key].times += 1
        elif key:
            found[key] = GenreMention(artist=artist, key=key, broad=broad, genre=genre)
    return list(found.values())


def _write_tracks(
    rows: Sequence[TrackRow],
    artists: Mapping[str, Artist],
    done: Mapping[str, Done],
    report: Report,
) -> None:
    keys = {artist.pk: key for key, artist in artists.items()}
    tracks: dict[TrackKey, Track] = {
        (keys[track.artist_id], track.key, track.album): track
        for track in Track.objects.iterator()
        if track.artist_id in keys
    }
    new, changed = [], []
    for row in rows:
        track = tracks.get(row.identity)
        if track is None:
            track = tracks[row.identity] = _new_track(row, artists[row.artist_key])
            new.append(track)
            done[row.artist_key].tracks_added += 1
        elif _update(track, row):
            changed.append(track)
            done[row.artist_key].tracks_changed += 1
    Track.objects.bulk_create(new)
    Track.objects.bulk_update(changed, ["released", "popularity"], batch_size=FEW)
    report.count("tracks", "added", len(new))
    report.count("tracks", "changed", len(changed))
    report.count("tracks", "unchanged", len(rows) - len(new) - len(changed))


def _new_track(row: TrackRow, artist: Artist) -> Track:
    return Track(
        artist=artist,
        title=row.title,
        key=row.key,
        album=row.album,
        released=row.released,
        popularity=row.popularity,
    )


def _update(track: Track, row: TrackRow) -> bool:
    """Take over what the row knows; say whether that changed anything."""
    before = track.released, track.popularity
    track.released = row.released or track.released
    track.popularity = track.popularity if row.popularity is None else row.popularity
    return before != (track.released, track.popularity)


def _record(
    artist: Artist, done: Done, names: Mapping[int, str], actor: AbstractBaseUser | None
) -> None:
    if not (done.new or done.tracks_added or done.tracks_changed or done.before != done.after):
        return
    record(
        code="artist.added" if done.new else "artist.changed",
        subject=artist,
        actor=actor,
        summary=gettext("{name}, from a file").format(name=artist.name),
        before={"genres": {names[pk]: share for pk, share in done.before.items()}},
        after={
            "genres": {names[pk]: share for pk, share in done.after.items()},
            "tracks_added": done.tracks_added,
            "tracks_changed": done.tracks_changed,
        },
    )
