"""The genre graph in the console: no circle closes, nothing in use goes away, and both are told."""

from __future__ import annotations

import html

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse

from content.catalogue.closure import rebuild_closure
from content.catalogue.models import Genre, GenreEdge
from content.editorial.genres import merge_genres
from spokes.audiences.profiles.actions import set_profile
from spokes.audiences.profiles.models import ProfileGenre

INLINE = {"aliases-TOTAL_FORMS": "0", "aliases-INITIAL_FORMS": "0"}


def page_of(genre: Genre, name: str = "change") -> str:
    return reverse(f"admin:catalogue_genre_{name}", args=[genre.pk])


@pytest.fixture
def tree(make_genre) -> tuple[Genre, Genre, Genre]:
    top = make_genre("Top")
    middle = make_genre("Middle", top)
    return top, middle, make_genre("Low", middle)


@pytest.mark.parametrize(
    ("below", "told"),
    [(2, "Renamed → Low → Middle → Renamed"), (1, "Renamed → Middle → Renamed")],
)
def test_a_circle_is_refused_with_the_way_round_and_nothing_is_saved(
    mona, tree, below: int, told: str
) -> None:
    asked = {"name": "Renamed", "below": [tree[below].pk], "description": "New.", **INLINE}
    answer = mona.post(page_of(tree[0]), asked)
    assert answer.status_code == 200
    said = html.unescape(answer.content.decode())
    assert told in said
    kept = Genre.objects.get(pk=tree[0].pk)
    assert (kept.name, kept.description, list(kept.parents.all())) == ("Top", "", [])
    assert rebuild_closure() == 0


def test_a_genre_is_not_its_own_parent(mona, tree) -> None:
    asked = {"name": "Top", "below": [tree[0].pk], "description": "", **INLINE}
    said = html.unescape(mona.post(page_of(tree[0]), asked).content.decode())
    assert "Top can't be its own parent." in said
    assert not tree[0].parents.exists()


def test_the_database_takes_no_genre_below_itself(tree) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        GenreEdge.objects.create(parent=tree[0], child=tree[0])


def test_a_merge_into_what_stands_below_closes_no_circle(mona, tree, manager, make_genre) -> None:
    beside = make_genre("Beside", tree[1])
    mona.post(
        reverse("admin:catalogue_genre_step", args=[tree[1].pk, "merge"]), {"into": tree[2].pk}
    )
    assert list(tree[2].parents.all()) == [tree[0]]
    assert list(beside.parents.all()) == [tree[2]]
    assert rebuild_closure() == 0
    merge_genres(genre=tree[0], into=tree[2], actor=manager)
    assert not tree[2].parents.exists()
    assert rebuild_closure() == 0


def test_a_genre_is_not_deleted_by_any_page(mona, tree, manager, make_spoke) -> None:
    """What asks for it would be lost: one merges it away instead."""
    spoke = make_spoke(tree[2])
    set_profile(owner=spoke, genres={tree[1]: 0.5}, actor=manager)
    assert mona.post(page_of(tree[1], "delete"), {"post": "yes"}).status_code == 403
    many = {"action": "delete_selected", "_selected_action": [tree[1].pk], "post": "yes"}
    mona.post(reverse("admin:catalogue_genre_changelist"), many)
    assert Genre.objects.count() == 3
    assert ProfileGenre.objects.get().weight == 0.5


def test_the_genre_of_a_spoke_is_kept_by_the_database_too(tree, make_spoke) -> None:
    make_spoke(tree[2])
    with pytest.raises(ProtectedError):
        tree[2].delete()


def test_the_refusal_to_merge_a_spokes_genre_is_told_on_the_page(mona, tree, make_spoke) -> None:
    spoke = make_spoke(tree[2], name="Low nights")
    address = reverse("admin:catalogue_genre_step", args=[tree[2].pk, "merge"])
    said = html.unescape(mona.post(address, {"into": tree[0].pk}, follow=True).content.decode())
    assert "“Low” is the genre of spoke “Low nights”: give that another genre first." in said
    assert spoke.genre == tree[2]
