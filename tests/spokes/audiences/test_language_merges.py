"""An audience follows a genre or artist that is merged, renamed or moved, however written."""

from __future__ import annotations

import pytest

from content.catalogue.actions import add_alias, add_artist, add_genre, rename_genre
from content.catalogue.artist_names import add_artist_alias, remove_artist_alias
from content.catalogue.artists import merge_artists
from content.editorial.genres import merge_genres
from content.editorial.models import Post
from spokes.audiences.actions import save_audience
from spokes.audiences.language import parse, query, read_saved
from spokes.audiences.language.offers import offer_artists
from spokes.audiences.models import Audience
from spokes.audiences.routing import route_post

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


# --- artists ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["artist:ayah", "artist:(ayah OR nobody)", "artist:Ayah"])
def test_an_audience_follows_an_artist_that_is_merged(text, make_post, editor) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    add_artist(name="Nobody")
    make_post("Of old", artists=[old])
    make_post("Of new", artists=[new])
    audience = save_audience(name="A", expression=text)
    merge_artists(artist=old, into=new, actor=editor)
    assert matches(audience) == {"Of old", "Of new"}
    assert "aya" in shown(audience).lower()


def test_what_an_audience_does_not_want_follows_too(make_post, editor) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    make_post("Of old", artists=[old], lang="en")
    make_post("Of nobody", lang="en")
    audience = save_audience(name="A", expression="lang:en AND NOT artist:ayah")
    merge_artists(artist=old, into=new, actor=editor)
    assert matches(audience) == {"Of nobody"}


def test_an_artist_is_typed_by_an_alias_and_offered_by_it(make_post, editor) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Beya")
    make_post("Of new", artists=[new])
    merge_artists(artist=old, into=new, actor=editor)
    assert matches(save_audience(name="A", expression="artist:AYAH")) == {"Of new"}
    assert [(one.label, one.help) for one in offer_artists("ay")] == [("Beya", "also called Ayah")]


def test_a_channel_follows_at_once_in_a_process_that_had_compiled_it(
    genres, make_spoke, make_channel, make_post, editor
) -> None:
    old, new = add_artist(name="Ayah"), add_artist(name="Aya")
    audience = save_audience(name="A", expression="artist:ayah")
    channel = make_channel(make_spoke(genres["Jazz"], audience=audience))
    post = make_post("Of new", artists=[new])
    assert not route_post(post, [channel])[0].goes
    merge_artists(artist=old, into=new, actor=editor)
    assert route_post(post, [channel])[0].goes


def test_an_alias_that_comes_or_goes_is_heard_of(
    genres, make_spoke, make_channel, make_post, editor
) -> None:
    artist = add_artist(name="Aya")
    alias = add_artist_alias(artist=artist, name="Ayah")
    audience = save_audience(name="A", expression="artist:ayah")
    channel = make_channel(make_spoke(genres["Jazz"], audience=audience))
    post = make_post("Of her", artists=[artist])
    remove_artist_alias(alias=alias)
    # saved with the artist, not with the name
    assert route_post(post, [channel])[0].goes
