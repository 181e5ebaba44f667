from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction

from content.catalogue.actions import add_alias, add_artist, rename_genre, set_parents
from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag, Post
from spokes.audiences.models import Audience
from spokes.audiences.parts import BLOCK, VersionPart
from spokes.audiences.version import Version, blocks_apart, bump, current
from spokes.channels.models import Channel, Spoke

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(make_genre):
    class World:
        techno = make_genre("Techno")
        house = make_genre("House")
        country = make_genre("Country")

    return World


def parts_raised(change: Callable[[], object]) -> set[str]:
    before = current()
    change()
    after = current()
    return {name for name in Version._fields if getattr(before, name) != getattr(after, name)}


def test_saving_an_audience_raises_the_version(make_audience):
    assert parts_raised(lambda: make_audience("A", "genre:techno")) == {"audiences"}
    assert parts_raised(lambda: Audience.objects.update(expression="genre:house")) == {"audiences"}
    assert parts_raised(lambda: Audience.objects.all().delete()) == {"audiences"}


def test_spokes_and_channels_raise_it(world, make_spoke, make_channel):
    assert parts_raised(lambda: make_spoke(world.techno)) == {"channels"}
    spoke = Spoke.objects.get()
    assert parts_raised(lambda: make_channel(spoke=spoke)) == {"channels"}
    assert parts_raised(lambda: Channel.objects.update(spoke=None)) == {"channels"}
    assert parts_raised(lambda: Channel.objects.update(fit_floor=0.5)) == {"channels"}
    assert parts_raised(lambda: Spoke.objects.update(rolls_up=False)) == {"channels"}
    assert parts_raised(lambda: Channel.objects.all().delete()) == {"channels"}


def test_what_of_a_channel_decides_nothing_leaves_it_alone(make_channel, now):
    make_channel()
    assert parts_raised(lambda: Channel.objects.update(paused_at=now, name="Other")) == set()


def test_an_audience_raises_the_part_of_its_block_alone(make_audience):
    first = make_audience("A", "genre:techno")
    far = Audience.objects.create(pk=first.pk + BLOCK, name="B", slug="b", expression="kind:tour")
    before = current()
    Audience.objects.filter(pk=far.pk).update(expression="kind:video")
    assert blocks_apart(before, current()) == {far.pk // BLOCK}
    Audience.objects.update(note="Both.")
    assert blocks_apart(before, current()) == {first.pk // BLOCK, far.pk // BLOCK}
    bump(VersionPart.AUDIENCES)
    assert blocks_apart(before, current()) is None


def test_names_raise_it(world, make_artist):
    assert parts_raised(lambda: add_alias(genre=world.techno, name="Tekkno")) == {"names"}
    assert parts_raised(lambda: rename_genre(genre=world.techno, name="Techno!")) == {"names"}
    assert parts_raised(lambda: add_artist(name="Four Tet")) == {"names"}
    assert parts_raised(lambda: AudienceTag.objects.create(name="UK", meaning="x")) == {"names"}
    assert parts_raised(lambda: AudienceTag.objects.update(name="Uk")) == {"names"}


def test_of_an_artist_only_the_name_and_the_slug_raise_it(make_artist):
    artist = make_artist("Four Tet")
    assert parts_raised(lambda: Artist.objects.update(about="Plays.")) == set()
    assert parts_raised(lambda: Artist.objects.update(name="Four Tet")) == set()
    assert parts_raised(lambda: Artist.objects.filter(pk=artist.pk).update(name="KH")) == {"names"}


def test_another_place_in_the_graph_raises_it(world):
    move = partial(set_parents, genre=world.country, parents=[world.house])
    assert parts_raised(move) == {"graph"}
    assert parts_raised(lambda: Genre.objects.get(pk=world.country.pk).delete()) == {
        "names",
        "graph",
    }


def test_what_changes_nothing_for_routing_leaves_it_alone(make_post):
    post = make_post()
    assert parts_raised(lambda: Post.objects.filter(pk=post.pk).update(title="New")) == set()


def test_a_change_that_is_undone_has_the_old_version_again():
    before = current()
    with transaction.atomic():
        bump()
        during = current()
        transaction.set_rollback(True)
    undone = current()
    bump()
    assert before == undone != during
    assert current() not in {before, during}


def test_a_part_is_raised_by_hand():
    assert parts_raised(lambda: bump(VersionPart.PROFILES)) == {"profiles"}
    assert parts_raised(lambda: bump(VersionPart.PROFILES)) == {"profiles"}


def test_reading_it_is_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        current()
