"""Many posts against all channels at once go where each of them goes by itself."""

from __future__ import annotations

import random
from datetime import date

import pytest

from content.editorial.models import PostGenre
from spokes.audiences.actions import ban_post, pin_post
from spokes.audiences.facts import facts_of_many
from spokes.audiences.models import AudienceProfile
from spokes.audiences.profiles.models import Origin, ProfileGenre
from spokes.audiences.reach import Reach
from spokes.audiences.routing import RoutingTable, overrides_of
from spokes.audiences.rows import places_of

TEXTS = [
    "tag:uk AND NOT explicit:yes",
    "genre:trap OR kind:tour",
    "tag:u* AND year:>1999",
    "audience:a0 AND NOT genre:jazz",
    "genre:gone",
]


@pytest.fixture
def house(make_genre, make_tag, make_spoke, make_channel, make_audience):
    """Spokes with every rule that routing knows, each with a channel or more."""
    music = make_genre("Music")
    hop, jazz = make_genre("Hip Hop", music), make_genre("Jazz", music)
    trap, drill = make_genre("Trap", hop), make_genre("Drill", hop)
    audiences = [make_audience(f"A{place}", text) for place, text in enumerate(TEXTS)]
    spokes = [
        make_spoke(music),
        make_spoke(hop, genre_floor=0.5),
        make_spoke(trap, rolls_up=False),
        make_spoke(drill, audience=audiences[0]),
        make_spoke(jazz, genre_floor=0.3),
    ]
    taste = AudienceProfile.objects.create(spoke=spokes[4], people=0)
    ProfileGenre.objects.create(profile=taste, genre=trap, weight=1, origin=Origin.TYPED)
    for place, spoke in enumerate(spokes):
        make_channel(spoke, fit_floor=0.6 if place == 4 else None)
        make_channel(spoke, audience=audiences[place])
    make_channel()
    return [music, hop, jazz, trap, drill], [make_tag("UK"), make_tag("Club")], spokes


@pytest.fixture
def posts(house, make_post, manager):
    chance = random.Random(7)
    genres, tags, spokes = house
    posts = [
        make_post(
            genres=chance.sample(genres, chance.randrange(3)),
            tags=chance.sample(tags, chance.randrange(3)),
            explicit=chance.random() < 0.5,
            kind=chance.choice(["tour", "feature"]),
            happens_on=chance.choice([None, date(1999, 1, 1), date(2020, 1, 1)]),
        )
        for _ in range(40)
    ]
    for place, post in enumerate(posts):
        rows = list(PostGenre.objects.filter(post=post))
        for row, share in zip(rows, (0.8, 0.2), strict=False):
            PostGenre.objects.filter(pk=row.pk).update(share=share)
        channels = list(spokes[place % 5].channels.order_by("pk"))
        if place < 10:
            pin_post(post=post, channel=channels[0], reason="Yes.", actor=manager)
        elif place < 20:
            for channel in channels[: 1 + place % 2]:
                ban_post(post=post, channel=channel, reason="No.", actor=manager)
    return posts


def test_together_they_reach_what_each_reaches(posts):
    facts, by_hand = facts_of_many(posts), overrides_of(posts)
    pairs = [(facts[post.pk], by_hand.get(post.pk, {})) for post in posts]
    table = RoutingTable.load([])
    spoke_of = {pk: row.spoke for pk, row in table.known.layout.rows.items() if row.spoke}
    alone = [{spoke_of[pk] for pk in table.takers(*pair) & spoke_of.keys()} for pair in pairs]
    found = Reach(table, spoke_of).of(pairs)
    together = [{spoke for spoke in found if found[spoke] >> place & 1} for place in range(40)]
    assert together == alone
    # each rule let some through and kept some out
    assert all(0 < found[spoke].bit_count() < 40 for spoke in set(spoke_of.values()))
    assert len(set(map(frozenset, alone))) > 8


def test_channels_in_no_group_do_not_matter(posts):
    facts = facts_of_many(posts)
    assert Reach(RoutingTable.load([]), {}).of([(known, {}) for known in facts.values()]) == {}


def test_places_are_those_of_the_bits():
    assert list(places_of(0)) == []
    assert list(places_of(1 << 70 | 5)) == [0, 2, 70]
