"""A what-if looks at the channels that a change may touch alone, and finds all that would move."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content.editorial.models import Post
from spokes.audiences import whatif
from spokes.audiences.actions import ban_post, pin_post
from spokes.audiences.facts import facts_of_many
from spokes.audiences.lately import LOOKED_BACK, lately
from spokes.audiences.models import Audience, AudienceProfile
from spokes.audiences.profiles.actions import keep_opened
from spokes.audiences.profiles.models import Origin, ProfileGenre
from spokes.audiences.profiles.opened import Opened
from spokes.audiences.routing import RoutingTable, overrides_of
from spokes.audiences.whatif import Trial, moved, try_audience, try_fields, try_opened
from spokes.channels.models import Channel, Spoke

ASKED = ["tag:uk AND NOT explicit:yes", "genre:trap OR kind:tour", "audience:a0 AND NOT genre:jazz"]


@pytest.fixture
def house(make_genre, make_tag, make_spoke, make_channel, make_audience):
    """Spokes of every kind below each other, two with a taste, and channels of every kind."""
    music = make_genre("Music")
    hop, jazz = make_genre("Hip Hop", music), make_genre("Jazz", music)
    trap = make_genre("Trap", hop)
    audiences = [make_audience(f"A{place}", text) for place, text in enumerate(ASKED)]
    spokes = [
        make_spoke(music),
        make_spoke(hop, genre_floor=0.5),
        make_spoke(trap, rolls_up=False),
        make_spoke(jazz, audience=audiences[1]),
    ]
    for spoke, genre in ((spokes[1], trap), (spokes[3], jazz)):
        taste = AudienceProfile.objects.create(spoke=spoke, people=50)
        ProfileGenre.objects.create(profile=taste, genre=genre, weight=1, origin=Origin.IMPORTED)
    for place, spoke in enumerate(spokes):
        make_channel(spoke, fit_floor=0.6 if place % 2 else None)
        make_channel(spoke, audience=audiences[place % 3], fit_floor=0.5 if place > 1 else None)
    make_channel()
    make_channel(audience=audiences[2])
    return SimpleNamespace(
        genres=[music, hop, jazz, trap],
        tags=[make_tag("UK"), make_tag("Club")],
        spokes=spokes,
        audiences=audiences,
        channels=list(Channel.objects.order_by("pk")),
    )


@pytest.fixture
def posts(house, make_post, manager):
    chance, now = random.Random(5), timezone.now()
    posts = [
        make_post(
            genres=chance.sample(house.genres, chance.randrange(3)),
            tags=chance.sample(house.tags, chance.randrange(3)),
            explicit=chance.random() < 0.3,
            kind=chance.choice(["tour", "feature"]),
            updated_at=now,
        )
        for _ in range(50)
    ]
    for place, say in enumerate([pin_post, ban_post] * 4):
        say(post=posts[place], channel=house.channels[place], reason="So.", actor=manager)
    return posts


def late() -> Any:
    return lately(timezone.now() - LOOKED_BACK)


def taken(posts: list[Post]) -> set[tuple[int, int]]:
    table, by_hand = RoutingTable.load([]), overrides_of(posts)
    return {
        (pk, channel)
        for pk, facts in facts_of_many(posts).items()
        for channel in table.takers(facts, by_hand.get(pk, {}))
    }


def really_moved(posts: list[Post], change: Callable[[], object]) -> dict[int, tuple[int, int]]:
    before = taken(posts)
    with transaction.atomic():
        change()
        after = taken(posts)
        transaction.set_rollback(True)
    into, out_of = after - before, before - after
    return {
        channel: (sum(at == channel for _, at in into), sum(at == channel for _, at in out_of))
        for channel in {at for _, at in into | out_of}
    }


def told(trial: Trial) -> dict[int, tuple[int, int]]:
    found = moved(trial, late(), Channel.objects.all())
    return {line.channel.pk: (line.into, line.out_of) for line in found.channels}


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        (0, {"rolls_up": False}),
        (0, {"genre_floor": 0.6}),
        (1, {"genre_floor": 0}),
        (1, {"rolls_up": False}),
        (2, {"rolls_up": True}),
        (2, {"audience": 0}),
        (3, {"audience": None}),
        (3, {"audience": 2, "genre_floor": 0.4}),
    ],
)
def test_other_fields_of_a_spoke_move_what_they_really_move(posts, house, place, fields):
    spoke = house.spokes[place]
    if fields.get("audience") is not None:
        fields = {**fields, "audience": house.audiences[fields["audience"]]}
    change = Spoke.objects.filter(pk=spoke.pk).update
    assert told(try_fields(spoke, fields)) == really_moved(posts, lambda: change(**fields))


@pytest.mark.parametrize("fields", [{"fit_floor": 0.55}, {"fit_floor": None}, {"audience": None}])
def test_other_fields_of_a_channel_move_what_they_really_move(posts, house, fields):
    for channel in house.channels:
        change = Channel.objects.filter(pk=channel.pk).update
        trial = try_fields(channel, fields)
        assert trial.channels <= {channel.pk}
        assert told(trial) == really_moved(posts, lambda: change(**fields))  # noqa: B023  # at once


@pytest.mark.parametrize("text", ["genre:jazz", "kind:tour AND tag:club", "NOT", "tag:u*"])
def test_another_text_moves_what_it_really_moves(posts, house, text):
    for audience in house.audiences:
        change = Audience.objects.filter(pk=audience.pk).update
        trial = try_audience(audience, text)
        # the ids that its names stand for are read from the text
        really = really_moved(posts, lambda: change(expression=text, names={}))  # noqa: B023  # at once
        assert told(trial) == really


def test_another_taste_moves_what_it_really_moves(posts, house):
    spoke, genre = house.spokes[1], house.genres[2]
    opened = Opened(people=20, genres={genre.pk: 1.0}, tags={}, artists={})
    trial = try_opened(spoke, opened)

    def change() -> None:
        keep_opened(owner=spoke, opened=opened, actor=None)

    assert told(trial) == really_moved(posts, change)
    # of every channel with a floor and a taste: what is usual in the house is another
    guarded = Channel.objects.filter(fit_floor__isnull=False, spoke__in=house.spokes[1::2])
    assert trial.channels == {channel.pk for channel in guarded}


def test_of_many_channels_those_that_most_moves_on_are_told(posts, house, monkeypatch):
    monkeypatch.setattr(whatif, "SHOWN_CHANNELS", 1)
    trial = try_fields(house.spokes[1], {"genre_floor": 0, "rolls_up": False})
    found = moved(trial, late(), Channel.objects.all())
    monkeypatch.setattr(whatif, "SHOWN_CHANNELS", 50)
    whole = moved(trial, late(), Channel.objects.all())
    assert len(whole.channels) > 1
    assert found.channels == whole.channels[:1]
    assert found.all_channels == whole.all_channels == len(whole.channels)
    assert (found.into, found.out_of) == (whole.into, whole.out_of)


def test_more_channels_take_no_more_queries(posts, house, make_channel):
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            moved(try_fields(house.spokes[1], {"genre_floor": 0}), late(), Channel.objects.all())
        return len(seen)

    count()
    before = count()
    Channel.objects.bulk_create(
        Channel(name=f"More {place}", slug=f"more-{place}", network="site", spoke=spoke)
        for place, spoke in enumerate(house.spokes * 10)
    )
    count()
    assert count() == before
