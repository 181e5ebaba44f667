"""Routing says yes or no for every channel, with the reason in words."""

from __future__ import annotations

import pytest

from content.editorial.models import Post
from spokes.audiences.actions import ban_post, pin_post
from spokes.audiences.routing import Route, RoutingTable, overrides_of, route_many, route_post


def only(routes: list[Route]) -> Route:
    (route,) = routes
    return route


def said(route: Route) -> tuple[bool, str, str]:
    return route.goes, route.code, route.reason


@pytest.fixture
def world(make_genre, make_spoke):
    """Electronic over Techno over Minimal Techno, and House; a spoke for each but Minimal."""

    class World:
        electronic = make_genre("Electronic")
        techno = make_genre("Techno", electronic)
        minimal = make_genre("Minimal Techno", techno)
        house = make_genre("House", electronic)
        country = make_genre("Outlaw Country")

    World.electronic_spoke = make_spoke(World.electronic)
    World.techno_spoke = make_spoke(World.techno)
    World.house_spoke = make_spoke(World.house)
    return World


def test_the_hub_without_an_audience_takes_every_post(make_post, make_channel):
    make_channel()
    assert said(only(route_post(make_post()))) == (
        True,
        "hub_takes_all",
        "the hub takes every post",
    )


def test_the_hub_with_an_audience_asks_it(make_post, make_channel, make_audience):
    make_channel(audience=make_audience("Clean", "explicit:no"))
    assert said(only(route_post(make_post()))) == (
        True,
        "wanted",
        "for “Clean”: it is not explicit",
    )
    assert said(only(route_post(make_post(explicit=True)))) == (
        False,
        "not_wanted",
        "not for “Clean”: it is explicit",
    )


def test_a_spoke_takes_its_genre(world, make_post, make_channel):
    channel = make_channel(world.techno_spoke)
    route = only(route_post(make_post(genres=[world.techno]), [channel]))
    assert said(route) == (True, "wanted", "genre: Techno")


def test_a_spoke_takes_what_is_below_its_genre(world, make_post, make_channel):
    channel = make_channel(world.techno_spoke)
    route = only(route_post(make_post(genres=[world.minimal]), [channel]))
    assert said(route) == (True, "wanted", "genre: Minimal Techno is below Techno")


def test_the_reason_names_the_genres_between(world, make_post, make_channel):
    channel = make_channel(world.electronic_spoke)
    route = only(route_post(make_post(genres=[world.minimal]), [channel]))
    assert route.reason == "genre: Minimal Techno is below Electronic, by way of Techno"


def test_a_spoke_refuses_other_genres_and_names_those_of_the_post(world, make_post, make_channel):
    channel = make_channel(world.techno_spoke)
    route = only(route_post(make_post(genres=[world.country]), [channel]))
    assert said(route) == (
        False,
        "not_wanted",
        "no genre of it is Techno or below (it has: Outlaw Country)",
    )


def test_a_post_without_a_genre_is_said_to_have_none(world, make_post, make_channel):
    channel = make_channel(world.techno_spoke)
    route = only(route_post(make_post(), [channel]))
    assert route.reason == "no genre of it is Techno or below (it has: none)"


def test_the_audience_of_the_spoke_replaces_its_genre(
    world, make_post, make_channel, make_audience, make_tag
):
    make_tag("Festival")
    world.techno_spoke.audience = make_audience("Festivals", "tag:festival")
    world.techno_spoke.save()
    channel = make_channel(world.techno_spoke)
    route = only(route_post(make_post(genres=[world.techno]), [channel]))
    assert said(route) == (
        False,
        "not_wanted",
        "not for “Festivals”: it is not tagged Festival (it has: none)",
    )


def test_the_audience_of_the_channel_goes_over_that_of_its_spoke(
    world, make_post, make_channel, make_audience
):
    world.techno_spoke.audience = make_audience("Nobody", "kind:video AND kind:tour")
    world.techno_spoke.save()
    channel = make_channel(world.techno_spoke, audience=make_audience("All", "lang:en"))
    assert only(route_post(make_post(), [channel])).goes


def test_a_channel_with_its_own_audience_gets_no_roll_up(
    world, make_post, make_channel, make_audience
):
    channel = make_channel(world.electronic_spoke, audience=make_audience("Videos", "kind:video"))
    assert not only(route_post(make_post(genres=[world.techno]), [channel])).goes


def test_what_a_child_spoke_takes_rolls_up(world, make_post, make_channel, make_audience, make_tag):
    rave = make_tag("Rave")
    world.techno_spoke.audience = make_audience("Ravers", "tag:rave")
    world.techno_spoke.save()
    channel = make_channel(world.electronic_spoke)
    route = only(route_post(make_post(genres=[world.country], tags=[rave]), [channel]))
    assert said(route) == (True, "rolled_up", "rolls up from Techno")
    assert route.parts.fact == "tag: Rave"


def test_a_closed_child_keeps_its_posts_to_itself(world, make_post, make_channel):
    world.techno_spoke.rolls_up = False
    world.techno_spoke.save()
    above, below = make_channel(world.electronic_spoke), make_channel(world.techno_spoke)
    post = make_post(genres=[world.minimal])
    first, second = route_post(post, [above, below])
    assert said(first) == (False, "kept_below", "Techno keeps its posts to itself")
    assert second.goes


def test_a_closed_childs_own_audience_does_not_roll_up(
    world, make_post, make_channel, make_audience, make_tag
):
    rave = make_tag("Rave")
    world.techno_spoke.audience = make_audience("Ravers", "tag:rave")
    world.techno_spoke.rolls_up = False
    world.techno_spoke.save()
    channel = make_channel(world.electronic_spoke)
    assert not only(route_post(make_post(tags=[rave]), [channel])).goes


def test_a_post_with_another_genre_passes_a_closed_child(world, make_post, make_channel):
    world.techno_spoke.rolls_up = False
    world.techno_spoke.save()
    channel = make_channel(world.electronic_spoke)
    route = only(route_post(make_post(genres=[world.techno, world.house]), [channel]))
    assert said(route) == (True, "wanted", "genre: House is below Electronic")


def test_a_spoke_below_a_closed_one_does_not_rise_past_it(
    world, make_spoke, make_post, make_channel
):
    make_spoke(world.minimal)
    world.techno_spoke.rolls_up = False
    world.techno_spoke.save()
    channel = make_channel(world.electronic_spoke)
    route = only(route_post(make_post(genres=[world.minimal]), [channel]))
    assert route.code == "kept_below"


def test_two_closed_children_are_both_named(world, make_post, make_channel):
    for spoke in (world.techno_spoke, world.house_spoke):
        spoke.rolls_up = False
        spoke.save()
    channel = make_channel(world.electronic_spoke)
    route = only(route_post(make_post(genres=[world.techno, world.house]), [channel]))
    assert route.reason == "House and Techno keep their posts to themselves"


def test_a_pin_goes_over_the_audience(world, make_post, make_channel, manager):
    channel, post = make_channel(world.techno_spoke), make_post(genres=[world.country])
    pin_post(post=post, channel=channel, reason="A crossover", actor=manager)
    assert said(only(route_post(post, [channel]))) == (
        True,
        "pinned",
        "pinned by mona: A crossover",
    )


def test_a_ban_goes_over_everything(make_post, make_channel, manager):
    channel, post = make_channel(), make_post()
    ban_post(post=post, channel=channel, reason="Wrong label", actor=manager)
    assert said(only(route_post(post, [channel]))) == (
        False,
        "banned",
        "banned by mona: Wrong label",
    )


def test_the_last_word_by_hand_wins(make_post, make_channel, manager):
    channel, post = make_channel(), make_post()
    ban_post(post=post, channel=channel, reason="Wrong label", actor=manager)
    pin_post(post=post, channel=channel, reason="It was the right one", actor=manager)
    assert only(route_post(post, [channel])).code == "pinned"


def test_a_word_over_one_post_leaves_the_others_alone(make_post, make_channel, manager):
    channel, banned, other = make_channel(), make_post(), make_post()
    ban_post(post=banned, channel=channel, reason="Wrong label", actor=manager)
    routes = route_many([banned, other])
    assert [only(routes[post.pk]).goes for post in (banned, other)] == [False, True]


def test_an_unreadable_audience_takes_nothing_and_breaks_no_other_channel(
    make_post, make_channel, make_audience
):
    broken = make_channel(audience=make_audience("Gone", "genre:vaporwave"))
    fine = make_channel()
    first, second = route_post(make_post(), [broken, fine])
    assert not first.goes
    assert first.code == "unreadable"
    assert first.reason == (
        "its audience can’t be read: “vaporwave” is not the name of a genre here."
    )
    assert second.goes


def test_the_parts_tell_each_term_with_its_fact(make_post, make_channel, make_audience, make_tag):
    uk, _ = make_tag("UK"), make_tag("Festival")
    audience = make_audience("Heads", "(tag:uk OR tag:festival) AND NOT explicit:yes")
    make_channel(audience=audience)
    parts = only(route_post(make_post(tags=[uk]))).parts
    assert parts.as_dict() == {
        "text": "AND",
        "holds": True,
        "fact": "",
        "parts": [
            {
                "text": "OR",
                "holds": True,
                "fact": "",
                "parts": [
                    {
                        "text": "tag:uk",
                        "holds": True,
                        "fact": "tag: UK",
                        "parts": [],
                        "field": "tag",
                    },
                    {
                        "text": "tag:festival",
                        "holds": False,
                        "fact": "it is not tagged Festival (it has: UK)",
                        "parts": [],
                        "field": "tag",
                    },
                ],
            },
            {
                "text": "NOT",
                "holds": True,
                "fact": "",
                "parts": [
                    {
                        "text": "explicit:yes",
                        "holds": False,
                        "fact": "it is not explicit",
                        "parts": [],
                        "field": "explicit",
                    }
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("kind:tour AND lang:de", "its kind is feature, not tour; its language is en, not de"),
        ("kind:tour AND lang:en", "its kind is feature, not tour"),
        ("kind:tour OR lang:en", "language: en"),
        (
            "kind:tour OR kind:video",
            "its kind is feature, not tour; its kind is feature, not video",
        ),
        ("kind:feature AND NOT lang:en", "language: en"),
        ("market:DE", "it is not for DE (only for: GB, US)"),
        ("market:US", "market: US"),
        ("artist:burial", "it is not about Burial (artists: Four Tet)"),
        ('artist:"four tet"', "artist: Four Tet"),
    ],
)
def test_the_reason_names_only_the_facts_that_decide(
    make_post, make_channel, make_audience, make_artist, expression, reason
):
    make_artist("Burial")
    post = make_post(artists=[make_artist("Four Tet")], markets=["US", "GB"])
    make_channel(audience=make_audience("A", expression))
    assert only(route_post(post)).reason.removeprefix("not ").removeprefix("for “A”: ") == reason


def test_routes_come_in_the_order_of_the_channels_asked_for(make_post, make_channel):
    first, second = make_channel(), make_channel()
    routes = route_post(make_post(), [second, first])
    assert [route.channel for route in routes] == [second, first]


def test_more_posts_and_channels_cost_no_more_queries(
    world, make_post, make_channel, make_audience, make_tag, django_assert_max_num_queries
):
    uk = make_tag("UK")
    for number in range(8):
        expression = f"genre:techno AND tag:uk AND artist:nobody{number} OR tag:x"
        make_channel(world.techno_spoke, audience=make_audience(f"A{number}", expression))
        make_channel(audience=make_audience(f"B{number}", "genre:house AND tag:uk"))
        make_channel(world.electronic_spoke)
        make_channel()
    posts = [make_post(genres=[world.minimal], tags=[uk], markets=["DE"]) for _ in range(30)]
    with django_assert_max_num_queries(25):
        routes = route_many(posts)
    assert {len(of_post) for of_post in routes.values()} == {32}


def test_nothing_about_channels_is_read_again_while_nothing_changed(
    world, make_post, make_channel, django_assert_num_queries
):
    channel = make_channel(world.techno_spoke)
    posts = [make_post(genres=[world.techno]) for _ in range(5)]
    route_many(posts, [channel])
    read = Post.objects.with_content().in_bulk([post.pk for post in posts])
    # the version, the words by hand, the genres' ancestors
    with django_assert_num_queries(3):
        route_many(read.values(), [channel])


def test_a_table_costs_one_query_while_nothing_changed(make_channel, django_assert_num_queries):
    channel = make_channel()
    RoutingTable.load([channel])
    with django_assert_num_queries(1):
        RoutingTable.load([channel])


def test_overrides_are_found_in_one_query(
    make_post, make_channel, manager, django_assert_num_queries
):
    channel, posts = make_channel(), [make_post() for _ in range(3)]
    for post in posts:
        pin_post(post=post, channel=channel, reason="Yes", actor=manager)
    with django_assert_num_queries(1):
        found = overrides_of(posts)
        assert {str(found[post.pk][channel.pk].by) for post in posts} == {"mona"}
