"""A hold on an artist holds through a merge, also for what a worker has in hand."""

from __future__ import annotations

import pytest

from content.catalogue.artists import merge_artists
from hub.delivery import actions
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery, Hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(make_artist):
    return make_artist("Ayah"), make_artist("Aya")


@pytest.mark.parametrize("held", [0, 1])
def test_a_hold_on_either_stops_the_posts_of_both(plan, send, wire, manager, pair, held) -> None:
    old, new = pair
    for delivery, artist in ((plan(), old), (plan(), new)):
        delivery.post.artists.set([artist])
    actions.hold(scope="artist", actor=manager, reason="Stop.", artist=pair[held])
    merge_artists(artist=old, into=new, actor=manager)
    send()
    assert wire.calls == []
    assert Hold.objects.get().artist == new


def test_two_holds_become_one(manager, pair) -> None:
    for artist in pair:
        actions.hold(scope="artist", actor=manager, reason=f"Stop {artist}.", artist=artist)
    merge_artists(artist=pair[0], into=pair[1], actor=manager)
    assert Hold.objects.get().reason == "Stop Aya."


def test_holds_that_were_read_before_a_merge_still_hold_after_it(plan, manager, pair) -> None:
    delivery = plan()
    delivery.post.artists.set([pair[0]])
    actions.hold(scope="artist", actor=manager, reason="Stop.", artist=pair[0])
    read = Holds.load()
    merge_artists(artist=pair[0], into=pair[1], actor=manager)
    assert not read.leave_out_held(Delivery.objects.filter(pk=delivery.pk)).exists()
