"""A post gets its times on the channels that want it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from content.editorial.models import Post
from hub.delivery.models import Delivery
from hub.schedule import actions
from hub.schedule.exceptions import NoSuchTime, NotApproved, NothingToChange
from hub.schedule.models import Slot
from tests.hub.steps import put

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def soon() -> datetime:
    return timezone.now() + timedelta(hours=1)


@pytest.fixture
def rap_channel(make_genre, make_spoke, make_channel):
    return make_channel(make_spoke(make_genre("Hip Hop")))


@pytest.fixture
def country_channel(make_genre, make_spoke, make_channel):
    return make_channel(make_spoke(make_genre("Country")))


@pytest.fixture
def rap_post(rap_channel, make_post):
    return make_post(genres=[rap_channel.spoke.genre])


def test_it_goes_to_the_channels_that_want_it_and_says_who_does_not(
    rap_post, rap_channel, country_channel, editor, soon
) -> None:
    scheduled = actions.schedule_post(post=rap_post, actor=editor, at=soon)
    assert [delivery.channel for delivery in scheduled.deliveries] == [rap_channel]
    assert [route.channel for route in scheduled.kept_out] == [country_channel]
    assert scheduled.deliveries[0].due_at == soon


def test_without_a_time_it_is_due_now(rap_post, editor) -> None:
    before = timezone.now()
    (delivery,) = actions.schedule_post(post=rap_post, actor=editor).deliveries
    assert before <= delivery.due_at <= timezone.now()


def test_a_post_is_locked_while_something_is_on_its_way(rap_post, editor, soon) -> None:
    (delivery,) = actions.schedule_post(post=rap_post, actor=editor, at=soon).deliveries
    rap_post.refresh_from_db()
    assert rap_post.locked_at is not None
    actions.unschedule_delivery(delivery=delivery, actor=editor)
    rap_post.refresh_from_db()
    assert rap_post.locked_at is None


def test_scheduling_twice_plans_once(rap_post, editor, soon) -> None:
    actions.schedule_post(post=rap_post, actor=editor, at=soon)
    again = actions.schedule_post(post=rap_post, actor=editor, at=soon)
    assert again.deliveries == []
    assert again.kept_out[0].code == "already_there"
    assert Delivery.objects.count() == 1


def test_what_was_unscheduled_can_be_scheduled_again(rap_post, editor, soon) -> None:
    (delivery,) = actions.schedule_post(post=rap_post, actor=editor, at=soon).deliveries
    actions.unschedule_delivery(delivery=delivery, actor=editor)
    assert len(actions.schedule_post(post=rap_post, actor=editor, at=soon).deliveries) == 1


@pytest.mark.parametrize("state", ["draft", "in_review", "archived"])
def test_only_an_approved_post_is_scheduled(state, make_post, editor, rap_channel) -> None:
    with pytest.raises(NotApproved):
        actions.schedule_post(post=make_post(state=state), actor=editor)


def test_a_time_that_is_over_is_refused(rap_post, editor) -> None:
    with pytest.raises(NoSuchTime, match="is over"):
        actions.schedule_post(post=rap_post, actor=editor, at=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_time_without_a_zone_is_refused(rap_post, editor) -> None:
    with pytest.raises(NoSuchTime, match="zone"):
        actions.schedule_post(post=rap_post, actor=editor, at=datetime(2099, 1, 1))  # noqa: DTZ001


def test_a_time_before_the_embargo_or_after_the_expiry_is_refused(
    make_post, editor, rap_channel, soon
) -> None:
    post = make_post(
        genres=[rap_channel.spoke.genre],
        embargo_until=soon + timedelta(hours=1),
        expires_at=soon + timedelta(hours=2),
    )
    with pytest.raises(NoSuchTime, match="embargo"):
        actions.schedule_post(post=post, actor=editor, at=soon)
    with pytest.raises(NoSuchTime, match="expires"):
        actions.schedule_post(post=post, actor=editor, at=soon + timedelta(hours=3))


def test_the_next_free_slots_are_given_out_one_after_the_other(
    rap_channel, make_post, editor
) -> None:
    for weekday in range(7):
        Slot.objects.create(channel=rap_channel, weekday=weekday, wall_time=time(9), zone="UTC")
    genre = rap_channel.spoke.genre
    times = [
        actions.schedule_post(post=make_post(genres=[genre]), actor=editor, next_slot=True)
        .deliveries[0]
        .due_at
        for _ in range(3)
    ]
    assert times == [times[0], times[0] + timedelta(days=1), times[0] + timedelta(days=2)]


def test_a_slot_that_was_left_is_free_again(rap_channel, make_post, editor) -> None:
    Slot.objects.create(channel=rap_channel, weekday=2, wall_time=time(9), zone="UTC")
    genre = rap_channel.spoke.genre
    posts = [make_post(genres=[genre]) for _ in range(2)]
    (first,) = actions.schedule_post(post=posts[0], actor=editor, next_slot=True).deliveries
    actions.unschedule_delivery(delivery=first, actor=editor)
    (second,) = actions.schedule_post(post=posts[1], actor=editor, next_slot=True).deliveries
    assert second.due_at == first.due_at


def test_without_a_slot_the_channel_is_kept_out_with_words(rap_post, editor) -> None:
    scheduled = actions.schedule_post(post=rap_post, actor=editor, next_slot=True)
    assert scheduled.deliveries == []
    assert "no free slot" in scheduled.kept_out[0].reason


def test_two_editors_at_once_never_get_one_slot(rap_channel, make_post, editor) -> None:
    for weekday in range(7):
        Slot.objects.create(channel=rap_channel, weekday=weekday, wall_time=time(9), zone="UTC")
    genre = rap_channel.spoke.genre
    posts = [make_post(genres=[genre]) for _ in range(6)]

    def schedule(post: Post) -> None:
        actions.schedule_post(post=post, actor=editor, next_slot=True)
        connection.close()

    threads = [threading.Thread(target=schedule, args=(post,)) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = list(Delivery.objects.values_list("due_at", flat=True))
    assert len(times) == len(set(times)) == 6


def test_withdrawing_a_post_cancels_what_is_planned_and_takes_down_what_is_live(
    rap_channel, make_channel, make_post, editor, soon
) -> None:
    hub = make_channel()
    post = make_post(genres=[rap_channel.spoke.genre])
    planned = actions.schedule_post(post=post, actor=editor, at=soon).deliveries
    live = next(delivery for delivery in planned if delivery.channel == hub)
    put(live, "live")
    actions.withdraw_post(post=post, actor=editor, reason="A mistake")
    states = set(Delivery.objects.values_list("kind", "channel", "state"))
    assert states == {
        ("publish", rap_channel.pk, "cancelled"),
        ("publish", hub.pk, "live"),
        ("withdraw", hub.pk, "scheduled"),
    }


def test_withdrawing_what_is_nowhere_says_so(rap_post, editor) -> None:
    with pytest.raises(NothingToChange):
        actions.withdraw_post(post=rap_post, actor=editor)


def test_a_newer_text_replaces_an_edit_that_has_not_begun(rap_post, rap_channel, editor) -> None:
    (live,) = actions.schedule_post(post=rap_post, actor=editor).deliveries
    put(live, "live")
    (first,) = actions.update_live_post(post=rap_post, actor=editor)
    (second,) = actions.update_live_post(post=rap_post, actor=editor)
    first.refresh_from_db()
    assert (first.state, second.state) == ("cancelled", "scheduled")


def test_rescheduling_frees_the_slot(rap_channel, make_post, editor, soon) -> None:
    Slot.objects.create(channel=rap_channel, weekday=2, wall_time=time(9), zone="UTC")
    genre = rap_channel.spoke.genre
    (first,) = actions.schedule_post(
        post=make_post(genres=[genre]), actor=editor, next_slot=True
    ).deliveries
    slot_time = first.due_at
    actions.reschedule_delivery(delivery=first, at=soon, actor=editor)
    (second,) = actions.schedule_post(
        post=make_post(genres=[genre]), actor=editor, next_slot=True
    ).deliveries
    assert second.due_at == slot_time
