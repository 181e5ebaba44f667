from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from content.catalogue.actions import (
    add_alias,
    add_genre,
    reopen_unresolved,
    settle_as_new,
    settle_unresolved,
)
from content.catalogue.exceptions import NameTaken
from content.catalogue.models import Genre, UnresolvedGenre
from content.catalogue.resolver import Resolver, resolve_genre

pytestmark = pytest.mark.django_db

NAMES = [
    "hip hop",
    "drum and bass",
    "r&b",
    "rock",
    "rock and roll",
    "techno",
    "electronic",
    "house",
    "electro house",
    "reggaeton",
    "heavy metal",
    "jùjú",
    "lounge music",
    "old school jungle",
    "テクノ",
]


@pytest.fixture
def genres() -> dict[str, Genre]:
    return {name: add_genre(name=name) for name in NAMES}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hip-Hop", "hip hop"),
        ("hiphop", "hip hop"),
        ("HIP HOP", "hip hop"),
        (" hip  hop ", "hip hop"),
        ("juju", "jùjú"),
        ("テクノ", "テクノ"),
        ("lounge", "lounge music"),
        ("techno music", "techno"),
    ],
)
def test_a_spelling_finds_its_genre(genres: dict[str, Genre], text: str, name: str) -> None:
    assert resolve_genre(text) == genres[name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("d&b", "drum and bass"),
        ("DnB", "drum and bass"),
        ("D'n'B", "drum and bass"),
        ("D’n’B", "drum and bass"),
        ("drum & bass", "drum and bass"),
        ("Drum 'n' Bass", "drum and bass"),
        ("RnB", "r&b"),
        ("R'n'B", "r&b"),
        ("rhythm & blues", "r&b"),
        ("rock n roll", "rock and roll"),
        ("rap", "hip hop"),
        ("EDM", "electronic"),
        ("metal", "heavy metal"),
        ("oldskool jungle", "old school jungle"),
    ],
)
def test_a_usual_short_name_finds_its_genre(genres: dict[str, Genre], text: str, name: str) -> None:
    assert resolve_genre(text) == genres[name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("atl hip hop", "hip hop"),
        ("german techno", "techno"),
        ("progressive electro house", "electro house"),
        ("uk dnb", "drum and bass"),
        ("melodic rap", "hip hop"),
        ("reggaeton colombiano", "reggaeton"),
        ("rock en espanol", "rock"),
        ("new hip hop wave", "hip hop"),
    ],
)
def test_a_micro_genre_finds_the_genre_in_its_words(
    genres: dict[str, Genre], text: str, name: str
) -> None:
    assert resolve_genre(text) == genres[name]


@pytest.mark.parametrize(
    "text",
    [
        "shamrock",
        "technology",
        "anti-techno",
        "not techno",
        "fourth world techno dream",
        "the best rock that I have heard in years and years and then some rock",
    ],
)
def test_a_genre_hidden_by_chance_is_not_taken(genres: dict[str, Genre], text: str) -> None:
    assert resolve_genre(text) is None


def test_a_short_name_that_is_a_genre_here_means_that_genre(genres: dict[str, Genre]) -> None:
    rap = add_genre(name="rap")
    assert resolve_genre("Rap") == rap


def test_an_unknown_name_waits_once_with_its_count_and_first_example() -> None:
    assert resolve_genre("Zydeco!", example="Clifton Chenier") is None
    assert resolve_genre("zydeco", example="Someone else") is None
    waiting = UnresolvedGenre.objects.get()
    assert (waiting.name, waiting.seen, waiting.example) == ("Zydeco!", 2, "Clifton Chenier")


def test_a_near_name_is_suggested_but_not_taken(genres: dict[str, Genre]) -> None:
    assert resolve_genre("regueton") is None
    assert UnresolvedGenre.objects.get().suggestion == genres["reggaeton"]


def test_a_slip_of_the_pen_is_likelier_than_what_a_word_of_it_says(
    genres: dict[str, Genre],
) -> None:
    add_genre(name="classical")
    resolver = Resolver.load()
    said = resolver.explain("Drum and Brass")
    assert said
    assert said.genre.name == "classical"
    resolver.resolve("Drum and Brass")
    resolver.save_misses(now=timezone.now())
    waiting = UnresolvedGenre.objects.get()
    assert (waiting.suggestion, waiting.confidence) == (genres["drum and bass"], None)


def test_a_far_name_has_no_suggestion(genres: dict[str, Genre]) -> None:
    resolve_genre("zydeco")
    assert UnresolvedGenre.objects.get().suggestion is None


@pytest.mark.parametrize("text", ["", "  ", "\x00"])
def test_an_empty_text_is_no_miss(text: str) -> None:
    assert resolve_genre(text) is None
    assert not UnresolvedGenre.objects.exists()


@pytest.mark.parametrize(
    "text", ["!!!", "x" * 5000, "ﷺ" * 150, "a\x00b", "music " * 3000, "\ud800x"]
)
def test_any_text_fits_the_queue_and_is_met_again(text: str) -> None:
    resolve_genre(text, example=text)
    resolve_genre(text, example=text)
    assert UnresolvedGenre.objects.get().seen == 2


def test_a_settled_name_that_is_unknown_again_waits_again() -> None:
    resolve_genre("zydeco")
    UnresolvedGenre.objects.update(settled_at=timezone.now())
    resolve_genre("zydeco")
    assert UnresolvedGenre.objects.waiting().get().seen == 2


def test_reading_the_same_texts_again_leaves_the_queue_as_it_is() -> None:
    now = timezone.now()
    for expected in (2, 0):
        resolver = Resolver.load()
        for text in ("zydeco", "Zydeco", "swamp pop"):
            resolver.resolve(text)
        assert resolver.save_misses(now=now) == expected
    assert sorted(UnresolvedGenre.objects.values_list("name", "seen")) == [
        ("swamp pop", 1),
        ("zydeco", 2),
    ]


def test_many_look_ups_cost_three_queries(
    genres: dict[str, Genre], django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(3):
        resolver = Resolver.load()
        assert [resolver.find(name) for name in NAMES] == list(genres.values())


@pytest.mark.parametrize(
    ("text", "way", "matched"),
    [
        ("Techno", "name", "Techno"),
        ("dnb", "spelling", "dnb"),
        ("amapiano", "known", "amapiano"),
        ("deep atl hip hop", "suffix", "hip hop"),
        ("rock xyzzy", "prefix", "rock"),
        ("deutschrock", "known", "deutschrock"),
        ("suomirock", "ending", "rock"),
    ],
)
def test_a_resolution_says_by_what_it_was_understood(
    genres: dict[str, Genre], text: str, way: str, matched: str
) -> None:
    found = Resolver.load().explain(text)
    assert found is not None
    assert (found.way, found.matched) == (way, matched)
    assert 0 < found.confidence <= 1


def test_what_the_house_itself_says_is_sure(genres: dict[str, Genre]) -> None:
    add_alias(genre=genres["techno"], name="detroit sound")
    resolver = Resolver.load()
    sure = [resolver.explain(text) for text in ("techno", "detroit sound")]
    assert [found.confidence for found in sure if found] == [1.0, 1.0]


def test_an_answer_that_is_not_sure_enough_waits_with_its_suggestion(
    genres: dict[str, Genre], settings: Any
) -> None:
    settings.GENRE_CONFIDENCE = 0.999
    assert resolve_genre("german techno") is None
    waiting = UnresolvedGenre.objects.get()
    assert waiting.suggestion == genres["techno"]
    assert waiting.confidence is not None
    assert 0.5 < waiting.confidence < 0.999


def test_what_a_person_said_of_a_name_is_remembered_and_can_be_taken_back(
    genres: dict[str, Genre],
) -> None:
    resolve_genre("zydeco")
    waiting = UnresolvedGenre.objects.get()
    settle_unresolved(unresolved=waiting, genre=genres["rock"], actor=None)
    assert resolve_genre("Zydeco") == genres["rock"]
    reopen_unresolved(unresolved=waiting, actor=None)
    assert UnresolvedGenre.objects.waiting().get() == waiting
    assert "zydeco" not in Resolver.load().genres


def test_a_name_becomes_a_genre_of_its_own_below_another(genres: dict[str, Genre]) -> None:
    resolve_genre("zydeco")
    waiting = UnresolvedGenre.objects.get()
    made = settle_as_new(unresolved=waiting, parents=[genres["rock"]], actor=None)
    assert (made.name, list(made.parents.all())) == ("zydeco", [genres["rock"]])
    assert not UnresolvedGenre.objects.waiting().exists()
    waiting.refresh_from_db()
    with pytest.raises(NameTaken):
        reopen_unresolved(unresolved=waiting, actor=None)


def test_a_house_with_few_genres_takes_the_nearest_that_it_has() -> None:
    electronic = add_genre(name="Electronic")
    assert Resolver.load().find("gqom") == electronic
    house = add_genre(name="House", parents=[electronic])
    assert Resolver.load().find("gqom") == house
    african = add_genre(name="African Music")
    assert Resolver.load().find("gqom") == african


def test_longer_names_go_where_the_field_means_a_word_that_the_house_files_elsewhere() -> None:
    garage = add_genre(name="UK Garage", parents=[add_genre(name="Electronic")])
    trap = add_genre(name="Trap", parents=[garage])
    hip_hop = add_genre(name="Hip Hop")
    resolver = Resolver.load()
    assert (resolver.find("trap"), resolver.find("french trap")) == (trap, hip_hop)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("jazz cello", "Jazz"),
        ("swedish cello", "Classical"),
        ("colombian pop", "Latin Pop"),
        ("ethiopian pop", "African Music"),
        ("swedish pop", "Pop"),
        ("christian punk rock", "Punk"),
    ],
)
def test_the_loudest_word_counts_and_a_region_beside_a_broad_one(text: str, name: str) -> None:
    for root in ("Jazz", "Classical", "Pop", "Latin Pop", "African Music", "Punk", "Rock"):
        add_genre(name=root)
    found = Resolver.load().explain(text)
    assert found is not None
    assert found.genre.name == name
