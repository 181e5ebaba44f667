"""What routing is compiled from is kept in the process, and never older than the database."""

from __future__ import annotations

import os
import threading

import pytest
from django.db import connection, transaction

from content.catalogue.actions import add_alias, rename_genre, set_parents
from content.catalogue.models import Artist, FormerSlug, Genre
from spokes.audiences import compiled as kept
from spokes.audiences.actions import save_audience
from spokes.audiences.compiled import compiled
from spokes.audiences.models import Audience
from spokes.audiences.parts import BLOCK
from spokes.audiences.percolator import Percolator
from spokes.audiences.profiles.models import AudienceProfile
from spokes.audiences.routing import route_post
from spokes.channels.models import Channel, Spoke


@pytest.fixture
def world(make_genre, make_spoke, make_channel, make_audience):
    class World:
        electronic = make_genre("Electronic")
        techno = make_genre("Techno", electronic)
        house = make_genre("House", electronic)
        first = make_audience("First", "genre:techno")
        second = make_audience("Second", "genre:house")

    World.of_first = make_channel(audience=World.first)
    World.of_second = make_channel(audience=World.second)
    World.spoke = make_spoke(World.electronic)
    World.home = make_channel(World.spoke)
    return World


def goes(post, channel) -> bool:
    (route,) = route_post(post, [channel])
    return route.goes


def test_nothing_is_compiled_again_while_nothing_changed(world, make_post):
    before = compiled()
    make_post(genres=[world.techno])
    assert compiled() is before


def test_one_changed_audience_leaves_the_others_as_they_are(world, make_post):
    before = compiled()
    post = make_post(genres=[world.house])
    assert not goes(post, world.of_first)
    save_audience(name="First", expression="genre:house", audience=world.first)
    assert goes(post, world.of_first)
    after = compiled()
    assert after.wishes[world.second.pk] is before.wishes[world.second.pk]
    assert after.fits is before.fits


@pytest.fixture
def read(monkeypatch) -> list[int]:
    """Note the ids of the audiences whose expressions are read anew."""
    noted: list[int] = []
    really = kept.read_saved

    def noting(audiences):
        noted.extend(audience.pk for audience in audiences)
        return really(audiences)

    monkeypatch.setattr(kept, "read_saved", noting)
    return noted


@pytest.fixture
def put(monkeypatch) -> list[int]:
    """Note the keys that are put into the index of expressions."""
    noted: list[int] = []
    really = Percolator.put

    def noting(percolator, key, expression):
        noted.append(key)
        really(percolator, key, expression)

    monkeypatch.setattr(Percolator, "put", noting)
    return noted


@pytest.fixture
def many(make_channel, make_tag, make_artist):
    """Some blocks of audiences, each asked for by a channel."""
    make_tag("UK")
    make_artist("Four Tet")
    texts = ["tag:uk", "kind:tour", "artist:four-tet", "NOT explicit:yes AND tag:uk"]
    audiences = [save_audience(name=f"A{n}", expression=texts[n % 4]) for n in range(12)]
    for place, audience in enumerate(audiences):
        # ids of several blocks, as they are after years
        made = audience.pk
        audience.pk = 10 * BLOCK + place * BLOCK // 2
        audience.name, audience.slug = f"B{place}", f"b{place}"
        audience.save(force_insert=True)
        Audience.objects.get(pk=made).delete()
    Channel.objects.bulk_create(
        Channel(name=f"C{one.pk}", slug=f"c{one.pk}", network="site", audience=one)
        for one in audiences
    )
    compiled()
    return audiences


def test_one_changed_audience_is_the_only_one_that_is_compiled(many, read, put):
    changed = many[5]
    before = compiled()
    save_audience(name=changed.name, expression="kind:video", audience=changed)
    after = compiled()
    assert read == put == [changed.pk]
    assert after.layout is before.layout
    same = after.wishes.keys() - {changed.pk}
    assert all(after.wishes[key] is before.wishes[key] for key in same)


def test_of_the_others_only_those_of_its_block_are_looked_at(many, django_assert_num_queries):
    changed = many[5].pk
    Audience.objects.filter(pk=changed).update(note="Of no weight.")
    # the version before and after, and the block between them
    with django_assert_num_queries(3) as asked:
        compiled()
    block = asked[1]["sql"]
    assert 'FROM "audiences_audience"' in block
    assert str(changed // BLOCK * BLOCK) in block


def test_a_name_that_nobody_asks_for_compiles_nothing(many, read, put, make_artist):
    before = compiled()
    make_artist("Caribou")
    after = compiled()
    assert after is not before
    assert read == put == []
    assert after.layout is before.layout


def test_a_renaming_is_read_by_those_that_name_it(many, read):
    Artist.objects.update(name="KH")
    compiled()
    assert sorted(read) == [one.pk for one in many if "artist" in one.expression]


@pytest.fixture
def imported(many):
    """The same, as they are when something else wrote them: they are bound to no row."""
    Audience.objects.update(names={})
    compiled()
    return many


def test_a_renaming_is_read_by_imported_ones_that_name_it(imported, read):
    Artist.objects.update(name="KH")
    compiled()
    assert sorted(read) == [one.pk for one in imported if "artist" in one.expression]


def test_a_name_that_no_imported_one_has_compiles_nothing(imported, read, put, make_artist):
    make_artist("Caribou")
    compiled()
    assert read == put == []


def test_the_names_of_many_imported_ones_are_looked_up_once(
    imported, django_assert_max_num_queries
):
    Artist.objects.update(key="kh")
    # the versions, the spokes and what stands below them, three kinds of rows by id, and what the
    # texts of tags and of artists are
    with django_assert_max_num_queries(12):
        compiled()


def test_an_imported_one_follows_its_text_to_another_row(
    make_tag, make_channel, make_audience, read
):
    one = make_tag("Britain")
    channel = make_channel(audience=make_audience("A", "tag:uk"))
    make_channel(audience=make_audience("B", "tag:britain"))
    compiled()
    read.clear()
    other = make_tag("UK")
    known = compiled()
    assert read == [channel.audience_id]
    assert {one.row for one in known.wishes[channel.audience_id].references} == {other.pk}
    FormerSlug.objects.create(kind=FormerSlug.Kind.TAG, slug=other.slug, now_at=one.slug)
    other.delete()
    read.clear()
    known = compiled()
    assert read == [channel.audience_id]
    assert {one.row for one in known.wishes[channel.audience_id].references} == {one.pk}


def test_one_that_asks_for_an_imported_one_hears_of_its_names(
    make_tag, make_channel, make_audience, make_post, make_genre
):
    make_audience("Inner", "tag:uk OR genre:techno")
    make_genre("Techno")
    make_tag("UK")
    outer = save_audience(name="Outer", expression="audience:inner OR tag:uk")
    channel = make_channel(audience=outer)
    compiled()
    old = make_genre("House")
    old_post = make_post(genres=[old])
    assert not goes(old_post, channel)
    Genre.objects.filter(slug="techno").update(slug="acid", name="Acid", key="acid")
    Genre.objects.filter(pk=old.pk).update(slug="techno", name="Techno", key="techno")
    assert goes(old_post, channel)


def test_another_place_in_the_graph_compiles_no_audience(many, read, put, make_genre):
    set_parents(genre=make_genre("A"), parents=[make_genre("B")])
    compiled()
    assert read == put == []


def test_a_pause_of_a_channel_compiles_nothing(many, now):
    before = compiled()
    Channel.objects.update(paused_at=now)
    assert compiled() is before


def test_a_merged_tag_is_followed_by_those_that_were_bound_to_it(make_tag, make_channel, make_post):
    one, other = make_tag("UK"), make_tag("Britain")
    channel = make_channel(audience=save_audience(name="A", expression="tag:uk"))
    post = make_post(tags=[other])
    assert not goes(post, channel)
    FormerSlug.objects.create(kind=FormerSlug.Kind.TAG, slug=one.slug, now_at=other.slug)
    one.delete()
    assert goes(post, channel)


def test_an_audience_follows_the_one_that_it_asks_for(world, make_post, make_audience):
    outer = save_audience(name="Outer", expression="audience:first")
    Channel.objects.filter(pk=world.of_second.pk).update(audience=outer)
    post = make_post(genres=[world.house])
    assert not goes(post, world.of_second)
    save_audience(name="First", expression="genre:house", audience=world.first)
    assert goes(post, world.of_second)


def test_what_could_not_be_read_is_read_once_its_name_is_known(world, make_post):
    Audience.objects.filter(pk=world.first.pk).update(expression="genre:tekkno")
    post = make_post(genres=[world.techno])
    (route,) = route_post(post, [world.of_first])
    assert route.code == "unreadable"
    add_alias(genre=world.techno, name="Tekkno")
    assert goes(post, world.of_first)


def test_another_place_in_the_graph_is_seen(world, make_post):
    post = make_post(genres=[world.house])
    assert goes(post, world.home)
    set_parents(genre=world.house, parents=[])
    assert not goes(post, world.home)


def test_a_new_name_of_a_genre_is_said(world, make_post):
    post = make_post(genres=[world.house])
    route_post(post, [world.of_first])
    rename_genre(genre=world.techno, name="Teknno")
    (route,) = route_post(post, [world.of_first])
    assert "Teknno" in route.reason


def test_a_channel_moves_to_another_spoke(world, make_post, make_spoke):
    post = make_post(genres=[world.house])
    assert goes(post, world.home)
    Channel.objects.filter(pk=world.home.pk).update(spoke=make_spoke(world.techno))
    assert not goes(post, world.home)


def test_new_channels_and_gone_ones_are_noticed(world, make_post, make_channel):
    post = make_post(genres=[world.house])
    route_post(post)
    new = make_channel()
    assert goes(post, new)
    Channel.objects.filter(pk=new.pk).delete()
    assert route_post(post, [new]) == []


def test_a_floor_counts_at_once(world, make_post):
    post = make_post(genres=[world.house, world.techno])
    assert goes(post, world.home)
    make_no_share = Spoke.objects.filter(pk=world.spoke.pk)
    make_no_share.update(genre=world.house, genre_floor=0.9)
    assert not goes(post, world.home)


def test_a_new_profile_is_loaded(world):
    before = compiled()
    AudienceProfile.objects.create(spoke=world.spoke, people=3)
    after = compiled()
    assert after.fits is not before.fits
    assert after.percolator is before.percolator


def test_what_is_taken_back_is_as_it_was(world, make_post):
    post = make_post(genres=[world.house])
    before = compiled()
    with transaction.atomic():
        save_audience(name="First", expression="genre:house", audience=world.first)
        assert goes(post, world.of_first)
        transaction.set_rollback(True)
    assert not goes(post, world.of_first)
    assert compiled() is before


def test_a_forked_process_compiles_for_itself(world):
    compiled()
    with kept._kept.lock:
        child = os.fork()
        if child == 0:
            free = kept._kept.lock.acquire(blocking=False) and not kept._kept.latest()
            os._exit(0 if free else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.django_db(transaction=True)
def test_threads_share_it_and_none_sees_what_was_before(make_genre, make_channel, make_post):
    genre = make_genre("Techno")
    audience = save_audience(name="A", expression="kind:tour")
    channel = make_channel(audience=audience)
    post = make_post(genres=[genre])
    wrong: list[str] = []
    texts = ["genre:techno", "kind:tour"] * 10

    def ask() -> None:
        try:
            for _ in range(20):
                route_post(post, [channel])
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for text in texts:
        save_audience(name="A", expression=text, audience=audience)
        wrong += [text] if goes(post, channel) is not (text == "genre:techno") else []
    for thread in threads:
        thread.join()
    assert wrong == []
