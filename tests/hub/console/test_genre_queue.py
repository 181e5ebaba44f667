"""The queue of names that nobody knows: one or many are settled in one step, and back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.catalogue.models import Genre, GenreAlias, UnresolvedGenre

LIST = "admin:catalogue_unresolvedgenre_changelist"


@pytest.fixture
def names(make_genre) -> list[UnresolvedGenre]:
    """Two names with a suggestion, one without."""
    jazz = make_genre("Jazz")
    return [
        UnresolvedGenre.objects.create(
            name=name, key=name, suggestion=genre, confidence=sure, first_seen_at=timezone.now()
        )
        for name, genre, sure in (("jass", jazz, None), ("jazzum", jazz, 0.75), ("xyz", None, None))
    ]


def take(client: Client, row: UnresolvedGenre, step: str, **answers: object) -> str:
    address = reverse("admin:catalogue_unresolvedgenre_step", args=[row.pk, step])
    return client.post(address, answers, follow=True).content.decode()


def take_many(client: Client, rows: list[UnresolvedGenre], step: str, **answers: object) -> str:
    address = reverse("admin:catalogue_unresolvedgenre_bulk", args=[step])
    keys = ",".join(str(row.pk) for row in rows)
    return client.post(address, {"keys": keys, **answers}, follow=True).content.decode()


def aliases() -> set[str]:
    return set(GenreAlias.objects.values_list("name", flat=True))


def test_the_list_says_what_each_probably_is_and_how_sure_that_is(edith, names) -> None:
    page = edith.get(reverse(LIST)).content.decode()
    assert "75%" in page
    assert "spelt alike" in page


def test_a_suggestion_is_taken_with_one_press_and_taken_back_with_one(edith, names) -> None:
    page = take(edith, names[0], "accept")
    assert "means Jazz from now on" in page
    assert reverse("admin:catalogue_unresolvedgenre_step", args=[names[0].pk, "reopen"]) in page
    assert aliases() == {"jass"}
    take(edith, names[0], "reopen")
    assert aliases() == set()
    assert UnresolvedGenre.objects.waiting().count() == 3


def test_many_suggestions_are_taken_at_once_and_those_without_one_stay(edith, names) -> None:
    page = take_many(edith, names, "accept_many")
    assert "2 names are known from now on" in page
    assert aliases() == {"jass", "jazzum"}
    assert list(UnresolvedGenre.objects.waiting()) == [names[2]]
    take_many(edith, names, "reopen_many")
    assert aliases() == set()


def test_many_names_are_said_to_mean_one_genre(edith, names, make_genre) -> None:
    rock = make_genre("Rock")
    take_many(edith, names, "settle_many", genre=rock.pk)
    assert set(rock.aliases.values_list("name", flat=True)) == {"jass", "jazzum", "xyz"}


def test_a_manager_makes_a_name_a_genre_below_another(mona, names) -> None:
    jazz = Genre.objects.get()
    take(mona, names[2], "make", below=[jazz.pk])
    assert list(Genre.objects.get(name="xyz").parents.all()) == [jazz]


def test_genres_are_merged_from_the_page_of_one(mona, make_genre) -> None:
    old, new = make_genre("Jass"), make_genre("Jazz")
    address = reverse("admin:catalogue_genre_step", args=[old.pk, "merge"])
    page = mona.post(address, {"into": new.pk}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("admin:catalogue_genre_changelist")
    assert list(Genre.objects.all()) == [new]
    assert aliases() == {"Jass"}


def test_a_merge_that_is_refused_says_why(mona, make_genre) -> None:
    genre = make_genre("Jazz")
    address = reverse("admin:catalogue_genre_step", args=[genre.pk, "merge"])
    assert "merged into itself" in mona.post(address, {"into": genre.pk}).content.decode()
