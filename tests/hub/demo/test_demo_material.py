from __future__ import annotations

from collections import Counter

import pytest

from content.catalogue.names import match_key
from hub.demo.material import Material, load_material


@pytest.fixture(scope="module")
def material() -> Material:
    return load_material()


def test_the_house_is_as_large_as_promised(material: Material) -> None:
    assert len(material.genres) >= 150
    assert len(material.spokes) >= 14
    assert len(material.artists) >= 64
    assert len(material.authored) >= 20


def test_every_parent_stands_before_its_child(material: Material) -> None:
    seen: set[str] = set()
    for genre in material.genres.values():
        assert seen.issuperset(genre.parents), genre.name
        seen.add(genre.name)


def test_no_name_or_alias_means_two_genres(material: Material) -> None:
    keys = Counter(
        key
        for genre in material.genres.values()
        for key in {match_key(name) for name in (genre.name, *genre.aliases)}
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_artist_has_known_genres_a_record_and_a_home(material: Material) -> None:
    for artist in material.artists.values():
        assert artist.genres
        assert set(artist.genres) <= set(material.genres), artist.name
        assert artist.records
        assert material.home_of(artist) in material.spokes


def test_every_desk_has_artists_enough_to_compare_them(material: Material) -> None:
    homes = Counter(material.home_of(artist).name for artist in material.artists.values())
    assert {spoke.name for spoke in material.spokes} == set(homes)
    assert min(homes.values()) >= 4


def test_posts_by_hand_name_only_what_there_is(material: Material) -> None:
    tags = {row["name"] for row in material.tags}
    desks = {spoke.name for spoke in material.spokes}
    for post in material.authored:
        assert tags.issuperset(post.tags), post.title
        assert set(material.artists).issuperset(post.artists), post.title
        assert set(material.genres).issuperset(post.genres), post.title
        assert post.desk in desks
        assert post.artists or post.genres


def test_names_without_a_meaning_are_no_genres(material: Material) -> None:
    known = {match_key(name) for name in material.genres}
    assert known.isdisjoint(match_key(row["name"]) for row in material.unresolved)


def test_white_text_can_be_read_on_every_colour_and_no_two_are_alike(material: Material) -> None:
    colours = [spoke.colour for spoke in material.spokes]
    assert len(set(colours)) == len(colours)
    assert {colour: _contrast_to_white(colour) >= 4.5 for colour in colours} == dict.fromkeys(
        colours, True
    )


def _contrast_to_white(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
