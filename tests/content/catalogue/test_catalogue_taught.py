from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from content.catalogue.actions import add_genre, settle_unresolved
from content.catalogue.models import Genre, UnresolvedGenre
from content.catalogue.resolver import Resolver, resolve_genre
from content.catalogue.taught import names_alike

pytestmark = pytest.mark.django_db


@pytest.fixture
def blues() -> Genre:
    add_genre(name="Jazz")
    return add_genre(name="Blues")


def test_one_decision_suggests_the_same_for_names_with_the_same_unknown_word(blues: Genre) -> None:
    _decide("old xyzzyx nights", blues)
    assert resolve_genre("xyzzyx days") is None
    waiting = UnresolvedGenre.objects.waiting().get()
    assert waiting.suggestion == blues
    assert waiting.confidence == pytest.approx(2 / 3)


def test_decisions_that_agree_often_enough_decide_the_next_name(blues: Genre) -> None:
    for name in ("one", "two", "three", "four", "five"):
        _decide(f"xyzzyx {name}", blues)
    found = Resolver.load().explain("xyzzyx six")
    assert found is not None
    assert (found.genre, found.way, found.matched) == (blues, "taught", "xyzzyx")
    assert resolve_genre("xyzzyx six") == blues


def test_decisions_that_disagree_stay_a_suggestion(blues: Genre) -> None:
    jazz = Genre.objects.get(name="Jazz")
    for name in ("one", "two", "three", "four", "five"):
        _decide(f"xyzzyx {name}", blues)
    _decide("xyzzyx seven", jazz)
    assert resolve_genre("xyzzyx eight") is None
    assert UnresolvedGenre.objects.waiting().get().suggestion == blues


def test_a_word_that_is_known_teaches_nothing_else(blues: Genre) -> None:
    _decide("jazz nights qwx", blues)
    found = Resolver.load().explain("jazz days")
    assert found is not None
    assert found.genre.name == "Jazz"


def test_the_waiting_names_that_share_a_telling_word_are_shown(
    blues: Genre, django_assert_num_queries: Any
) -> None:
    names = ["old xyzzyx", "xyzzyx", "xyzzyx nights", "xyzzyxes", "old qwertz"]
    for name in names:
        resolve_genre(name)
    resolve_genre("xyzzyx nights")
    row = UnresolvedGenre.objects.get(name="old xyzzyx")
    with django_assert_num_queries(1):
        alike = names_alike(row)
    assert [other.name for other in alike] == ["xyzzyx nights", "xyzzyx"]


def test_a_name_without_a_telling_word_is_like_no_other(blues: Genre) -> None:
    for name in ("the old", "old city"):
        resolve_genre(name)
    assert names_alike(UnresolvedGenre.objects.get(name="the old")) == []


def test_a_word_that_only_colours_others_makes_no_names_alike(blues: Genre) -> None:
    for name in ("abstract qwx", "abstract xyzzyx"):
        UnresolvedGenre.objects.create(
            name=name, key=name.replace(" ", ""), first_seen_at=timezone.now()
        )
    assert names_alike(UnresolvedGenre.objects.get(name="abstract qwx")) == []


def _decide(name: str, genre: Genre) -> None:
    if resolve_genre(name) is None:
        waiting = UnresolvedGenre.objects.get(name=name)
        settle_unresolved(unresolved=waiting, genre=genre, actor=None)
        return
    genre.aliases.get_or_create(key="".join(name.split()), defaults={"name": name})
