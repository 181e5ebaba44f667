from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from content.catalogue.models import UnresolvedGenre
from content.editorial.models import Post, PostGenre
from spokes.audiences import kept_out, lately
from spokes.audiences.actions import ban_post
from spokes.audiences.coverage import cover
from spokes.audiences.kept_out import kept_out as what_was_kept_out
from spokes.audiences.models import Audience
from spokes.audiences.profiles.actions import set_profile
from spokes.audiences.routing import RoutingTable
from spokes.channels.models import Spoke


@pytest.fixture
def world(make_genre, make_spoke, make_channel, make_post, make_tag, make_audience):
    """Trap below Hip Hop; Jazz gets nothing, and one post reaches no spoke."""
    now = timezone.now()

    class World:
        hip_hop = make_genre("Hip Hop")
        trap = make_genre("Trap", hip_hop)
        jazz = make_genre("Jazz")
        country = make_genre("Country")
        used, unused = make_tag("Used"), make_tag("Unused")

    World.spokes = [make_spoke(genre) for genre in (World.hip_hop, World.trap, World.jazz)]
    World.channels = [make_channel(spoke) for spoke in World.spokes]
    make_channel(slug="everything")
    World.tours = make_channel(audience=make_audience("Tours", "kind:tour AND NOT explicit:yes"))
    World.both = make_post(genres=[World.trap], tags=[World.used], updated_at=now)
    World.one = make_post(genres=[World.hip_hop], explicit=True, updated_at=now)
    World.lost = make_post("Lost", genres=[World.country], updated_at=now)
    World.old = make_post("Old", genres=[World.jazz])
    return World


def test_a_week_is_counted_since_the_oldest_post(world):
    month_ago = timezone.now() - timedelta(weeks=4)
    Post.objects.filter(pk=world.lost.pk).update(updated_at=month_ago)
    fed = {line.spoke.name: line.a_week for line in cover(now=timezone.now()).fed}
    assert fed == {"Jazz": 0.0, "Trap": 0.2, "Hip Hop": 0.5}


def test_coverage_tells_who_gets_what(world):
    UnresolvedGenre.objects.create(name="Phonk", key="phonk", seen=3, first_seen_at=timezone.now())
    found = cover(now=timezone.now())
    assert found.posts == 3
    assert found.nowhere_number == 1
    (lost,) = found.nowhere
    assert lost.post == world.lost
    assert "no genre of it is" in lost.why
    assert [(line.spoke.name, line.posts, line.starves) for line in found.fed] == [
        ("Jazz", 0, True),
        ("Trap", 1, False),
        ("Hip Hop", 2, False),
    ]
    (overlap,) = found.overlaps
    assert {spoke.name for spoke in overlap.spokes} == {"Hip Hop", "Trap"}
    assert (overlap.posts, overlap.share) == (1, 1.0)
    assert [(line.tag, line.posts, line.audiences) for line in found.idle_tags] == [
        (world.unused, 0, 0),
        (world.used, 1, 0),
    ]
    assert [row.name for row in found.unresolved] == ["Phonk"]


def test_more_posts_cost_coverage_no_more_queries(world, make_post, django_assert_max_num_queries):
    for _ in range(20):
        make_post(genres=[world.trap], updated_at=timezone.now())
    with django_assert_max_num_queries(26):
        cover(now=timezone.now())


def test_coverage_takes_the_newest_of_too_many(world, monkeypatch):
    monkeypatch.setattr(lately, "PAGE", 1)
    found = cover(now=timezone.now(), most=2)
    assert (found.posts, found.is_cut) == (2, True)
    assert not cover(now=timezone.now(), most=3).is_cut


def test_coverage_is_the_same_read_post_by_post(world, monkeypatch):
    now = timezone.now()
    whole = cover(now=now)
    monkeypatch.setattr(lately, "PAGE", 1)
    assert cover(now=now) == whole
    assert whole.overlaps


def test_coverage_is_told_of_a_part_of_the_house(world, make_audience):
    hungry = world.spokes[0]
    found = cover(
        now=timezone.now(),
        posts=Post.objects.exclude(pk=world.one.pk),
        spokes=Spoke.objects.filter(pk=hungry.pk),
        audiences=Audience.objects.none(),
    )
    assert (found.posts, found.nowhere_number) == (2, 1)
    assert [(line.spoke, line.posts) for line in found.fed] == [(hungry, 1)]
    assert found.overlaps == []


@pytest.mark.parametrize("text", ["tag:used", "tag:us*", "kind:tour AND NOT tag:used"])
def test_a_tag_that_is_on_posts_and_asked_for_is_not_idle(world, make_audience, text):
    make_audience("Users", text)
    found = cover(now=timezone.now())
    assert [line.tag for line in found.idle_tags] == [world.unused]


@pytest.mark.parametrize("is_in_use", [True, False])
def test_audiences_that_ask_for_a_tag_are_counted_once_each(
    world, make_audience, make_channel, is_in_use: bool
):
    audiences = [
        make_audience("Both", "tag:unused OR tag:un*"),
        make_audience("Within", "kind:tour AND NOT (explicit:yes OR tag:unused)"),
        make_audience("Other", "tag:used"),
        make_audience("None", "genre:trap"),
    ]
    for audience in audiences if is_in_use else []:
        make_channel(audience=audience)
    (line,) = cover(now=timezone.now()).idle_tags
    assert (line.tag, line.posts, line.audiences) == (world.unused, 0, 2)


def test_a_lost_post_is_explained_by_the_channels_that_come_nearest(world, make_spoke):
    Spoke.objects.filter(pk=world.spokes[2].pk).update(genre_floor=0.6)
    PostGenre.objects.create(post=world.lost, genre=world.jazz, source="editor", share=0.5)
    (lost,) = cover(now=timezone.now()).nowhere
    assert lost.why == "only 50% of it is Jazz, and Jazz asks for 60%"


def test_of_many_channels_few_are_asked_why(world, make_channel, make_audience, monkeypatch):
    monkeypatch.setattr("spokes.audiences.coverage.ASKED", 2)
    asked = []
    really = RoutingTable.route

    def noting(table, facts, channel, overrides):
        asked.append(channel.pk)
        return really(table, facts, channel, overrides)

    monkeypatch.setattr(RoutingTable, "route", noting)
    for spoke in world.spokes:
        make_channel(spoke, audience=make_audience(f"A{spoke.pk}", "kind:interview"))
    assert cover(now=timezone.now()).nowhere_number == 1
    assert asked == [channel.pk for channel in world.channels[:2]]


def test_the_command_prints_it(world):
    out = io.StringIO()
    call_command("coverage", stdout=out)
    text = out.getvalue()
    assert "1 reach no spoke\n  lost  " in text
    assert "Jazz  starves" in text
    assert "Tags that none of them has: Unused" in text


def test_what_was_kept_out_is_sorted_by_rule(world, manager):
    since = timezone.now() - timedelta(days=7)
    ban_post(post=world.both, channel=world.tours, reason="No", actor=manager)
    found = what_was_kept_out(world.tours, since)
    assert (found.posts, found.going) == (3, 0)
    assert [(tuple(one.rule), one.number) for one in found.kept_out] == [
        (("not_wanted", "kind:tour", False), 2),
        (("banned", "", False), 1),
        (("not_wanted", "explicit:yes", True), 1),
    ]
    (example,) = found.kept_out[2].examples
    assert example.post == world.one
    assert "it is explicit" in example.why
    assert example.fit is None


def test_what_goes_there_is_told_with_its_reason(world):
    found = what_was_kept_out(world.channels[0], timezone.now() - timedelta(days=7))
    assert (found.posts, found.going) == (3, 2)
    assert {one.post for one in found.examples_going} == {world.both, world.one}
    assert all(one.why for one in found.examples_going)


def test_what_fits_its_people_best_stands_first_of_what_was_kept_out(world, make_post, make_genre):
    far = make_genre("Polka")
    for genre in (world.trap, far):
        make_post(genres=[genre], updated_at=timezone.now())
    set_profile(owner=world.tours, genres={world.trap: 0.9}, actor=None)
    found = what_was_kept_out(world.tours, timezone.now() - timedelta(days=7))
    fits = [example.fit for example in found.kept_out[0].examples]
    assert None not in fits
    assert fits == sorted(fits, reverse=True)
    # the newest is another
    assert found.kept_out[0].examples[0].post.genres.get() == world.trap


def test_drafts_and_other_peoples_posts_are_not_sorted(world, make_post):
    make_post(state="draft", genres=[world.trap], updated_at=timezone.now())
    mine = Post.objects.filter(pk=world.lost.pk)
    since = timezone.now() - timedelta(days=7)
    assert what_was_kept_out(world.tours, since).posts == 3
    assert what_was_kept_out(world.tours, since, mine).posts == 1


def test_kept_out_reads_the_newest_alone(world, monkeypatch):
    monkeypatch.setattr(kept_out, "MOST_POSTS", 1)
    found = what_was_kept_out(world.channels[2], timezone.now() - timedelta(days=7))
    assert (found.posts, found.is_cut) == (1, True)


def test_kept_out_costs_the_same_for_more_posts(world, make_post, django_assert_max_num_queries):
    for _ in range(20):
        make_post(genres=[world.trap], updated_at=timezone.now())
    with django_assert_max_num_queries(20):
        what_was_kept_out(world.tours, timezone.now() - timedelta(days=7))


def test_of_many_idle_tags_the_first_are_listed_and_all_are_counted(
    make_tag, make_post, make_audience, monkeypatch: pytest.MonkeyPatch, now
) -> None:
    monkeypatch.setattr("spokes.audiences.coverage.SHOWN_TAGS", 3)
    tags = [make_tag(f"Tag {letter}") for letter in "abcdef"]
    make_post(tags=[tags[0]], updated_at=now)
    make_audience("A", 'tag:"Tag a"')
    found = cover(now=now)
    assert [one.tag for one in found.idle_tags] == tags[1:4]
    assert (found.idle_number, found.more_idle) == (5, 2)
