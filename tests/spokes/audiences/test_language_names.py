"""A saved expression follows what it named, and is shown with the names of today."""

from __future__ import annotations

import pytest

from content.catalogue.actions import rename_genre
from content.catalogue.former import note_former_slug
from content.editorial.actions import merge_tags, rename_tag
from spokes.audiences.actions import save_audience
from spokes.audiences.forms import AudienceForm
from spokes.audiences.language import ExpressionErrors, Term, parse, read_saved
from spokes.audiences.models import Audience
from spokes.audiences.routing import RouteCode, route_post


@pytest.fixture
def save(db):
    def save(expression, name="Heads"):
        return save_audience(name=name, expression=expression)

    return save


def now(audience):
    """Read the stored audience anew: its expression, and its text as it is shown."""
    reading = read_saved([Audience.objects.get(pk=audience.pk)], names_now=True)[audience.pk]
    return reading.expression, reading.text


def errors_of(audience):
    reading = read_saved([Audience.objects.get(pk=audience.pk)])[audience.pk]
    return [(error.code, error.message) for error in reading.errors]


def test_an_audience_follows_a_genre_that_was_renamed(save, make_genre):
    trap = make_genre("Trap")
    audience = save("kind:tour AND\n  genre:trap")
    rename_genre(genre=trap, name="Trap Music")
    expression, text = now(audience)
    assert text == 'kind:tour AND\n  genre:"Trap Music"'
    assert parse(text) == expression.__class__(
        (expression.operands[0], parse('genre:"Trap Music"'))
    )
    assert expression.operands[1].value == {trap.pk}


def test_another_genre_that_takes_the_old_name_is_not_meant(save, make_genre, make_alias):
    trap = make_genre("Trap")
    audience = save('genre:"Trap"')
    rename_genre(genre=trap, name="Southern Rap")
    trap.aliases.all().delete()
    trap.slug = "southern-rap"
    trap.save()
    other = make_genre("Trap")
    expression, text = now(audience)
    assert expression.value == {trap.pk}
    assert text == 'genre:"Southern Rap"'
    assert parse("genre:trap").value == {other.pk}


def test_what_is_called_as_it_was_stays_as_it_was_typed(save, make_genre, make_alias):
    make_alias("dnb", make_genre("Drum and Bass"))
    audience = save("genre:( DnB  OR  drum-and-bass )")
    assert now(audience)[1] == "genre:( DnB  OR  drum-and-bass )"


def test_an_alias_that_was_taken_away_is_shown_as_the_name(save, make_genre, make_alias):
    alias = make_alias("dnb", make_genre("Drum and Bass"))
    audience = save("genre:dnb")
    alias.delete()
    assert now(audience)[1] == 'genre:"Drum and Bass"'


def test_an_audience_follows_a_tag_that_was_renamed_and_then_merged(save, make_tag, editor):
    garage, club = make_tag("UK Garage"), make_tag("Club")
    audience = save('tag:"UK Garage" AND kind:tour')
    rename_tag(tag=garage, name="Two-step", actor=editor)
    assert now(audience)[1] == "tag:Two-step AND kind:tour"
    merge_tags(tag=garage, into=club, actor=editor)
    expression, text = now(audience)
    assert text == "tag:Club AND kind:tour"
    assert expression.operands[0].value == {club.pk}


def test_an_audience_follows_an_artist_that_was_renamed_and_then_merged(save, make_artist):
    first, second = make_artist("Prince"), make_artist("The Artist")
    audience = save("artist:prince")
    first.name, first.key = "Symbol", "symbol"
    first.save()
    assert now(audience)[1] == "artist:Symbol"
    note_former_slug(kind="artist", slug=first.slug, now_at=second.slug)
    first.delete()
    expression, text = now(audience)
    assert expression.value == {second.pk}
    assert text == 'artist:"The Artist"'


def test_a_name_that_several_bear_means_those_who_bore_it_then(save, make_artist):
    first, second = make_artist("Nirvana"), make_artist("Nirvana 2")
    second.name, second.key = "Nirvana", first.key
    second.save()
    audience = save("artist:Nirvana")
    third = make_artist("Nirvana 3")
    third.name, third.key = "Nirvana", first.key
    third.save()
    expression, text = now(audience)
    assert expression.value == {first.pk, second.pk}
    assert text == "artist:(nirvana OR nirvana-2)"
    second.delete()
    expression, text = now(audience)
    assert expression.value == {first.pk}
    assert text == "artist:nirvana"


@pytest.mark.parametrize(
    ("field", "expression"),
    [("genre", "genre:trap OR kind:tour"), ("tag", "tag:trap"), ("artist", "artist:(trap OR x)")],
)
def test_what_was_deleted_is_said_by_its_name(
    save, make_genre, make_tag, make_artist, field, expression
):
    make_artist("X")
    row = {"genre": make_genre, "tag": make_tag, "artist": make_artist}[field]("Trap")
    audience = save(expression)
    row.delete()
    assert errors_of(audience) == [(f"deleted_{field}", f"The {field} “Trap” was deleted.")]


def test_routing_says_what_was_deleted(save, make_genre, make_post, make_channel):
    trap = make_genre("Trap")
    channel = make_channel(audience=save("genre:trap"))
    post = make_post()
    trap.delete()
    (route,) = route_post(post, [channel])
    assert route.code == RouteCode.UNREADABLE
    assert "can’t be read: The genre “Trap” was deleted." in route.reason


def test_a_deleted_genre_does_not_come_back_with_another_of_its_name(save, make_genre):
    trap = make_genre("Trap")
    audience = save("genre:trap")
    trap.delete()
    make_genre("Trap")
    assert [code for code, _ in errors_of(audience)] == ["deleted_genre"]
    save_audience(audience=audience, name="Heads", expression="genre:trap")
    assert errors_of(audience) == []


def test_an_audience_of_before_is_read_by_its_text(make_audience, make_genre):
    trap = make_genre("Trap")
    audience = make_audience("Heads", "genre:trap")
    assert now(audience)[0].value == {trap.pk}


def test_the_form_shows_the_names_of_today(save, make_genre):
    trap = make_genre("Trap")
    audience = save("genre:trap")
    rename_genre(genre=trap, name="Trap Music")
    assert AudienceForm(instance=audience).initial["expression"] == 'genre:"Trap Music"'


def test_saving_again_keeps_the_names_of_today(save, make_genre):
    trap = make_genre("Trap")
    audience = save("genre:trap")
    assert audience.names == {"genre": {"trap": [[trap.pk, "trap", "Trap"]]}}
    rename_genre(genre=trap, name="Trap Music")
    save_audience(audience=audience, name="Heads", expression=now(audience)[1])
    audience.refresh_from_db()
    assert audience.names == {"genre": {"Trap Music": [[trap.pk, "trap", "Trap Music"]]}}


@pytest.mark.parametrize("kind", ["genre", "artist"])
def test_a_former_slug_still_names_what_moved(make_genre, make_artist, kind):
    row = {"genre": make_genre, "artist": make_artist}[kind]("New Name")
    note_former_slug(kind=kind, slug="old-name", now_at=row.slug)
    term = parse(f"{kind}:old-name")
    assert isinstance(term, Term)
    assert term.value == {row.pk}


def test_many_saved_audiences_cost_as_many_queries_as_one(
    save, make_genre, make_tag, make_artist, django_assert_num_queries
):
    make_genre("Trap"), make_tag("UK"), make_artist("Dave")
    for number in range(5):
        save("genre:trap AND tag:uk AND artist:dave", name=f"A{number}")
    audiences = list(Audience.objects.all())
    with django_assert_num_queries(3):
        read_saved(audiences)
    with django_assert_num_queries(6):
        read_saved(audiences, names_now=True)


def test_an_error_of_what_is_typed_is_not_stored(save):
    with pytest.raises(ExpressionErrors):
        save("genre:nothing")
    assert not Audience.objects.exists()
