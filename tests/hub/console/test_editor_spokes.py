"""A post of two spokes in the hands of a member of one: what is said elsewhere stays."""

from __future__ import annotations

import html
from types import SimpleNamespace

import pytest
from django.urls import reverse

from content.editorial.actions import write_post
from content.editorial.models import PostRevision

HERE, THERE = "channel:rock-site", "channel:jazz-site"


def says(target: str, title: str) -> dict[str, str]:
    return {"target": target, "title": title, "teaser": "", "cta_label": ""}


@pytest.fixture
def shared(
    make_genre, make_spoke, make_channel, make_member, roles, signed_in, editor
) -> SimpleNamespace:
    """A post on two spokes' channels, changed twice by the house; rosa belongs to rock alone."""
    rock, jazz = make_genre("Rock"), make_genre("Jazz")
    spoke = make_spoke(rock)
    make_channel(spoke, slug="rock-site")
    make_channel(make_spoke(jazz), slug="jazz-site")
    rosa = make_member("rosa", spoke)
    rosa.groups.add(roles["Editor"])
    first = [says(HERE, "Rock then"), says(THERE, "Jazz then")]
    post = write_post(
        actor=editor, fields={"title": "Tour", "genres": [rock, jazz], "variants": first}
    )
    now = [says(HERE, "Rock now"), says(THERE, "Jazz now")]
    write_post(actor=editor, post=post, fields={"title": "Tour!", "variants": now})
    return SimpleNamespace(post=post, rosa=signed_in(rosa))


def restore(shared: SimpleNamespace, number: int) -> None:
    address = reverse("admin:editorial_post_restore", args=[shared.post.pk, number])
    shared.rosa.post(address, {"seen": str(shared.post.revision)})
    shared.post.refresh_from_db()


def variants_of(shared: SimpleNamespace) -> dict[str, str]:
    return dict(shared.post.variants.values_list("target", "title"))


def test_a_revision_brought_back_leaves_other_spokes_variants_alone(shared) -> None:
    restore(shared, 1)
    assert shared.post.title == "Tour"
    assert variants_of(shared) == {HERE: "Rock then", THERE: "Jazz now"}


def test_a_variant_that_another_spoke_took_away_does_not_come_back(shared, editor) -> None:
    write_post(actor=editor, post=shared.post, fields={"variants": [says(HERE, "Rock now")]})
    restore(shared, 1)
    assert variants_of(shared) == {HERE: "Rock then"}


def test_whoever_belongs_to_the_whole_house_brings_all_of_it_back(shared, edith) -> None:
    shared.rosa = edith
    restore(shared, 1)
    assert variants_of(shared) == {HERE: "Rock then", THERE: "Jazz then"}


def test_a_conflict_does_not_tell_what_is_said_on_other_spokes(shared) -> None:
    address = reverse("admin:editorial_post_change", args=[shared.post.pk])
    form = {
        "title": "Mine",
        "kind": "feature",
        "revision": "1",
        "variants-TOTAL_FORMS": "1",
        "variants-INITIAL_FORMS": "0",
        "variants-0-target": HERE,
        "variants-0-title": "Rock mine",
        "_continue": "1",
    }
    page = html.unescape(shared.rosa.post(address, form).content.decode())
    assert "Rock mine" in page
    assert "post-conflict" in page
    assert "Jazz then" not in page
    assert "Jazz now" not in page


def test_the_first_revision_keeps_all_that_was_said(shared) -> None:
    restore(shared, 1)
    kept = PostRevision.objects.get(post=shared.post, number=3).content["variants"]
    assert {one["title"] for one in kept} == {"Rock then", "Jazz now"}
