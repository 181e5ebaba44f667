"""Floors keep out what is wanted: too little of the genre, or not to the people's taste."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from content.editorial.models import PostGenre
from spokes.audiences.actions import ban_post, pin_post
from spokes.audiences.facts import facts_of
from spokes.audiences.profiles.models import AudienceProfile, Origin, ProfileGenre
from spokes.audiences.routing import RoutingTable, overrides_of, route_post

EMBARGO = datetime(2999, 1, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def world(make_genre, make_spoke):
    class World:
        music = make_genre("Music")
        hip_hop = make_genre("Hip Hop", music)
        trap = make_genre("Trap", hip_hop)
        country = make_genre("Country")

    World.spoke = make_spoke(World.hip_hop, genre_floor=0.3)
    return World


@pytest.fixture
def make_mixed(make_post):
    def make(**shares):
        post = make_post(genres=[genre for genre, _ in shares.values()])
        for genre, share in shares.values():
            PostGenre.objects.filter(post=post, genre=genre).update(share=share)
        return post

    return make


@pytest.fixture
def to_country(world):
    profile = AudienceProfile.objects.create(spoke=world.spoke, people=0)
    ProfileGenre.objects.create(profile=profile, genre=world.country, weight=1, origin=Origin.TYPED)
    return profile


def test_a_post_with_too_little_of_the_genre_stays_out(world, make_mixed, make_channel):
    channel = make_channel(world.spoke)
    post = make_mixed(a=(world.country, 0.8), b=(world.trap, 0.2))
    (route,) = route_post(post, [channel])
    assert (route.goes, route.code) == (False, "too_little")
    assert route.reason == "only 20% of it is Hip Hop, and Hip Hop asks for 30%"
    assert route.as_dict()["share"] == {"value": 0.2, "floor": 0.3}


def test_what_reaches_the_floor_goes(world, make_mixed, make_channel):
    channel = make_channel(world.spoke)
    post = make_mixed(a=(world.country, 0.7), b=(world.trap, 0.1), c=(world.hip_hop, 0.2))
    (route,) = route_post(post, [channel])
    assert (route.goes, route.code) == (True, "wanted")


def test_what_is_too_little_below_does_not_rise(world, make_mixed, make_spoke, make_channel):
    above = make_channel(make_spoke(world.music, audience=None))
    below = make_spoke(world.trap, genre_floor=0.5)
    post = make_mixed(a=(world.country, 0.6), b=(world.trap, 0.4))
    first, second = route_post(post, [make_channel(below), above])
    assert first.code == "too_little"
    assert second.code == "wanted"
    assert second.share.value == pytest.approx(0.4)


def test_what_is_off_taste_stays_out(world, to_country, make_post, make_channel):
    channel = make_channel(world.spoke, fit_floor=0.6)
    (route,) = route_post(make_post(genres=[world.trap]), [channel])
    assert (route.goes, route.code) == (False, "off_taste")
    assert route.fit.score < 0.6
    assert route.reason == (
        f"off taste: it fits its people by {route.fit.score:.2f}, and 0.60 is asked for"
    )
    told = route.as_dict()["fit"]
    assert told["floor"] == 0.6
    assert {part["name"] for part in told["parts"]} == {"theirs", "everybodys", "listeners"}


def test_without_a_profile_there_is_nothing_to_guard(world, make_post, make_channel):
    channel = make_channel(world.spoke, fit_floor=0.9)
    (route,) = route_post(make_post(genres=[world.trap]), [channel])
    assert (route.goes, route.fit) == (True, None)


def test_the_fit_is_told_where_nobody_guards_it(world, to_country, make_post, make_channel):
    channel = make_channel(world.spoke)
    (route,) = route_post(make_post(genres=[world.trap]), [channel])
    assert route.goes
    assert route.as_dict()["fit"]["floor"] is None


def test_a_pin_goes_over_both_floors(world, to_country, make_mixed, make_channel, manager):
    channel = make_channel(world.spoke, fit_floor=0.9)
    post = make_mixed(a=(world.country, 0.9), b=(world.trap, 0.1))
    pin_post(post=post, channel=channel, reason="A crossover", actor=manager)
    (route,) = route_post(post, [channel])
    assert (route.goes, route.code) == (True, "pinned")
    told = route.as_dict()
    assert told["by_hand"]["reason"] == "A crossover"
    assert told["share"]["value"] == pytest.approx(0.1)


def test_an_embargo_is_part_of_the_answer(make_post, make_channel):
    make_channel()
    (route,) = route_post(make_post(embargo_until=EMBARGO))
    assert route.goes
    assert route.as_dict()["in_the_way"] == [
        {"code": "embargo", "words": "under embargo until 2999-01-01 09:30 UTC"}
    ]


def test_market_and_language_are_named_where_they_decide(make_post, make_channel, make_audience):
    make_channel(audience=make_audience("A", "kind:feature AND market:DE AND lang:de"))
    (route,) = route_post(make_post(markets=["US"], lang="en"))
    assert [part["field"] for part in route.as_dict()["decided_by"]] == ["market", "lang"]


def test_the_quick_answers_are_those_of_the_routes(
    world, to_country, make_mixed, make_post, make_spoke, make_channel, make_audience, manager
):
    make_channel()
    make_channel(world.spoke, fit_floor=0.6)
    make_channel(world.spoke)
    make_channel(make_spoke(world.music))
    make_channel(make_spoke(world.trap, rolls_up=False))
    pinned = make_channel(audience=make_audience("A", "genre:country"))
    banned = make_channel(audience=make_audience("B", "NOT kind:tour AND kind:feature"))
    posts = [
        make_mixed(a=(world.country, 0.9), b=(world.trap, 0.1)),
        make_mixed(a=(world.country, 0.1), b=(world.trap, 0.9)),
        make_post(genres=[world.hip_hop]),
        make_post(),
    ]
    pin_post(post=posts[0], channel=pinned, reason="Yes", actor=manager)
    ban_post(post=posts[1], channel=banned, reason="No", actor=manager)
    pin_post(post=posts[2], channel=pinned, reason="Yes", actor=manager)
    table, overrides = RoutingTable.load(), overrides_of(posts)
    for post in posts:
        facts, by_hand = facts_of(post), overrides.get(post.pk, {})
        going = {route.channel.pk for route in table.route_all(facts, by_hand) if route.goes}
        assert table.takers(facts, by_hand) == going
        assert {
            channel.pk for channel in table.channels if table.goes(facts, channel, by_hand)
        } == going
