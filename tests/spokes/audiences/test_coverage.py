from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from content.catalogue.models import UnresolvedGenre
from spokes.audiences import coverage, kept_out
from spokes.audiences.actions import ban_post
from spokes.audiences.coverage import cover
from spokes.audiences.kept_out import kept_out as what_was_kept_out


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


def test_coverage_tells_who_gets_what(world):
    UnresolvedGenre.objects.create(name="Phonk", key="phonk", seen=3, first_seen_at=timezone.now())
    found = cover(now=timezone.now())
    assert found.posts == 3
    assert (found.nowhere_number, found.nowhere) == (1, [world.lost])
    assert [(line.spoke.name, line.posts, line.starves) for line in found.fed] == [
        ("Jazz", 0, True),
        ("Trap", 1, True),
        ("Hip Hop", 2, True),
    ]
    (overlap,) = found.overlaps
    assert {spoke.name for spoke in overlap.spokes} == {"Hip Hop", "Trap"}
    assert (overlap.posts, overlap.share) == (1, 1.0)
    assert found.unused_tags == [world.unused]
    assert [row.name for row in found.unresolved] == ["Phonk"]


def test_more_posts_cost_coverage_no_more_queries(world, make_post, django_assert_max_num_queries):
    for _ in range(20):
        make_post(genres=[world.trap], updated_at=timezone.now())
    with django_assert_max_num_queries(26):
        cover(now=timezone.now())


def test_coverage_takes_the_newest_of_too_many(world, monkeypatch):
    monkeypatch.setattr(coverage, "MOST_POSTS", 2)
    monkeypatch.setattr(coverage, "PAGE", 1)
    assert cover(now=timezone.now()).posts == 2


def test_the_command_prints_it(world):
    out = io.StringIO()
    call_command("coverage", stdout=out)
    text = out.getvalue()
    assert "1 reach no spoke\n  lost\n" in text
    assert "Jazz  starves" in text
    assert "Tags that none of them has: Unused" in text


def test_what_was_kept_out_is_sorted_by_rule(world, manager):
    since = timezone.now() - timedelta(days=7)
    ban_post(post=world.both, channel=world.tours, reason="No", actor=manager)
    found = what_was_kept_out(world.tours, since)
    assert [(one.code, one.term, one.number) for one in found] == [
        ("not_wanted", "kind:tour", 2),
        ("banned", "", 1),
        ("not_wanted", "explicit:yes", 1),
    ]
    ((post, words),) = found[2].examples
    assert post == world.one
    assert "it is explicit" in words


def test_kept_out_reads_the_newest_alone(world, monkeypatch):
    monkeypatch.setattr(kept_out, "MOST_POSTS", 1)
    since = timezone.now() - timedelta(days=7)
    assert sum(one.number for one in what_was_kept_out(world.channels[2], since)) == 1


def test_kept_out_costs_the_same_for_more_posts(world, make_post, django_assert_max_num_queries):
    for _ in range(20):
        make_post(genres=[world.trap], updated_at=timezone.now())
    with django_assert_max_num_queries(20):
        what_was_kept_out(world.tours, timezone.now() - timedelta(days=7))
