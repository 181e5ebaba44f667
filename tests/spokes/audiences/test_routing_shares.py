"""However an editor shares a post out, memory, index and database agree on whom it reaches."""

from __future__ import annotations

import json
from collections import defaultdict
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.editorial.actions import write_post
from content.editorial.models import Post, PostGenre
from content.editorial.picks import problems_of_picks
from spokes.audiences.facts import facts_of, facts_of_many
from spokes.audiences.routing import RoutingTable, route_post
from spokes.channels.models import Channel, Spoke

FLOORS = [0, 0.01, 0.25, 0.3, 1 / 3, 0.5, 0.6, 0.99, 1]
NEARLY = 1e-9
GENRES = 6


@pytest.fixture
def house(make_genre, make_spoke, make_channel):
    """Six genres, some below two others, each with a spoke of its own."""
    music, country = make_genre("Music"), make_genre("Country")
    hip_hop = make_genre("Hip Hop", music)
    country_rap = make_genre("Country Rap", hip_hop, country)
    genres = [music, country, hip_hop, country_rap, make_genre("Trap", hip_hop), make_genre("Folk")]
    for genre in genres:
        make_channel(make_spoke(genre))
    return genres


picks = st.dictionaries(
    st.integers(0, GENRES - 1), st.none() | st.sampled_from([1, 25, 30, 33, 50, 60, 99, 100])
).filter(lambda one: not problems_of_picks({str(key): said for key, said in one.items()}))


def test_index_memory_and_database_agree_on_every_share_and_floor(house, editor) -> None:
    @settings(
        deadline=None,
        max_examples=60,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        st.lists(picks, min_size=1, max_size=4),
        st.lists(st.sampled_from(FLOORS), min_size=GENRES, max_size=GENRES),
    )
    def agree(said, floors) -> None:
        Post.objects.all().delete()
        for genre, floor in zip(house, floors, strict=True):
            Spoke.objects.filter(genre=genre).update(genre_floor=floor)
        for one in said:
            given = [(house[place], percent) for place, percent in one.items()]
            write_post(actor=editor, fields={"title": "Mixed", "genres": given})
        table, reached = RoutingTable.load(), reached_in_database()
        for pk, facts in facts_of_many(Post.objects.all()).items():
            routes = table.route_all(facts, {})
            assert {route.channel.pk for route in routes if route.goes} == reached[pk]
            assert table.takers(facts, {}) == reached[pk]

    agree()


def reached_in_database() -> defaultdict[int, set[int]]:
    """Let the database add the shares at or below each spoke's genre, and ask its floor."""
    reached: defaultdict[int, set[int]] = defaultdict(set)
    for channel in Channel.objects.select_related("spoke"):
        below = PostGenre.objects.filter(genre__above__ancestor=channel.spoke.genre_id)
        shares = below.values_list("post").annotate(share=Sum("share"))
        for post, share in shares:
            if share >= channel.spoke.genre_floor - NEARLY:
                reached[post].add(channel.pk)
    return reached


@pytest.fixture
def crossover(house, editor) -> Post:
    _, country, hip_hop, *_ = house
    Spoke.objects.filter(genre=country).update(genre_floor=0.25)
    Spoke.objects.filter(genre=hip_hop).update(genre_floor=0.5)
    fields = {"title": "Crossover", "genres": [(country, 60), (hip_hop, 40)]}
    return write_post(actor=editor, fields=fields)


def reasons(post: Post) -> dict[str, str]:
    return {route.channel.spoke.name: route.reason for route in route_post(post)}


def test_a_crossover_goes_where_its_share_is_enough_and_says_whose_share_it_is(crossover) -> None:
    told = reasons(crossover)
    assert told["Country"] == "genre: Country (set by the editor: 60%)"
    assert told["Hip Hop"] == "only 40% of it is Hip Hop, and Hip Hop asks for 50%"
    assert told["Music"] == "genre: Hip Hop is below Music (set by the editor: 40%)"
    assert told["Folk"] == "no genre of it is Folk or below (it has: Country 60%, Hip Hop 40%)"


def test_what_is_left_for_a_genre_is_told_with_its_share(house, editor) -> None:
    _, country, hip_hop, *_ = house
    fields = {"title": "Crossover", "genres": [(country, 70), hip_hop]}
    told = reasons(write_post(actor=editor, fields=fields))
    assert told["Hip Hop"] == "genre: Hip Hop (picked by the editor: 30%)"


def test_without_shares_nothing_is_said_of_them(house, editor) -> None:
    _, country, hip_hop, *_ = house
    told = reasons(write_post(actor=editor, fields={"title": "Two", "genres": [country, hip_hop]}))
    assert told["Country"] == "genre: Country"


def test_facts_say_who_set_each_share_in_as_many_queries_as_before(
    crossover, django_assert_num_queries
) -> None:
    with django_assert_num_queries(4):
        facts = facts_of(crossover)
    assert facts.has_set_shares
    assert set(facts.sources.values()) == {"share"}


def test_the_command_says_the_shares_in_words_and_as_json(crossover) -> None:
    words, told = StringIO(), StringIO()
    call_command("explain_route", str(crossover.pk), stdout=words)
    call_command("explain_route", str(crossover.pk), "--json", stdout=told)
    assert "genres: Country 60%, Hip Hop 40% (set by the editor)" in words.getvalue()
    assert json.loads(told.getvalue())["post"]["genres"] == [
        {"genre": "Country", "share": 0.6, "source": "share"},
        {"genre": "Hip Hop", "share": 0.4, "source": "share"},
    ]
