from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from content.audit.models import AuditEntry
from content.catalogue import actions
from content.catalogue.exceptions import (
    CatalogueError,
    GenreCycle,
    InvalidName,
    InvalidValue,
    NameTaken,
)
from content.catalogue.models import Artist, Genre, GenreAlias, Track, UnresolvedGenre
from content.catalogue.resolver import resolve_genre

pytestmark = pytest.mark.django_db


def codes() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("code", flat=True))


def test_a_genre_stands_below_all_its_parents() -> None:
    rock, electronic = (actions.add_genre(name=name) for name in ("rock", "electronic"))
    genre = actions.add_genre(name="Electronic rock", parents=[rock, electronic])
    assert set(Genre.objects.at_or_above(genre)) == {genre, rock, electronic}


def test_adding_a_genre_is_audited_with_its_actor(editor: User) -> None:
    rock = actions.add_genre(name="rock", aliases=["rock music"], actor=editor)
    entry = AuditEntry.objects.about(rock).get()
    assert (entry.code, entry.actor) == ("genre.added", editor)
    assert entry.after == {"name": "rock", "parents": [], "aliases": ["rock music"]}


def test_a_genre_spelt_otherwise_is_no_new_genre() -> None:
    actions.add_genre(name="Hip Hop")
    with pytest.raises(NameTaken, match="Hip Hop"):
        actions.add_genre(name="hip-hop")


def test_a_genre_by_another_ones_alias_is_refused() -> None:
    actions.add_genre(name="drum and bass", aliases=["jungle"])
    with pytest.raises(NameTaken, match="drum and bass"):
        actions.add_genre(name="Jungle")


def test_a_refused_genre_leaves_nothing_behind() -> None:
    actions.add_genre(name="rock")
    with pytest.raises(NameTaken):
        actions.add_genre(name="punk", aliases=["punk music", "rock"])
    assert list(Genre.objects.values_list("name", flat=True)) == ["rock"]
    assert codes() == ["genre.added"]


def test_a_circle_is_refused_and_names_the_way_round() -> None:
    rock = actions.add_genre(name="rock")
    punk = actions.add_genre(name="punk", parents=[rock])
    oi = actions.add_genre(name="oi", parents=[punk])
    with pytest.raises(GenreCycle, match="rock → oi → punk → rock") as refused:
        actions.set_parents(genre=rock, parents=[oi])
    assert refused.value.way == ["rock", "oi", "punk", "rock"]
    assert not rock.parents.exists()


def test_a_genre_can_not_be_its_own_parent() -> None:
    rock = actions.add_genre(name="rock")
    with pytest.raises(GenreCycle, match="its own parent"):
        actions.set_parents(genre=rock, parents=[rock])


def test_setting_parents_takes_the_others_away_and_is_audited(editor: User) -> None:
    rock, pop = (actions.add_genre(name=name) for name in ("rock", "pop"))
    punk = actions.add_genre(name="punk", parents=[rock])
    actions.set_parents(genre=punk, parents=[pop], actor=editor)
    assert list(punk.parents.all()) == [pop]
    entry = AuditEntry.objects.filter(code="genre.parents_set").get()
    assert (entry.before, entry.after) == ({"parents": ["rock"]}, {"parents": ["pop"]})


def test_setting_the_same_parents_is_no_change() -> None:
    rock = actions.add_genre(name="rock")
    punk = actions.add_genre(name="punk", parents=[rock])
    actions.set_parents(genre=punk, parents=[rock])
    assert "genre.parents_set" not in codes()


def test_a_renamed_genre_keeps_its_old_name_as_alias_and_its_address() -> None:
    rap = actions.add_genre(name="rap")
    actions.rename_genre(genre=rap, name="Hip hop")
    rap.refresh_from_db()
    assert (rap.name, rap.slug) == ("Hip hop", "rap")
    assert resolve_genre("rap") == resolve_genre("hip-hop") == rap
    assert codes() == ["genre.added", "genre.renamed"]


def test_a_genre_can_be_renamed_to_its_own_alias_and_back() -> None:
    genre = actions.add_genre(name="rap", aliases=["hip hop"])
    actions.rename_genre(genre=genre, name="hip hop")
    actions.rename_genre(genre=genre, name="rap")
    assert genre.name == "rap"
    assert list(genre.aliases.values_list("name", flat=True)) == ["hip hop"]


def test_another_spelling_of_the_same_name_needs_no_alias() -> None:
    genre = actions.add_genre(name="hip hop")
    actions.rename_genre(genre=genre, name="Hip-Hop")
    assert not genre.aliases.exists()


def test_a_genre_is_not_renamed_to_what_means_another() -> None:
    actions.add_genre(name="rock")
    pop = actions.add_genre(name="pop")
    with pytest.raises(NameTaken, match="rock"):
        actions.rename_genre(genre=pop, name="Rock")


@pytest.mark.parametrize("name", ["rock", "ROCK!", "rawk"])
def test_an_alias_that_means_another_genre_is_refused_with_its_name(name: str) -> None:
    actions.add_genre(name="rock", aliases=["rawk"])
    pop = actions.add_genre(name="pop")
    with pytest.raises(NameTaken, match="the genre “rock”"):
        actions.add_alias(genre=pop, name=name)


def test_the_same_alias_twice_is_one() -> None:
    genre = actions.add_genre(name="drum and bass")
    first = actions.add_alias(genre=genre, name="D&B")
    assert actions.add_alias(genre=genre, name="d & b") == first
    assert codes() == ["genre.added", "genre.alias_added"]


def test_a_removed_alias_means_nothing_and_comes_into_the_queue() -> None:
    actions.add_genre(name="zydeco", aliases=["swamp boogie"])
    actions.remove_alias(alias=GenreAlias.objects.get())
    assert resolve_genre("swamp boogie") is None
    assert codes()[-1] == "genre.alias_removed"


def test_a_settled_name_resolves_from_then_on(editor: User) -> None:
    genre = actions.add_genre(name="zydeco")
    resolve_genre("swamp boogie")
    waiting = UnresolvedGenre.objects.waiting().get()
    actions.settle_unresolved(unresolved=waiting, genre=genre, actor=editor)
    assert resolve_genre("Swamp-Boogie") == genre
    assert not UnresolvedGenre.objects.waiting().exists()
    entry = AuditEntry.objects.filter(code="genre.unresolved_settled").get()
    assert entry.summary == "swamp boogie means zydeco"


def test_a_waiting_name_that_becomes_a_genre_leaves_the_queue() -> None:
    resolve_genre("zydeco")
    actions.add_genre(name="Zydeco")
    assert not UnresolvedGenre.objects.waiting().exists()


def test_settling_a_name_that_became_the_genre_itself_is_fine(editor: User) -> None:
    resolve_genre("zydeco")
    waiting = UnresolvedGenre.objects.get()
    genre = actions.add_genre(name="zydeco")
    actions.settle_unresolved(unresolved=waiting, genre=genre, actor=editor)
    assert not genre.aliases.exists()


def test_two_artists_may_share_a_name_but_no_address() -> None:
    artists = [actions.add_artist(name="Nirvana") for _ in range(3)]
    assert [artist.slug for artist in artists] == ["nirvana", "nirvana-2", "nirvana-3"]


def test_genres_alone_share_an_artist_equally() -> None:
    rock, pop = (actions.add_genre(name=name) for name in ("rock", "pop"))
    artist = actions.add_artist(name="Queen", genres=[rock, pop])
    assert sorted(artist.artist_genres.values_list("genre__name", "weight")) == [
        ("pop", 0.5),
        ("rock", 0.5),
    ]


def test_setting_genres_changes_weights_and_drops_the_others() -> None:
    rock, pop = (actions.add_genre(name=name) for name in ("rock", "pop"))
    artist = actions.add_artist(name="Queen", genres=[rock, pop])
    actions.set_artist_genres(artist=artist, genres=[(rock, 0.75)])
    assert list(artist.artist_genres.values_list("genre__name", "weight")) == [("rock", 0.75)]
    entry = AuditEntry.objects.filter(code="artist.genres_set").get()
    assert entry.before == {"genres": {"pop": 0.5, "rock": 0.5}}


def test_setting_the_same_genres_is_no_change() -> None:
    rock = actions.add_genre(name="rock")
    artist = actions.add_artist(name="Queen", genres=[rock])
    actions.set_artist_genres(artist=artist, genres=[rock])
    assert codes() == ["genre.added", "artist.added"]


@pytest.mark.parametrize("weight", [0, -0.1, 1.01])
def test_a_weight_is_a_share(weight: float) -> None:
    rock = actions.add_genre(name="rock")
    with pytest.raises(InvalidValue, match="share"):
        actions.add_artist(name="Queen", genres=[(rock, weight)])
    assert not Artist.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"country": "GBR"}, {"country": "4A"}, {"link": "javascript:alert(1)"}]
)
def test_an_artist_with_a_value_of_the_wrong_kind_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        actions.add_artist(name="Queen", **fields)


def test_the_same_track_on_the_same_album_is_one() -> None:
    queen = actions.add_artist(name="Queen")
    first = actions.add_track(artist=queen, title="Don't Stop Me Now", album="Jazz")
    assert actions.add_track(artist=queen, title="Don’t stop me now", album="Jazz") == first
    assert actions.add_track(artist=queen, title="Don't Stop Me Now", album="Live") != first
    assert codes().count("track.added") == 2


@pytest.mark.parametrize("released", ["1975", "1975-11", "1975-11-21", ""])
def test_a_release_date_is_as_precise_as_it_is_known(released: str) -> None:
    queen = actions.add_artist(name="Queen")
    assert actions.add_track(artist=queen, title="Jealousy", released=released).released == released


@pytest.mark.parametrize(
    "fields",
    [
        {"released": "2019-13-40"},
        {"released": "2019-02-30"},
        {"released": "0000"},
        {"released": "21.11.1975"},
        {"released": "٢٠١٩"},
        {"popularity": 101},
        {"popularity": -1},
        {"link": "ftp://example.org"},
    ],
)
def test_a_track_with_a_value_of_the_wrong_kind_is_refused(fields: dict[str, Any]) -> None:
    queen = actions.add_artist(name="Queen")
    with pytest.raises(InvalidValue):
        actions.add_track(artist=queen, title="Jealousy", **fields)
    assert not Track.objects.exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        (" \t ", "empty"),
        ("\u200b\u2060", "empty"),
        ("a\x00b", "control character"),
        ("a\ud800b", "control character"),
        ("a" * 201, "too long"),
        ("&" * 100, "too long"),
    ],
)
def test_a_name_that_can_not_be_kept_is_refused_with_its_reason(name: str, reason: str) -> None:
    with pytest.raises(InvalidName, match=reason):
        actions.add_genre(name=name)


def test_white_space_in_a_name_collapses() -> None:
    assert actions.add_genre(name="  hip \n hop ").name == "hip hop"


def test_prose_keeps_its_lines_and_loses_what_can_not_be_stored() -> None:
    artist = actions.add_artist(name="Queen", about="One.\nTwo\x00.\ufffe")
    assert artist.about == "One.\nTwo."


def test_an_exception_without_words_says_its_docstring() -> None:
    assert str(NameTaken()) == "Another genre already has this name or alias."
    assert issubclass(NameTaken, CatalogueError)
