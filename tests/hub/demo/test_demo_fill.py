"""A newsroom of years is laid down by one command, and taken out again by the same."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from content.catalogue.models import Artist
from content.editorial.models import Post, PostGenre
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import State
from hub.demo.management.commands import fill as command


@pytest.fixture
def house(make_genre, make_spoke, make_channel, editor, approver):
    """Two spokes that a post can be routed to, and the hub."""
    for name in ("Jazz", "Rock"):
        genre = make_genre(name)
        make_genre(f"{name} Fusion", genre)
        make_channel(make_spoke(genre))
    make_channel()


def fill(**options: object) -> None:
    call_command("fill", posts=200, artists=20, deliveries=2_500, quiet=True, **options)


def test_as_many_rows_are_filled_in_as_were_asked_for(house) -> None:
    fill()
    assert Post.objects.count() == 200
    assert Artist.objects.count() == 20
    assert Delivery.objects.count() == 2_500


def test_filled_posts_go_where_their_genre_goes(house) -> None:
    fill()
    spokes = Delivery.objects.filter(kind=Kind.PUBLISH, channel__spoke__isnull=False)
    about = PostGenre.objects.filter(genre__above__ancestor__spoke__isnull=False)
    right = spokes.filter(
        post__post_genres__in=about,
        post__post_genres__genre__above__ancestor=F("channel__spoke__genre"),
    )
    assert spokes.exists()
    assert right.distinct().count() == spokes.count()


def test_some_posts_wait_for_somebody_and_some_are_planned(house) -> None:
    fill()
    assert Post.objects.drafts().exists()
    assert Delivery.objects.filter(state=State.LIVE).exists()


def test_all_of_it_is_taken_out_again(house, make_post) -> None:
    own = make_post("Ours")
    fill(yes=True)
    fill(remove=True)
    assert list(Post.objects.all()) == [own]
    assert not Artist.objects.exists()
    assert not Delivery.objects.exists()


def test_it_can_be_filled_twice(house) -> None:
    fill()
    fill(seed=2)
    assert Post.objects.count() == 400


def test_posts_of_a_production_database_are_not_mixed_with_made_up_ones(
    house, make_post, monkeypatch
) -> None:
    make_post("Ours")
    monkeypatch.setattr(command, "may_wipe", lambda: False)
    with pytest.raises(CommandError, match="production"):
        fill()
    fill(yes=True)
    assert Post.objects.count() == 201


def test_it_says_what_has_to_be_there_first(db) -> None:
    with pytest.raises(CommandError, match="demo"):
        fill()
