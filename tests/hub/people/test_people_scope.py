"""What a person sees and changes, by the spokes that he or she belongs to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser

from content.audit.actions import record
from content.audit.models import AuditEntry
from content.catalogue.models import Genre
from content.editorial.models import Post
from content.media.models import Asset
from hub.delivery.actions import hold, plan_delivery
from hub.delivery.models import Delivery, Hold
from hub.people.scope import SEEN, changeable, may_change, may_see, spokes_of, visible
from hub.schedule.models import Slot
from spokes.audiences.actions import pin_post
from spokes.audiences.models import Audience, RoutingOverride
from spokes.channels.models import Channel, Spoke

ROOFS = ("content.", "spokes.", "hub.")
# rows of the machine, which the console shows to nobody
OF_THE_MACHINE = {
    *("delivery.gate", "delivery.heartbeat", "delivery.ticklease"),
    *("channels.hub", "site.siteversion", "people.cacheentry", "alerts.notice", "site.feedping"),
    *("audiences.audienceversion", "audiences.audienceuse"),
}


@pytest.fixture
def house(make_genre, make_spoke, make_channel, make_post, make_member) -> SimpleNamespace:
    """Two spokes, each with a channel and posts; hugo belongs to hip hop alone."""
    music = make_genre("Music")
    hip_hop, jazz = make_genre("Hip Hop", music), make_genre("Jazz", music)
    boom_bap = make_genre("Boom Bap", hip_hop)
    spoke, other = make_spoke(hip_hop), make_spoke(jazz)
    return SimpleNamespace(
        spoke=spoke,
        other=other,
        channel=make_channel(spoke),
        other_channel=make_channel(other),
        hub_channel=make_channel(),
        inside=make_post("Inside", genres=[boom_bap]),
        outside=make_post("Outside", genres=[jazz]),
        shared=make_post("Shared", genres=[hip_hop, jazz]),
        hugo=make_member("hugo", spoke),
    )


def titles(rows: object) -> set[str]:
    return {str(row) for row in rows}  # type: ignore[attr-defined]


def test_posts_below_the_spokes_genre_are_seen_and_others_are_not(house) -> None:
    assert titles(visible(house.hugo, Post.objects.all())) == {"Inside", "Shared"}
    assert titles(changeable(house.hugo, Post.objects.all())) == {"Inside", "Shared"}


def test_a_post_that_only_passes_through_is_seen_but_not_changed(house, now) -> None:
    plan_delivery(
        post=house.outside, channel=house.channel, due_at=now, actor=None, by_hand=True, now=now
    )
    assert may_see(house.hugo, house.outside)
    assert not may_change(house.hugo, house.outside)


def test_a_pinned_post_is_seen_but_not_changed(house, editor) -> None:
    pin_post(post=house.outside, channel=house.channel, reason="It fits.", actor=editor)
    assert may_see(house.hugo, house.outside)
    assert not may_change(house.hugo, house.outside)
    assert visible(house.hugo, RoutingOverride.objects.all()).count() == 1


def test_ones_own_post_stays_ones_own(house, make_post) -> None:
    make_post("Mine", author=house.hugo)
    assert "Mine" in titles(changeable(house.hugo, Post.objects.all()))


def test_channels_slots_and_deliveries_are_those_of_the_spokes(house, now) -> None:
    for channel in (house.channel, house.other_channel, house.hub_channel):
        Slot.objects.create(channel=channel, weekday=1, wall_time=time(9), zone="UTC")
        plan_delivery(
            post=house.shared, channel=channel, due_at=now, actor=None, by_hand=True, now=now
        )
    assert list(visible(house.hugo, Spoke.objects.all())) == [house.spoke]
    assert list(visible(house.hugo, Channel.objects.all())) == [house.channel]
    assert visible(house.hugo, Slot.objects.all()).get().channel == house.channel
    assert visible(house.hugo, Delivery.objects.all()).get().channel == house.channel


def test_what_stops_everything_is_told_to_all_and_released_by_the_house(house, editor) -> None:
    hold(scope="all", actor=editor, reason="Storm.")
    hold(scope="spoke", actor=editor, reason="Move.", spoke=house.spoke)
    hold(scope="spoke", actor=editor, reason="Move.", spoke=house.other)
    hold(scope="post", actor=editor, reason="News.", post=house.outside)
    seen = visible(house.hugo, Hold.objects.all())
    assert {row.scope for row in seen} == {"all", "spoke"}
    assert changeable(house.hugo, Hold.objects.all()).get().spoke == house.spoke


def test_an_audience_of_another_spoke_is_not_seen(house) -> None:
    own, shared, free, other = (
        Audience.objects.create(name=name, slug=name, expression="genre:jazz")
        for name in ("own", "shared", "free", "other")
    )
    Spoke.objects.filter(pk=house.spoke.pk).update(audience=own)
    Channel.objects.filter(pk=house.channel.pk).update(audience=shared)
    Channel.objects.filter(pk=house.hub_channel.pk).update(audience=shared)
    Spoke.objects.filter(pk=house.other.pk).update(audience=other)
    assert titles(visible(house.hugo, Audience.objects.all())) == {"own", "shared", "free"}
    assert titles(changeable(house.hugo, Audience.objects.all())) == {"own", "free"}
    assert free.pk


def test_a_picture_goes_with_its_posts(house, now) -> None:
    def picture(title: str, *posts: Post) -> Asset:
        asset = Asset(title=title, checksum=title, alt_text=title, uploaded_at=now)
        Asset.objects.bulk_create([asset])
        Post.objects.filter(pk__in=[post.pk for post in posts]).update(hero=asset)
        return asset

    free, ours, theirs = picture("free"), picture("ours", house.inside), picture("theirs")
    Post.objects.filter(pk=house.outside.pk).update(hero=theirs)
    assert set(visible(house.hugo, Asset.objects.all())) == {free, ours}
    Post.objects.filter(pk=house.outside.pk).update(hero=ours)
    assert may_see(house.hugo, ours)
    assert not may_change(house.hugo, ours)
    assert may_change(house.hugo, free)


def test_the_catalogue_is_read_by_all_and_changed_by_the_house(house, editor) -> None:
    assert visible(house.hugo, Genre.objects.all()).count() == Genre.objects.count()
    assert not changeable(house.hugo, Genre.objects.all()).exists()
    assert changeable(editor, Genre.objects.all()).exists()


def test_the_log_tells_of_ones_own_rows_and_deeds(house, editor) -> None:
    record(code="post.written", subject=house.inside, actor=editor)
    record(code="post.written", subject=house.outside, actor=editor)
    record(code="channel.paused", subject=house.other_channel, actor=editor)
    record(code="channel.paused", subject=house.channel, actor=editor)
    record(code="genre.added", subject=Genre.objects.get(name="Jazz"), actor=editor)
    record(code="session.ended", subject=house.outside, actor=house.hugo)
    seen = visible(house.hugo, AuditEntry.objects.all())
    assert {(row.code, row.summary) for row in seen} == {
        ("post.written", "Inside"),
        ("channel.paused", str(house.channel)),
        ("genre.added", "Jazz"),
        ("session.ended", "Outside"),
    }


def test_people_of_the_same_spoke_are_seen_and_those_of_nowhere_else_changed(
    house, make_member, editor, manager
) -> None:
    make_member("hanna", house.spoke)
    make_member("both", house.spoke, house.other)
    make_member("jana", house.other)
    people = type(editor).objects.all()
    assert titles(visible(house.hugo, people)) == {"hugo", "hanna", "both"}
    assert titles(changeable(house.hugo, people)) == {"hugo", "hanna"}


def test_nobody_and_people_without_a_place_see_nothing(house, make_member) -> None:
    nobody = make_member("nora")
    nobody.memberships.all().delete()
    for person in (nobody, AnonymousUser()):
        assert spokes_of(person) == frozenset()
        for model in (Post, Delivery, Genre, AuditEntry):
            assert not visible(person, model._default_manager.all()).exists()


def test_the_places_of_a_person_are_read_once(house, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert spokes_of(house.hugo) == spokes_of(house.hugo) == {house.spoke.pk}


def test_a_superuser_costs_no_query(manager, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert spokes_of(manager) is None


def own_models() -> list[str]:
    return [
        model._meta.label_lower
        for config in apps.get_app_configs()
        if config.name.startswith(ROOFS)
        for model in config.get_models()
        if model._meta.label_lower not in OF_THE_MACHINE
    ]


@pytest.mark.parametrize("label", own_models())
def test_somebody_has_said_who_may_see_each_model(label: str, house) -> None:
    model = apps.get_model(label)
    assert label in SEEN
    narrow: Callable[..., object] = visible
    for words in (narrow, changeable):
        list(words(house.hugo, model._default_manager.all()))  # type: ignore[call-overload]
