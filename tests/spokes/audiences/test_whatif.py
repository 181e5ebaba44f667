from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils import timezone

from spokes.audiences.actions import pin_post, save_audience
from spokes.audiences.distance import Distance
from spokes.audiences.facts import facts_of
from spokes.audiences.language import parse
from spokes.audiences.lately import LOOKED_BACK, lately
from spokes.audiences.whatif import answer, moved, moves, try_audience, try_fields
from spokes.channels.models import Channel


@pytest.fixture
def posts(make_post, make_tag):
    now = timezone.now()
    uk, rave = make_tag("UK"), make_tag("Rave")
    return {
        "both": make_post("both", tags=[uk, rave], kind="tour", updated_at=now),
        "one": make_post("one", tags=[uk], updated_at=now),
        "none": make_post("none", explicit=True, updated_at=now),
        "old": make_post("old", tags=[uk, rave]),
    }


def late():
    return lately(timezone.now() - LOOKED_BACK)


def test_the_answer_counts_shows_and_says_what_is_missed(posts):
    found = answer(parse("tag:uk AND tag:rave AND NOT explicit:yes"), late())
    assert (found.matching, found.of) == (1, 3)
    assert [one.post for one in found.examples_in] == [posts["both"]]
    assert found.examples_in[0].why
    assert [(miss.post.slug, miss.changes) for miss in found.near_misses] == [
        ("one", 1),
        ("none", 3),
    ]
    assert found.near_misses[0].why == "it is not tagged Rave (it has: UK)"


def test_of_posts_one_term_away_the_nearest_come_first(make_post, make_genre):
    rap = make_genre("Hip Hop", make_genre("Music"))
    make_genre("Trap", rap)
    genres = {"sister": make_genre("Boom Bap", rap), "stranger": make_genre("Polka")}
    now = timezone.now()
    for name, genre in genres.items():
        make_post(name, genres=[genre], happens_on="2021-05-05", updated_at=now)
    for year in (2012, 2019):
        post = make_post(f"of {year}", genres=[rap], updated_at=now)
        type(post).objects.filter(pk=post.pk).update(happens_on=f"{year}-05-05")
    found = answer(parse("genre:hip-hop AND year:>2020"), late())
    assert [one.post.title for one in found.near_misses][-3:] == ["of 2019", "of 2012", "stranger"]
    found = answer(parse("genre:trap AND year:>2011"), late())
    assert [one.post.title for one in found.near_misses][-1] == "stranger"
    assert {one.changes for one in found.near_misses} == {1}


def test_moves_compare_two_expressions(posts):
    found = moves(parse("tag:rave"), parse("tag:uk AND kind:feature"), late())
    assert (found.into, found.examples_into) == (1, [posts["one"]])
    assert (found.out_of, found.examples_out_of) == (1, [posts["both"]])


def test_what_can_not_be_read_takes_nothing(posts):
    found = moves(None, parse("tag:uk"), late())
    assert (found.into, found.out_of) == (2, 0)


def test_an_answer_costs_the_same_for_more_posts(posts, make_post, django_assert_max_num_queries):
    for _ in range(10):
        make_post(updated_at=timezone.now())
    expression = parse("tag:uk AND tag:rave")
    with django_assert_max_num_queries(10):
        answer(expression, late())


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("tag:uk", 0),
        ("tag:rave", 1),
        ("tag:rave AND kind:tour", 2),
        ("tag:rave OR kind:tour", 1),
        ("tag:rave OR tag:uk", 0),
        ("kind:tour AND NOT tag:uk", 2),
        ("tag:rave AND NOT (tag:uk OR lang:en)", 3),
        ("tag:rave AND NOT (tag:uk AND lang:en)", 2),
        ("audience:inner AND tag:rave", 2),
        ("tag:rave AND NOT audience:inner", 1),
    ],
)
def test_distance_counts_the_fewest_terms_that_would_do(posts, make_audience, text, changes):
    make_audience("Inner", "kind:tour AND lang:en")
    assert Distance(parse(text))(facts_of(posts["one"])) == changes


def test_distance_goes_as_deep_as_the_language(posts):
    text = "kind:tour"
    for _ in range(80):
        text = f"(tag:uk AND ({text} OR tag:rave))"
    assert Distance(parse(text))(facts_of(posts["one"])) == 1


# --- changes that are tried ---------------------------------------------------------------------


@pytest.fixture
def heard(posts, make_audience, make_channel):
    """An audience of its own channel, one that asks for it, and a channel that asks for neither."""
    audience = save_audience(name="Ears", expression="tag:uk")
    outer = save_audience(name="Outer", expression="audience:ears AND kind:tour")
    return SimpleNamespace(
        audience=audience,
        own=make_channel(audience=audience),
        outer=make_channel(audience=outer),
        other=make_channel(audience=make_audience("Else", "tag:rave")),
    )


def among(*channels):
    return Channel.objects.filter(pk__in=[channel.pk for channel in channels])


def said(found):
    return {
        line.channel: (
            [post.slug for post in line.examples_into],
            [post.slug for post in line.examples_out_of],
        )
        for line in found.channels
    }


def test_another_text_moves_posts_on_all_that_ask_for_it(posts, heard):
    trial = try_audience(heard.audience, "explicit:yes OR kind:feature AND tag:rave")
    assert trial.after is None
    trial = try_audience(heard.audience, "explicit:yes")
    found = moved(trial, late(), among(heard.own, heard.outer, heard.other))
    assert said(found) == {heard.own: (["none"], ["one", "both"]), heard.outer: ([], ["both"])}
    assert (found.into, found.out_of) == (1, 3)
    heard.audience.refresh_from_db()
    assert heard.audience.expression == "tag:uk"


def test_only_channels_that_are_asked_about_are_told(posts, heard):
    found = moved(try_audience(heard.audience, "explicit:yes"), late(), among(heard.outer))
    assert said(found) == {heard.outer: ([], ["both"])}


def test_a_pinned_post_does_not_move(posts, heard, manager):
    pin_post(post=posts["one"], channel=heard.own, reason="Yes", actor=manager)
    found = moved(try_audience(heard.audience, "tag:rave"), late(), among(heard.own))
    assert said(found) == {}


def test_other_fields_of_a_channel_move_posts(posts, heard):
    found = moved(try_fields(heard.other, {"audience": None}), late(), among(heard.other))
    assert said(found) == {heard.other: (["none", "one"], [])}
    heard.other.refresh_from_db()
    assert heard.other.audience is not None


def test_a_trial_looks_at_the_newest_alone(posts, heard):
    trial = try_fields(heard.other, {"audience": None})
    found = moved(trial, late(), among(heard.other), most=1)
    assert (found.posts, found.is_cut) == (1, True)


def test_a_trial_costs_the_same_for_more_posts(
    posts, heard, make_post, django_assert_max_num_queries
):
    for _ in range(10):
        make_post(updated_at=timezone.now())
    with django_assert_max_num_queries(35):
        moved(try_audience(heard.audience, "kind:feature"), late(), among(heard.own))
