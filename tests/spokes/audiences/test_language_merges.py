"""An audience follows a genre that is merged, renamed or moved, however it was written."""

from __future__ import annotations

import pytest

from content.catalogue.actions import add_alias, add_genre, rename_genre
from content.editorial.genres import merge_genres
from content.editorial.models import Post
from spokes.audiences.actions import save_audience
from spokes.audiences.language import parse, query, read_saved
from spokes.audiences.models import Audience

pytestmark = pytest.mark.django_db

WRITTEN = ["genre:old", 'genre:"The Old"', "genre:oldie", "genre:(jazz OR oldie)"]


@pytest.fixture
def genres(db: None) -> dict:
    made = {name: add_genre(name=name) for name in ("Old", "New", "Jazz")}
    add_alias(genre=made["Old"], name="oldie")
    add_alias(genre=made["Old"], name="The Old")
    return made


def shown(audience: Audience) -> str:
    reading = read_saved([audience], names_now=True)[audience.pk]
    assert reading.errors == ()
    # what a reader sees is what can be saved
    assert parse(reading.text)
    return reading.text


def matches(audience: Audience) -> set[str]:
    expression = read_saved([audience])[audience.pk].expression
    return set(Post.objects.filter(query(expression)).values_list("title", flat=True))


@pytest.mark.parametrize("text", WRITTEN)
def test_a_merge_is_followed_by_name_alias_and_in_lists(text, genres, make_post, editor) -> None:
    make_post("Of old", genres=[genres["Old"]])
    make_post("Of new", genres=[genres["New"]])
    audience = save_audience(name="A", expression=text)
    merge_genres(genre=genres["Old"], into=genres["New"], actor=editor)
    assert matches(audience) >= {"Of old", "Of new"}
    assert "new" in shown(audience).lower()


def test_a_merge_is_followed_through_audiences_of_audiences(genres, make_post, editor) -> None:
    make_post("Of old", genres=[genres["Old"]])
    save_audience(name="Inner", expression="genre:oldie")
    save_audience(name="Middle", expression="audience:inner")
    outer = save_audience(name="Outer", expression="audience:middle AND NOT explicit:yes")
    merge_genres(genre=genres["Old"], into=genres["New"], actor=editor)
    assert matches(outer) == {"Of old"}
    assert shown(outer)


def test_a_name_taken_by_another_genre_after_a_renaming_is_not_meant(genres, make_post) -> None:
    make_post("Of old", genres=[genres["Old"]])
    audience = save_audience(name="A", expression="genre:old")
    rename_genre(genre=genres["Old"], name="Elder")
    assert matches(audience) == {"Of old"}
    assert shown(audience) == "genre:Elder"
