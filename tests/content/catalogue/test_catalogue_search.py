from __future__ import annotations

import pytest

from content.catalogue.actions import add_artist, add_genre
from content.catalogue.models import Artist, Genre

pytestmark = pytest.mark.django_db


def test_a_genre_is_found_by_name_key_and_alias() -> None:
    genre = add_genre(name="Hip-Hop", aliases=["boom bap"])
    for text in ("hip-hop", "hiphop", "IP H", "boombap", "Boom", "m ba"):
        assert list(Genre.objects.search(text)) == [genre]


def test_the_same_name_comes_first_then_those_that_start_with_the_text() -> None:
    names = ["rock", "rock and roll", "rockabilly", "art rock"]
    for name in reversed(names):
        add_genre(name=name)
    assert [genre.name for genre in Genre.objects.search("Rock")] == names


def test_a_genre_with_two_fitting_aliases_is_found_once() -> None:
    genre = add_genre(name="hip hop", aliases=["rap", "rap music"])
    assert list(Genre.objects.search("rap")) == [genre]


def test_an_artist_is_found_by_any_part_of_the_name() -> None:
    artist = add_artist(name="Beyoncé")
    add_artist(name="Queen")
    for text in ("beyonce", "Beyoncé", "YON"):
        assert list(Artist.objects.search(text)) == [artist]


def test_a_search_is_limited_unless_it_is_left_open() -> None:
    for number in range(25):
        add_artist(name=f"artist {number}")
    assert len(Artist.objects.search("artist")) == 20
    assert len(Artist.objects.search("artist", limit=3)) == 3
    assert Artist.objects.search("artist", limit=None).filter(name="artist 7").count() == 1


def test_an_empty_search_finds_what_a_picker_shows_first() -> None:
    genre = add_genre(name="rock")
    assert list(Genre.objects.search("  ")) == [genre]


@pytest.mark.parametrize("text", ["\x00", "\ud800", "%", "_", "'; --", "x" * 5000])
def test_odd_texts_are_searched_for_as_they_are(text: str) -> None:
    add_artist(name="Queen")
    assert len(Artist.objects.search(text + "zz")) == 0
