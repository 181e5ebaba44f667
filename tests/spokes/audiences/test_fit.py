from __future__ import annotations

import time

import pytest

from content.editorial.models import PostGenre
from spokes.audiences.actions import pin_post
from spokes.audiences.facts import facts_of
from spokes.audiences.fit import Fits
from spokes.audiences.profiles.actions import import_profile, learn_profile, set_profile
from spokes.audiences.routing import RouteCode, route_post


@pytest.fixture
def rap(make_genre):
    return make_genre("Rap")


@pytest.fixture
def trap(make_genre, rap):
    return make_genre("Trap", rap)


@pytest.fixture
def country(make_genre):
    return make_genre("Country")


@pytest.fixture
def spoke(make_spoke, rap):
    return make_spoke(rap)


@pytest.fixture
def channel(make_channel, spoke):
    return make_channel(spoke)


@pytest.fixture
def house(make_post, rap, trap, country):
    """A house that posts about all three."""
    return [make_post(genres=[genre]) for genre in (rap, trap, country) for _ in range(3)]


def fit_of(post, channel):
    return Fits.load().fit(facts_of(post), channel)


def fact(fit, name):
    return next(part.fact for part in fit.parts if part.name == name)


def value(fit, name):
    return next(part.value for part in fit.parts if part.name == name)


def test_without_a_profile_there_is_no_fit(make_post, channel):
    assert fit_of(make_post(), channel) is None


def test_a_typed_genre_stands_for_all_below_it(house, spoke, channel, rap, make_post, trap):
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    assert fit_of(make_post(genres=[trap]), channel).score > 0.7


def test_what_its_people_do_not_listen_to_is_below_one_half(
    house, spoke, channel, rap, country, make_post
):
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    fit = fit_of(make_post(genres=[country]), channel)
    assert fit.score < 0.5
    assert "it has: Country" in fact(fit, "theirs")


def test_a_crossover_lies_between(house, spoke, channel, rap, country, make_post):
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    scores = [
        fit_of(make_post(genres=genres), channel).score
        for genres in ([country], [rap, country], [rap])
    ]
    assert scores == sorted(scores)
    assert len(set(scores)) == 3


def test_the_share_of_a_genre_counts(house, spoke, channel, rap, country, make_post):
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    much, little = make_post(genres=[rap, country]), make_post(genres=[rap, country])
    for post, share in ((much, 0.9), (little, 0.1)):
        PostGenre.objects.filter(post=post, genre=rap).update(share=share)
        PostGenre.objects.filter(post=post, genre=country).update(share=1 - share)
    assert fit_of(much, channel).score > fit_of(little, channel).score


def test_an_artist_that_its_people_listen_to_counts_with_its_share(
    house, spoke, channel, rap, country, make_artist, make_post
):
    nas, garth = make_artist("Nas", rap), make_artist("Garth Brooks", country)
    rows = [f"p{number},Nas" for number in range(8)] + ["p8,Garth Brooks", "p9,Garth Brooks"]
    import_profile(owner=spoke, text="\n".join(["person,artist", *rows]), actor=None)
    known = fit_of(make_post(genres=[rap], artists=[nas]), channel)
    unknown = fit_of(make_post(genres=[rap], artists=[make_artist("Newcomer")]), channel)
    assert known.score > unknown.score
    assert fact(known, "listeners") == "80% of its people listen to Nas"
    assert fact(unknown, "listeners") == "none of its people is known to listen to Newcomer"
    several = fit_of(make_post(genres=[rap], artists=[garth, nas]), channel)
    assert fact(several, "listeners") == "80% of its people listen to Nas, one of 2 artists"


def test_one_artist_that_its_people_know_makes_no_list_of_strangers_theirs(
    house, spoke, channel, rap, country, make_artist, make_post
):
    crossing = make_artist("Lil Nas X", country)
    rows = [f"p{number},Lil Nas X" for number in range(4)] + [
        f"p{number},Nas" for number in range(9)
    ]
    make_artist("Nas", rap)
    import_profile(owner=spoke, text="\n".join(["person,artist", *rows]), actor=None)
    strangers = [make_artist(name, country) for name in ("Dolly Parton", "Johnny Cash", "Emmylou")]
    alone = fit_of(make_post(genres=[country], artists=[crossing]), channel)
    among = fit_of(make_post(genres=[country], artists=[crossing, *strangers]), channel)
    none = fit_of(make_post(genres=[country], artists=strangers), channel)
    assert none.score < among.score < alone.score
    assert value(among, "listeners") == pytest.approx(value(alone, "listeners") / 4)


def test_what_was_learnt_is_told_as_opened(house, spoke, channel, rap, make_artist, make_post):
    nas = make_artist("Nas", rap)
    post = make_post("New album", genres=[rap], artists=[nas])
    make_post("Tour", genres=[rap], artists=[nas])
    learn_profile(owner=spoke, text="post,count\nnew-album,15\ntour,5\n", actor=None)
    assert fact(fit_of(post, channel), "listeners") == "100% of what its people opened is about Nas"


def test_tags_say_nothing_where_the_profile_has_none(
    house, spoke, channel, rap, make_post, make_tag
):
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    bare = make_post(genres=[rap])
    tagged = make_post(genres=[rap], tags=[make_tag("festival")])
    assert fit_of(bare, channel).score == fit_of(tagged, channel).score


def test_typed_tags_count(house, spoke, channel, rap, make_post, make_tag):
    lyrics, club = make_tag("lyrics"), make_tag("club")
    make_post(genres=[rap], tags=[lyrics]), make_post(genres=[rap], tags=[club])
    set_profile(owner=spoke, genres={rap: 0.8}, tags={lyrics: 0.6}, actor=None)
    fitting = fit_of(make_post(genres=[rap], tags=[lyrics]), channel)
    assert fitting.score > fit_of(make_post(genres=[rap], tags=[club]), channel).score
    assert "lyrics" in fact(fitting, "theirs")


def test_a_channels_own_profile_goes_before_its_spokes(
    house, spoke, channel, rap, country, make_channel, make_post
):
    other = make_channel(spoke)
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    set_profile(owner=other, genres={country: 0.8}, actor=None)
    post = make_post(genres=[country])
    assert fit_of(post, other).score > 0.7 > fit_of(post, channel).score


def test_the_parts_add_up_to_the_score_and_go_into_json(house, spoke, channel, rap):
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    told = fit_of(house[0], channel).as_dict()
    total = sum(part["value"] * part["weight"] for part in told["parts"])
    assert [part["name"] for part in told["parts"]] == ["theirs", "everybodys", "listeners"]
    assert (total > 0) == (told["score"] > 0.5)
    assert all(part["fact"] for part in told["parts"])


def test_a_post_of_which_nothing_is_known_is_nobodys(house, spoke, channel, rap, make_post):
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    fit = fit_of(make_post(), channel)
    assert fit.score == 0.5
    assert fact(fit, "theirs") == "it has no genre and no tag"


def test_profiles_are_read_in_five_queries(
    house, spoke, channel, rap, country, make_spoke, django_assert_num_queries
):
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    set_profile(owner=make_spoke(country), genres={country: 0.8}, actor=None)
    with django_assert_num_queries(5):
        Fits.load()


def test_country_for_a_hip_hop_fan_is_stopped_by_number_and_let_through_by_a_pin(
    house, spoke, channel, rap, country, make_audience, make_post, manager
):
    spoke.audience = make_audience("Everything", "kind:feature")
    spoke.save(update_fields=["audience"])
    channel.fit_floor = 0.6
    channel.save(update_fields=["fit_floor"])
    set_profile(owner=spoke, genres={rap: 0.8}, actor=None)
    fan, stranger = make_post(genres=[rap]), make_post(genres=[country])
    assert route_post(fan, [channel])[0].goes
    stopped = route_post(stranger, [channel])[0]
    assert (stopped.goes, stopped.code) == (False, RouteCode.OFF_TASTE)
    assert stopped.fit is not None
    assert stopped.fit.score < 0.6
    pin_post(post=stranger, channel=channel, reason="A crossover", actor=manager)
    assert route_post(stranger, [channel])[0].code == RouteCode.PINNED


def test_a_fit_takes_less_than_a_fifth_of_a_millisecond(house, spoke, channel, rap, make_artist):
    make_artist("Nas", rap)
    import_profile(owner=spoke, text="person,artist\nann,Nas\n", actor=None)
    fits, facts = Fits.load(), [facts_of(post) for post in house]
    began = time.process_time()
    for _ in range(100):
        for one in facts:
            fits.fit(one, channel)
    assert (time.process_time() - began) / (100 * len(facts)) < 0.0002
