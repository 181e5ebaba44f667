"""Two artists that are one: all that pointed at the one points at the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from content.audit.models import AuditEntry
from content.catalogue.actions import (
    add_artist,
    add_genre,
    add_track,
    set_artist_genres,
    settle_unresolved,
)
from content.catalogue.artist_names import add_artist_alias, find_bearers, remove_artist_alias
from content.catalogue.artists import merge_artists
from content.catalogue.exceptions import ArtistRefused, NameTaken
from content.catalogue.former import find_merged_artists, find_moved
from content.catalogue.imports.catalogue import import_catalogue
from content.catalogue.models import Artist, ArtistAlias, Genre, Track, UnresolvedGenre
from content.editorial.actions import restore_revision, write_post

pytestmark = pytest.mark.django_db

MakeFile = Callable[..., Path]
GOOD = {"title": "About somebody", "teaser": "In short.", "cta_url": "https://listen.example.org/1"}
HEADER = "artist,title,album,genre,genres"


@pytest.fixture
def genres() -> dict[str, Genre]:
    return {name: add_genre(name=name) for name in ("Rock", "Trap", "Jazz")}


def plays(artist: Artist) -> dict[str, float]:
    return dict(artist.artist_genres.values_list("genre__name", "weight"))


def shares(post) -> dict[str, float]:
    return {
        name: pytest.approx(share, abs=1e-4)
        for name, share in post.post_genres.values_list("genre__name", "share")
    }


# --- what follows -------------------------------------------------------------------------------


def test_posts_and_tracks_of_both_are_of_the_one_that_stays(editor) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    song, own = add_track(artist=old, title="Song"), add_track(artist=new, title="Own")
    one = write_post(actor=editor, fields={**GOOD, "artists": [old], "tracks": [song]})
    both = write_post(actor=editor, fields={**GOOD, "artists": [old, new]})
    assert merge_artists(artist=old, into=new, actor=editor) == new
    assert not Artist.objects.filter(pk=old.pk).exists()
    assert set(new.tracks.all()) == {song, own}
    assert [list(post.artists.all()) for post in (one, both)] == [[new], [new]]
    assert list(one.tracks.all()) == [song]


def test_a_track_of_both_is_one_that_keeps_its_posts_and_what_is_known_of_either(editor) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    gone = add_track(
        artist=old, title="Song", album="First", released="2019", explicit=True, popularity=7
    )
    stays = add_track(artist=new, title="SONG", album="First", popularity=5)
    other = add_track(artist=old, title="Song", album="Second")
    named = write_post(actor=editor, fields={**GOOD, "tracks": [gone]})
    twice = write_post(actor=editor, fields={**GOOD, "tracks": [gone, stays]})
    merge_artists(artist=old, into=new, actor=editor)
    assert set(new.tracks.all()) == {stays, other}
    assert [list(post.tracks.all()) for post in (named, twice)] == [[stays], [stays]]
    stays.refresh_from_db()
    assert (stays.title, stays.released, stays.popularity, stays.explicit) == (
        "SONG",
        "2019",
        5,
        True,
    )


def test_posts_take_what_both_play_in_the_same_step(editor, genres) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    set_artist_genres(artist=old, genres=[(genres["Trap"], 1.0)])
    set_artist_genres(artist=new, genres=[(genres["Rock"], 0.6), (genres["Trap"], 0.2)])
    of_old = write_post(actor=editor, fields={**GOOD, "artists": [old]})
    of_new = write_post(actor=editor, fields={**GOOD, "artists": [new]})
    picked = write_post(actor=editor, fields={**GOOD, "artists": [old], "genres": [genres["Jazz"]]})
    merge_artists(artist=old, into=new, actor=editor)
    assert plays(new) == {"Rock": 0.375, "Trap": 0.625}
    assert shares(of_old) == {"Rock": 0.375, "Trap": 0.625} == shares(of_new)
    assert shares(picked) == {"Jazz": 1.0}


def test_what_is_known_of_one_alone_is_kept_and_what_the_other_says_stands(editor) -> None:
    old = add_artist(name="Ayah", country="gb", about="From Leeds.", link="https://ayah.example")
    new = add_artist(name="Aya", about="A singer.")
    merge_artists(artist=old, into=new, actor=editor)
    new.refresh_from_db()
    assert (new.name, new.country, new.about, new.link) == (
        "Aya",
        "GB",
        "A singer.",
        "https://ayah.example",
    )


def test_a_revision_comes_back_with_the_one_that_stays(editor) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    post = write_post(actor=editor, fields={**GOOD, "artists": [old, new]})
    post = write_post(actor=editor, fields={"artists": []}, post=post)
    merge_artists(artist=old, into=new, actor=editor)
    assert restore_revision(post=post, number=1, actor=editor) == []
    assert list(post.artists.all()) == [new]


def test_the_merge_is_in_the_history_with_all_that_moved(editor, genres) -> None:
    old, new = add_artist(name="Ayah", genres=[genres["Trap"]]), add_artist(name="Aya")
    add_track(artist=old, title="Song")
    write_post(actor=editor, fields={**GOOD, "artists": [old]})
    merge_artists(artist=old, into=new, actor=editor)
    entry = AuditEntry.objects.get(code="artist.merged")
    assert (entry.subject_id, entry.actor) == (str(new.pk), editor)
    assert entry.before == {
        "name": "Ayah",
        "slug": "ayah",
        "genres": {"Trap": 1.0},
        "genres_there": {},
    }
    assert entry.after["genres"] == {"Trap": 1.0}
    assert entry.after["moved"] == {"catalogue.track": 1, "editorial.post": 1}


# --- names and addresses ------------------------------------------------------------------------


def test_the_name_and_the_aliases_become_aliases_and_the_addresses_lead_on(editor) -> None:
    first, old, new = (add_artist(name=name) for name in ("Ayaah", "Ayah", "Aya"))
    add_artist_alias(artist=old, name="DJ Ayah")
    merge_artists(artist=first, into=old, actor=editor)
    merge_artists(artist=old, into=new, actor=editor)
    assert {alias.name for alias in new.aliases.all()} == {"Ayaah", "Ayah", "DJ Ayah"}
    assert [find_moved(kind="artist", slug=slug) for slug in ("ayaah", "ayah")] == ["aya", "aya"]
    assert find_merged_artists([first.pk, old.pk, new.pk]) == {first.pk: new.pk, old.pk: new.pk}
    assert [list(Artist.objects.search(text)) for text in ("ayaah", "dj a")] == [[new], [new]]


def test_a_name_spelt_alike_becomes_no_alias(editor) -> None:
    old, new = add_artist(name="Aya!"), add_artist(name="AYA")
    add_artist_alias(artist=old, name="Ayah"), add_artist_alias(artist=new, name="AYAH")
    merge_artists(artist=old, into=new, actor=editor)
    assert [alias.name for alias in new.aliases.all()] == ["AYAH"]


def test_an_artist_has_no_alias_that_is_its_name_and_loses_one_as_told(editor) -> None:
    artist = add_artist(name="Aya")
    with pytest.raises(NameTaken, match="the name of the artist itself"):
        add_artist_alias(artist=artist, name="AYA!")
    alias = add_artist_alias(artist=artist, name="Ayah")
    assert add_artist_alias(artist=artist, name="ayah") == alias
    remove_artist_alias(alias=alias)
    assert not ArtistAlias.objects.exists()
    codes = AuditEntry.objects.filter(code__startswith="artist.alias").order_by("pk")
    assert [entry.code for entry in codes] == ["artist.alias_added", "artist.alias_removed"]


# --- files --------------------------------------------------------------------------------------


def test_the_next_import_means_the_one_that_stays(make_file: MakeFile, editor, genres) -> None:
    rows = (HEADER, "Ayah,One,First,rap,trap", "Aya,One,First,rap,rock", "Aya,Two,First,rap,rock")
    path = make_file("a.csv", *rows)
    import_catalogue(path)
    old, new = Artist.objects.get(name="Ayah"), Artist.objects.get(name="Aya")
    merge_artists(artist=old, into=new, actor=editor)
    before = plays(new)
    report = import_catalogue(path)
    assert list(Artist.objects.all()) == [new]
    assert (report.numbers("artists"), report.numbers("tracks")) == ((0, 0, 1), (0, 0, 3))
    assert {track.title for track in Track.objects.all()} == {"One", "Two"}
    assert plays(new) == before == {"Trap": 0.5, "Rock": 0.5}


def test_a_track_under_both_names_with_other_facts_is_told_of(
    make_file: MakeFile, editor, genres
) -> None:
    merge_artists(artist=add_artist(name="Ayah"), into=add_artist(name="Aya"), actor=editor)
    rows = ("artist,title,released", "Ayah,One,2019", "Aya,One,2020")
    report = import_catalogue(make_file("a.csv", *rows))
    assert [row.line for row in report.bad_rows] == [3]
    assert Track.objects.get().released == "2019"


def test_a_name_means_who_bore_it_first_through_a_merge(make_file: MakeFile, editor) -> None:
    first, second, new = (add_artist(name=name) for name in ("Aya", "Aya", "Ayah"))
    merge_artists(artist=first, into=new, actor=editor)
    assert find_bearers(["aya"]) == {"aya": [new.pk, second.pk]}
    import_catalogue(make_file("a.csv", "artist,title", "Aya,One"))
    assert Track.objects.get().artist == new


def test_without_the_alias_a_file_makes_the_artist_again(make_file: MakeFile, editor) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    merge_artists(artist=old, into=new, actor=editor)
    remove_artist_alias(alias=new.aliases.get())
    import_catalogue(make_file("a.csv", "artist,title", "Ayah,One"))
    assert Artist.objects.filter(name="Ayah").exists()


# --- what both play -----------------------------------------------------------------------------


def test_what_files_say_of_both_is_counted_together(make_file: MakeFile, editor, genres) -> None:
    rows = ("Ayah,One,,rap,trap", "Ayah,Two,,rap,jazz", "Aya,Three,,rap,trap", "Bo,Four,,rock,")
    import_catalogue(make_file("a.csv", HEADER, *rows))
    old, new = Artist.objects.get(name="Ayah"), Artist.objects.get(name="Aya")
    merge_artists(artist=old, into=new, actor=editor)
    # as a file says it that knows them by one name: each name of a genre once
    assert plays(new) == {"Trap": 0.5, "Jazz": 0.5}
    assert new.genre_mentions.filter(broad=True).get().times == 3


def test_what_a_person_says_stands_before_what_files_say(
    make_file: MakeFile, editor, genres
) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Ayah,One,,rap,trap", "Bo,Two,,rap,jazz"))
    old, bo = Artist.objects.get(name="Ayah"), Artist.objects.get(name="Bo")
    new = add_artist(name="Aya", genres=[genres["Rock"]])
    merge_artists(artist=old, into=new, actor=editor)
    assert plays(new) == {"Rock": 1.0}
    merge_artists(artist=new, into=bo, actor=editor)
    assert plays(bo) == {"Rock": 1.0}
    assert not bo.genre_mentions.exists()


def test_what_is_known_of_one_alone_is_what_both_play(editor, genres) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    set_artist_genres(artist=old, genres=[(genres["Rock"], 0.7)])
    merge_artists(artist=old, into=new, actor=editor)
    assert plays(new) == {"Rock": 0.7}


def test_a_name_that_waits_reaches_the_one_that_stays(make_file: MakeFile, editor, genres) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Ayah,One,,,xyzzy", "Aya,Two,,,trap"))
    old, new = Artist.objects.get(name="Ayah"), Artist.objects.get(name="Aya")
    merge_artists(artist=old, into=new, actor=editor)
    settle_unresolved(
        unresolved=UnresolvedGenre.objects.get(name="xyzzy"), genre=genres["Jazz"], actor=editor
    )
    assert plays(new) == {"Trap": 0.5, "Jazz": 0.5}


# --- refusals -----------------------------------------------------------------------------------


def test_an_artist_is_not_merged_into_itself(editor) -> None:
    artist = add_artist(name="Aya")
    with pytest.raises(ArtistRefused, match="“Aya” can't be merged into itself"):
        merge_artists(artist=artist, into=Artist.objects.get(), actor=editor)


@pytest.mark.parametrize("place", ["artist", "into"])
def test_an_artist_that_is_gone_or_not_saved_is_named(place: str, editor) -> None:
    stays = add_artist(name="Aya")
    gone = add_artist(name="Gone")
    Artist.objects.filter(pk=gone.pk).delete()
    for missing, said in ((gone, "“Gone” is not here any more"), (Artist(name="New"), "not saved")):
        pair = {"artist": stays, "into": stays, place: missing}
        with pytest.raises(ArtistRefused, match=said):
            merge_artists(**pair, actor=editor)
    assert list(Artist.objects.all()) == [stays]


@pytest.mark.parametrize("place", [0, 1])
def test_changes_that_are_not_saved_are_not_lost(place: int, editor) -> None:
    pair = [add_artist(name="Ayah"), add_artist(name="Aya")]
    pair[place].country = "GB"
    with pytest.raises(ArtistRefused, match="has changes that are not saved"):
        merge_artists(artist=pair[0], into=pair[1], actor=editor)
    assert Artist.objects.count() == 2
    pair[place].save(update_fields=["country"])
    merge_artists(artist=pair[0], into=pair[1], actor=editor)
    assert Artist.objects.get().country == "GB"


# --- size ---------------------------------------------------------------------------------------


def test_merging_takes_as_many_queries_for_thirty_posts_and_tracks_as_for_three(
    editor, genres
) -> None:
    counted = []
    for number in (3, 30):
        old, new = add_artist(name=f"Old {number}"), add_artist(name=f"New {number}")
        for place in range(number):
            track = add_track(artist=old, title=f"Song {place}")
            add_track(artist=new, title=f"Own {place}")
            fields = {**GOOD, "artists": [old, new], "tracks": [track]}
            write_post(actor=editor, fields=fields)
        with CaptureQueriesContext(connection) as queries:
            merge_artists(artist=old, into=new, actor=editor)
        counted.append(len(queries))
        assert new.posts.count() == number
    assert counted[0] == counted[1]
