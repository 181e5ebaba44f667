from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from content.audit.models import AuditEntry
from content.catalogue.actions import add_artist, add_genre, settle_unresolved
from content.catalogue.exceptions import UnreadableFile
from content.catalogue.imports.catalogue import import_catalogue
from content.catalogue.models import Artist, ArtistGenre, Genre, Track, UnresolvedGenre

pytestmark = pytest.mark.django_db

MakeFile = Callable[..., Path]

HEADER = (
    "track_artist,track_name,track_album_name,track_album_release_date,"
    "playlist_genre,playlist_subgenre,track_popularity,artist_microgenres"
)
ROWS = [
    "Aya,One,First,2019-09-20,rap,trap,98,\"['atl hip hop', 'hip hop', 'trap', 'zydeco']\"",
    "Aya,Two,First,2019,rap,trap,,\"['hip hop', 'trap']\"",
    "Bo!,Three,,1999-05,rock,hard rock,0,[]",
    "BO,Four,,,pop,,5,[]",
]


@pytest.fixture(autouse=True)
def genres(db: None) -> dict[str, Genre]:
    return {name: add_genre(name=name) for name in ("hip hop", "trap", "rock", "pop")}


def shares(artist: str) -> dict[str, float]:
    rows = ArtistGenre.objects.filter(artist__name=artist)
    return dict(rows.values_list("genre__name", "weight"))


def test_rows_become_artists_and_tracks(make_file: MakeFile) -> None:
    report = import_catalogue(make_file("a.csv", HEADER, *ROWS))
    assert report.bad_rows == []
    assert report.numbers("artists") == (2, 0, 0)
    assert report.numbers("tracks") == (4, 0, 0)
    track = Track.objects.get(title="One")
    assert (track.artist.name, track.album, track.released, track.popularity) == (
        "Aya",
        "First",
        "2019-09-20",
        98,
    )


def test_names_that_are_spelt_alike_are_one_artist_by_the_first_spelling(
    make_file: MakeFile,
) -> None:
    import_catalogue(make_file("a.csv", HEADER, *ROWS))
    assert Artist.objects.get(key="bo").name == "Bo!"
    assert Artist.objects.get(key="bo").tracks.count() == 2


def test_micro_genres_give_the_shares(make_file: MakeFile) -> None:
    import_catalogue(make_file("a.csv", HEADER, *ROWS))
    assert shares("Aya") == {"hip hop": 0.6667, "trap": 0.3333}


def test_without_micro_genres_the_broad_genres_give_the_shares(make_file: MakeFile) -> None:
    import_catalogue(make_file("a.csv", HEADER, *ROWS))
    assert shares("Bo!") == {"rock": 0.5, "pop": 0.5}


def test_a_genre_that_nothing_explains_waits_with_its_example(make_file: MakeFile) -> None:
    report = import_catalogue(make_file("a.csv", HEADER, *ROWS))
    waiting = UnresolvedGenre.objects.get()
    assert (waiting.name, waiting.seen, waiting.example) == ("zydeco", 1, "Aya – One")
    assert "genre names new in the queue: 1" in report.lines()


def test_reading_the_file_again_changes_nothing(make_file: MakeFile) -> None:
    path = make_file("a.csv", HEADER, *ROWS)
    import_catalogue(path)

    def everything() -> list[object]:
        models = (Artist, ArtistGenre, Track, UnresolvedGenre, AuditEntry)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = everything()
    report = import_catalogue(path)
    assert report.numbers("artists") == (0, 0, 2)
    assert report.numbers("tracks") == (0, 0, 4)
    assert everything() == before


def test_a_dry_run_reports_the_same_and_keeps_nothing(make_file: MakeFile) -> None:
    path = make_file("a.csv", HEADER, *ROWS)
    dry = import_catalogue(path, dry_run=True)
    assert not Artist.objects.exists()
    assert not UnresolvedGenre.objects.exists()
    assert list(dry.lines()) == list(import_catalogue(path).lines())


def test_a_newer_file_changes_what_it_knows(make_file: MakeFile) -> None:
    import_catalogue(make_file("a.csv", HEADER, *ROWS))
    report = import_catalogue(
        make_file("b.csv", "artist,title,album,released,genres", "aya,two,First,2019-10-01,pop")
    )
    assert report.numbers("tracks") == (0, 1, 0)
    assert report.numbers("artists") == (0, 1, 0)
    assert Track.objects.get(title="Two").released == "2019-10-01"
    assert shares("Aya") == {"pop": 1.0}
    entry = AuditEntry.objects.filter(code="artist.changed").get()
    assert entry.before["genres"] == {"hip hop": 0.6667, "trap": 0.3333}


def test_a_file_without_genres_leaves_an_artists_genres(make_file: MakeFile) -> None:
    import_catalogue(make_file("a.csv", HEADER, *ROWS))
    import_catalogue(make_file("b.csv", "artist,title", "Aya,Five"))
    assert shares("Aya") == {"hip hop": 0.6667, "trap": 0.3333}


def test_a_settled_name_counts_at_once_as_it_does_in_the_next_reading(
    make_file: MakeFile, genres: dict[str, Genre]
) -> None:
    path = make_file("a.csv", HEADER, *ROWS)
    import_catalogue(path)
    waiting = UnresolvedGenre.objects.get()
    settle_unresolved(unresolved=waiting, genre=genres["pop"], actor=None)
    assert shares("Aya") == {"hip hop": 0.5, "trap": 0.25, "pop": 0.25}
    assert import_catalogue(path).numbers("artists") == (0, 0, 2)


def test_plainer_headers_and_genres_between_bars_will_do(make_file: MakeFile) -> None:
    import_catalogue(make_file("a.csv", "Title,Artist,genres", "One,Aya,Hip-Hop|Trap"))
    assert shares("Aya") == {"hip hop": 0.5, "trap": 0.5}


def test_an_artist_known_by_name_gets_the_tracks(make_file: MakeFile) -> None:
    known = add_artist(name="AYA")
    import_catalogue(make_file("a.csv", HEADER, *ROWS))
    assert known.tracks.count() == 2


def test_bad_rows_are_told_with_line_and_reason_and_the_good_are_kept(
    make_file: MakeFile,
) -> None:
    report = import_catalogue(
        make_file(
            "a.csv",
            HEADER,  # 1
            ",One,,,,,,",
            "Aya,,,,,,,",
            f"{'x' * 301},One,,,,,,",
            f"Aya,{'x' * 501},,,,,,",  # 5
            "Aya,One,,2019-13-40,,,,",
            "Aya,One,,soon,,,,",
            "Aya,One,,,,,101,",
            "Aya,One,,,,,-1,",
            "Aya,One,,,,,9.5,",  # 10
            "Aya,One,,,,,,hip hop",
            "Aya,One,,,,,,\"{'a': 1}\"",
            "Aya,One,,,,,,\"['a', 1]\"",
            "Aya,One,,,,,,\"[open('x')]\"",
            "Aya,One,,,,,,['a'",  # 15
            "Aya,One,,,,,," + "[" * 3000,
            "Aya,One,,,,,," + "[" * 30000,
            "Ay\x00a,One,,,,,,",
            "Aya,One",
            "Aya,One,,,,,,,x",  # 20
            f"Aya,{'x' * 140_000},,,,,,",
            "",
            ",,,,,,,",
            '"Aya","Two',
            'lines",,2020,,,,',  # 25
            "Aya,Two lines,,2021,,,,",
            "Aya,Two lines,,2020,,,,",
            "Aya,Last,,,,,,,,",
        )
    )
    found = {row.line: row.reason for row in report.bad_rows}
    assert found.keys() == {*range(2, 22), 26}
    for line, reason in {
        2: "artist is empty",
        3: "title is empty",
        4: "artist is too long: 301",
        5: "title is too long: 501",
        6: "not a day in the calendar",
        7: "not a date",
        8: "not 101",
        9: "not “-1”",
        11: "not a list",
        15: "not a list",
        17: "too long: 30000",
        18: "control character (U+0000)",
        19: "2 columns, but the first row names 8",
        20: "9 columns",
        21: "field larger",
        26: "on line 24 already",
    }.items():
        assert reason in found[line]
    assert sorted(Track.objects.values_list("title", flat=True)) == ["Last", "Two lines"]
    assert report.numbers("tracks") == (2, 0, 1)


def test_a_message_shows_no_signs_that_upset_a_terminal(make_file: MakeFile) -> None:
    report = import_catalogue(make_file("a.csv", "artist,title,released", "Aya,One,\x1b[31m"))
    assert report.bad_rows[0].reason.startswith("“\ufffd[31m” is not a date")


def test_missing_columns_are_told_with_what_was_found(make_file: MakeFile) -> None:
    with pytest.raises(UnreadableFile, match="no column title"):
        import_catalogue(make_file("a.csv", "artist,song", "Aya,One"))


def test_many_rows_cost_few_queries(
    make_file: MakeFile, django_assert_max_num_queries: Callable[..., object]
) -> None:
    rows = [f"Aya,Track {number},,,rock,,,[]" for number in range(300)]
    with django_assert_max_num_queries(25):  # type: ignore[attr-defined]
        import_catalogue(make_file("a.csv", HEADER, *rows))
