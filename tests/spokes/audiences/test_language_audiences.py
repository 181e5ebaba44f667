"""Audiences that ask for other audiences: never round in a circle, never without end."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.db.models import ProtectedError

from content.audit.models import AuditEntry
from content.editorial.models import Post
from spokes.audiences.actions import delete_audience, save_audience
from spokes.audiences.exceptions import AudienceInUse
from spokes.audiences.facts import facts_of
from spokes.audiences.language import (
    ExpressionErrors,
    Included,
    Term,
    check,
    parse,
    predicate,
    query,
    read_saved,
    whole,
)
from spokes.audiences.models import Audience
from spokes.audiences.routing import route_post


@pytest.fixture
def save(db):
    def save(name, expression, audience=None):
        return save_audience(name=name, expression=expression, audience=audience)

    return save


def refused(save, name, expression, audience=None):
    with pytest.raises(ExpressionErrors) as caught:
        save(name, expression, audience)
    return [(error.code, error.message) for error in caught.value.errors]


@pytest.mark.parametrize("value", ["super-fans", '"Super Fans"', "superfans", "SuperFans"])
def test_an_audience_is_named_by_slug_or_name(save, value):
    fans = save("Super Fans", "kind:tour")
    term = parse(f"audience:{value}")
    assert isinstance(term, Term)
    assert term.value == Included(fans.pk, parse("kind:tour"))
    assert whole(term) == parse("kind:tour")


def test_both_back_ends_ask_what_the_audience_asks_for(save, make_post):
    save("Fans", "kind:tour OR kind:video")
    tree = parse("audience:fans AND NOT explicit:yes")
    tour, loud, other = make_post(kind="tour"), make_post(kind="tour", explicit=True), make_post()
    taken = [post for post in (tour, loud, other) if predicate(tree)(facts_of(post))]
    assert taken == list(Post.objects.filter(query(tree))) == [tour]


def test_a_change_of_an_audience_changes_who_asks_for_it(save, make_post, make_channel):
    fans = save("Fans", "kind:tour")
    channel = make_channel(audience=save("Heads", "audience:fans AND lang:en"))
    post = make_post(kind="video")
    assert not route_post(post, [channel])[0].goes
    save("Fans", "kind:video", fans)
    assert route_post(post, [channel])[0].goes


def test_a_renamed_audience_is_followed_and_shown(save):
    fans = save("Fans", "kind:tour")
    heads = save("Heads", "NOT explicit:yes AND audience:Fans")
    save("Ultras", "kind:tour", fans)
    reading = read_saved([heads], names_now=True)[heads.pk]
    assert reading.text == "NOT explicit:yes AND audience:Ultras"
    assert reading.expression


def test_an_audience_cannot_ask_for_itself(save):
    fans = save("Fans", "kind:tour")
    assert refused(save, "Fans", "kind:tour OR audience:fans", fans) == [
        ("audience_cycle", "“Fans” asks for itself.")
    ]


def test_a_circle_is_refused_with_its_chain_in_words(save):
    one = save("One", "kind:tour")
    save("Two", "audience:one AND lang:en")
    save("Three", "audience:two OR kind:video")
    ((code, message),) = refused(save, "One", "audience:three", one)
    assert code == "audience_cycle"
    chain, end = message.split(": ")
    assert chain == "“One” asks for “Three”, which asks for “Two”, which asks for “One”"
    assert end == "it would go round for ever."
    assert [error.code for error in check("audience:three", audience=one.pk).errors] == [
        "audience_cycle"
    ]


def test_a_circle_that_came_about_all_the_same_is_said_and_ends(save):
    one = save("One", "kind:tour")
    two = save("Two", "audience:one")
    other = save("Other", "audience:two OR kind:video")
    # two people saved at the same moment
    Audience.objects.filter(pk=one.pk).update(expression="audience:two", names={})
    readings = read_saved(Audience.objects.all())
    codes = {pk: [error.code for error in reading.errors] for pk, reading in readings.items()}
    assert codes == {
        one.pk: ["audience_cycle"],
        two.pk: ["audience_cycle"],
        other.pk: ["unreadable_audience"],
    }


def test_an_audience_that_cannot_be_read_spoils_who_asks_for_it(save, make_genre):
    trap = make_genre("Trap")
    save("Fans", "genre:trap")
    heads = save("Heads", "audience:fans")
    trap.delete()
    (error,) = read_saved([heads])[heads.pk].errors
    assert (error.code, error.start, error.end) == ("unreadable_audience", 9, 13)
    assert error.message == "The audience “Fans” can’t be read: The genre “Trap” was deleted."


def test_an_audience_in_use_stays_and_says_by_whom(save, make_channel, make_spoke, make_genre):
    fans = save("Fans", "kind:tour")
    heads = save("Heads", "audience:fans")
    with pytest.raises(AudienceInUse, match="“Fans” stays: “Heads” still asks for it"):
        delete_audience(audience=fans)
    make_channel(name="Radio", audience=fans)
    make_spoke(make_genre("Jazz"), audience=fans)
    with pytest.raises(AudienceInUse, match="“Heads”, Jazz and Radio still ask for it"):
        delete_audience(audience=fans)
    with pytest.raises(ProtectedError):
        fans.delete()
    delete_audience(audience=heads)
    assert AuditEntry.objects.filter(code="audience.deleted").count() == 1


def test_an_audience_that_nothing_asks_for_any_more_can_go(save, manager):
    fans = save("Fans", "kind:tour")
    heads = save("Heads", "audience:fans")
    save("Heads", "kind:video", heads)
    delete_audience(audience=fans, actor=manager)
    assert list(Audience.objects.all()) == [heads]


def test_400_terms_are_counted_with_all_that_is_asked_for(save):
    many = " OR ".join(["lang:de"] * 200)
    half = save("Half", many)
    save("Both", "audience:half OR audience:half")
    assert refused(save, "More", "audience:both OR kind:tour") == [
        (
            "too_many_terms",
            "With the audiences that it asks for, this has 401 terms; 400 are read.",
        )
    ]
    with pytest.raises(AudienceInUse, match="“Both” asks for this audience"):
        save("Half", f"{many} OR kind:tour", half)


def test_depth_is_counted_with_all_that_is_asked_for(save):
    save("Deep", "NOT " * 150 + "kind:tour")
    assert refused(save, "Deeper", "NOT " * 60 + "audience:deep")[0][0] == "too_deep"


def test_audiences_stand_20_deep_in_one_another_and_no_deeper(save):
    save("A0", "kind:tour")
    for number in range(1, 21):
        save(f"A{number}", f"audience:a{number - 1}")
    assert refused(save, "A21", "audience:a20")[0][0] == "too_deep"
    assert predicate(parse("audience:a19"))


def test_a_wide_tree_of_audiences_is_read_in_few_queries(save, django_assert_num_queries):
    for number in range(10):
        save(f"Leaf {number}", "kind:tour")
    leaves = " OR ".join(f"audience:leaf-{number}" for number in range(10))
    save("Top", leaves)
    with django_assert_num_queries(4):
        parse("audience:top AND lang:en")


def test_an_unknown_audience_offers_near_ones(save, hints):
    save("Super Fans", "kind:tour")
    assert hints("audience:superfan") == ['Did you mean audience:"Super Fans"?']


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_once_close_no_circle_between_them(transactional_db):
    names = ["One", "Two", "Three", "Four"]
    one, two, three, four = [save_audience(name=name, expression="kind:tour") for name in names]
    save_audience(name="Two", expression="audience:three", audience=two)
    save_audience(name="Four", expression="audience:one", audience=four)
    said: list[str] = []

    def close_it() -> None:
        try:
            save_audience(name="One", expression="audience:two", audience=one)
        except ExpressionErrors as errors:
            said.extend(error.code for error in errors.errors)
        finally:
            connection.close()

    other = threading.Thread(target=close_it)
    with transaction.atomic():
        # neither of the two audiences is one that the other person touches
        save_audience(name="Three", expression="audience:four", audience=three)
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive()
    other.join()
    assert said == ["audience_cycle"]
