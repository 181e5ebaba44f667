"""A name that is understood later counts for the artists of whom files had said it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from content.audit.models import AuditEntry
from content.catalogue.actions import (
    add_alias,
    add_genre,
    remove_alias,
    reopen_unresolved,
    set_artist_genres,
    settle_as_new,
    settle_unresolved,
)
from content.catalogue.imports.catalogue import import_catalogue
from content.catalogue.imports.genres import import_genres
from content.catalogue.models import (
    Artist,
    ArtistGenre,
    Genre,
    GenreAlias,
    GenreMention,
    UnresolvedGenre,
)
from content.catalogue.resolver import resolve_genre
from content.editorial.actions import write_post
from content.editorial.genres import merge_genres

pytestmark = pytest.mark.django_db

MakeFile = Callable[..., Path]

HEADER = "artist,title,genre,genres"
GOOD = {"title": "About somebody", "teaser": "In short.", "cta_url": "https://listen.example.org/1"}


@pytest.fixture(autouse=True)
def genres(db: None) -> dict[str, Genre]:
    return {name: add_genre(name=name) for name in ("zydeco", "trap", "rock")}


def waiting(name: str) -> UnresolvedGenre:
    return UnresolvedGenre.objects.waiting().get(name=name)


def plays(name: str) -> dict[str, float]:
    rows = ArtistGenre.objects.filter(artist__name=name)
    return dict(rows.values_list("genre__name", "weight"))


def test_settling_gives_the_genre_by_the_weight_that_files_gave_the_name(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Aya,One,rock,trap|swamp boogie", "Bo,Two,rock,"))
    settle_unresolved(unresolved=waiting("swamp boogie"), genre=genres["zydeco"], actor=editor)
    assert plays("Aya") == {"trap": 0.5, "zydeco": 0.5}
    assert plays("Bo") == {"rock": 1.0}


def test_what_is_said_of_an_artist_counts_before_what_is_said_of_the_tracks(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    rows = ["Aya,One,rock,swamp boogie", "Aya,Two,rock,"]
    import_catalogue(make_file("a.csv", HEADER, *rows))
    assert plays("Aya") == {"rock": 1.0}
    name = waiting("swamp boogie")
    settle_unresolved(unresolved=name, genre=genres["zydeco"], actor=editor)
    assert plays("Aya") == {"zydeco": 1.0}
    reopen_unresolved(unresolved=name, actor=editor)
    assert plays("Aya") == {"rock": 1.0}


def test_taking_it_back_takes_back_all_even_after_the_file_was_read_again(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    path = make_file("a.csv", HEADER, "Aya,One,rock,trap|swamp boogie", "Bo,Two,,swamp boogie")
    import_catalogue(path)
    name = waiting("swamp boogie")
    settle_unresolved(unresolved=name, genre=genres["zydeco"], actor=editor)
    import_catalogue(path)
    assert (plays("Aya"), plays("Bo")) == ({"trap": 0.5, "zydeco": 0.5}, {"zydeco": 1.0})
    reopen_unresolved(unresolved=name, actor=editor)
    assert (plays("Aya"), plays("Bo")) == ({"trap": 1.0}, {})
    assert import_catalogue(path).numbers("artists") == (0, 0, 2)


def test_what_a_person_says_an_artist_plays_stands(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Aya,One,rock,swamp boogie", "Bo,Two,,boogie woo"))
    aya = Artist.objects.get(name="Aya")
    set_artist_genres(artist=aya, genres=[(genres["trap"], 0.7)], actor=editor)
    name = waiting("swamp boogie")
    settle_unresolved(unresolved=name, genre=genres["zydeco"], actor=editor)
    assert plays("Aya") == {"trap": 0.7}
    reopen_unresolved(unresolved=name, actor=editor)
    assert plays("Aya") == {"trap": 0.7}


def test_a_file_of_unknown_names_does_not_touch_what_a_person_said_either(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    artist = Artist.objects.create(name="Aya", key="aya", slug="aya")
    set_artist_genres(artist=artist, genres=[genres["trap"]], actor=editor)
    import_catalogue(make_file("a.csv", HEADER, "Aya,One,,swamp boogie"))
    settle_unresolved(unresolved=waiting("swamp boogie"), genre=genres["zydeco"], actor=editor)
    assert plays("Aya") == {"trap": 1.0}


def test_a_file_of_unknown_names_adds_to_what_an_earlier_one_said(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Aya,One,,trap"))
    import_catalogue(make_file("b.csv", HEADER, "Aya,Two,,swamp boogie"))
    name = waiting("swamp boogie")
    settle_unresolved(unresolved=name, genre=genres["zydeco"], actor=editor)
    assert plays("Aya") == {"trap": 0.5, "zydeco": 0.5}
    reopen_unresolved(unresolved=name, actor=editor)
    assert plays("Aya") == {"trap": 1.0}


def test_posts_about_the_artists_and_their_tracks_follow_there_and_back(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Aya,One,,trap|swamp boogie"))
    aya = Artist.objects.get(name="Aya")
    of_artist = write_post(actor=editor, fields={**GOOD, "artists": [aya]})
    of_track = write_post(actor=editor, fields={**GOOD, "tracks": list(aya.tracks.all())})
    picked = write_post(actor=editor, fields={**GOOD, "artists": [aya], "genres": [genres["rock"]]})
    name = waiting("swamp boogie")
    settle_unresolved(unresolved=name, genre=genres["zydeco"], actor=editor)
    assert _shares(of_artist) == _shares(of_track) == {"trap": 0.5, "zydeco": 0.5}
    assert _shares(picked) == {"rock": 1.0}
    reopen_unresolved(unresolved=name, actor=editor)
    assert _shares(of_artist) == _shares(of_track) == {"trap": 1.0}


def _shares(post) -> dict[str, float]:
    return dict(post.post_genres.values_list("genre__name", "share"))


def test_the_history_of_genre_and_artist_says_so(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Aya,One,,trap|swamp boogie"))
    name = waiting("swamp boogie")
    settle_unresolved(unresolved=name, genre=genres["zydeco"], actor=editor)
    settled = AuditEntry.objects.get(code="genre.unresolved_settled")
    assert settled.after["artists"] == 1
    told = AuditEntry.objects.about(Artist.objects.get(name="Aya")).get(code="artist.genres_set")
    assert (told.actor, told.summary) == (editor, "“swamp boogie” means zydeco")
    assert told.before == {"genres": {"trap": 1.0}}
    assert told.after == {"genres": {"trap": 0.5, "zydeco": 0.5}}
    reopen_unresolved(unresolved=name, actor=editor)
    assert AuditEntry.objects.get(code="genre.alias_removed").before["artists"] == 1


def test_a_name_that_becomes_known_by_another_way_counts_too(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    rows = ["Aya,One,,swamp boogie", "Bo,Two,,boogie woo", "Cy,Three,,quux", "Di,Four,,quuux"]
    import_catalogue(make_file("a.csv", HEADER, *rows))
    add_alias(genre=genres["zydeco"], name="Swamp-Boogie", actor=editor)
    settle_as_new(unresolved=waiting("boogie woo"), parents=[genres["rock"]], actor=editor)
    import_genres(make_file("tree.csv", "name,parent,aliases", "quux,rock,quuux"))
    assert plays("Aya") == {"zydeco": 1.0}
    assert plays("Bo") == {"boogie woo": 1.0}
    assert plays("Cy") == plays("Di") == {"quux": 1.0}
    assert not UnresolvedGenre.objects.waiting().exists()


def test_an_alias_given_again_counts_again(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Aya,One,,swamp boogie"))
    add_alias(genre=genres["zydeco"], name="swamp boogie", actor=editor)
    remove_alias(alias=GenreAlias.objects.get(), actor=editor)
    assert plays("Aya") == {}
    add_alias(genre=genres["rock"], name="swamp boogie", actor=editor)
    assert plays("Aya") == {"rock": 1.0}


def test_mentions_follow_a_merge_and_are_taken_back_from_what_was_merged_into(
    make_file: MakeFile, genres: dict[str, Genre], editor: User
) -> None:
    import_catalogue(make_file("a.csv", HEADER, "Aya,One,,trap|swamp boogie"))
    name = waiting("swamp boogie")
    settle_unresolved(unresolved=name, genre=genres["zydeco"], actor=editor)
    merge_genres(genre=genres["zydeco"], into=genres["rock"], actor=editor)
    assert plays("Aya") == {"trap": 0.5, "rock": 0.5}
    reopen_unresolved(unresolved=name, actor=editor)
    assert plays("Aya") == {"trap": 1.0}


def test_artists_without_number_follow_in_queries_that_grow_by_the_hundred(
    genres: dict[str, Genre], editor: User, django_assert_max_num_queries
) -> None:
    number = 1_200
    artists = Artist.objects.bulk_create(
        Artist(name=f"A{place}", key=f"a{place}", slug=f"a{place}") for place in range(number)
    )
    GenreMention.objects.bulk_create(
        [GenreMention(artist=artist, key="swampboogie") for artist in artists]
        + [GenreMention(artist=artist, key="trap", genre=genres["trap"]) for artist in artists]
    )
    ArtistGenre.objects.bulk_create(
        ArtistGenre(artist=artist, genre=genres["trap"]) for artist in artists
    )
    assert resolve_genre("swamp boogie") is None
    name = waiting("swamp boogie")
    with django_assert_max_num_queries(120):
        settle_unresolved(unresolved=name, genre=genres["zydeco"], actor=editor)
    assert ArtistGenre.objects.filter(genre=genres["zydeco"], weight=0.5).count() == number
    with django_assert_max_num_queries(120):
        reopen_unresolved(unresolved=name, actor=editor)
    assert ArtistGenre.objects.filter(weight=1.0).count() == number == ArtistGenre.objects.count()
