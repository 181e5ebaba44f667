"""What comes up late: a free slot instead, or a wave that a person can steer."""

from __future__ import annotations

import itertools
from datetime import time, timedelta

import pytest
from django.db import connection

from content.audit.models import AuditEntry
from hub.delivery.actions import cancel_delivery, hold
from hub.delivery.gates import gate_name
from hub.delivery.models import Delivery, Gate
from hub.delivery.waves import Waves, drop_wave, release_wave, waves
from hub.schedule.models import Slot, SlotBooking
from spokes.channels.actions import change_channel, pause_channel
from spokes.channels.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def follow(channel: Channel, policy: str, **fields: object) -> None:
    change_channel(channel=channel, fields={"late_policy": policy, **fields})


@pytest.fixture
def slots(channel) -> list[Slot]:
    """Give the channel weekly times at 15:00 and 18:00 UTC, each day."""
    follow(channel, "next_slot")
    return [
        Slot.objects.create(channel=channel, weekday=day, wall_time=time(hour), zone="UTC")
        for day in range(7)
        for hour in (15, 18)
    ]


# --- the next free slot instead ---------------------------------------------------------------


def test_what_comes_up_too_late_takes_the_next_free_slot_and_goes_out_in_it(
    plan, send, wire, slots, now
) -> None:
    delivery = plan(due_at=now - timedelta(minutes=16))
    send()
    moved = fresh(delivery)
    assert (moved.state, moved.due_at.hour, wire.calls) == ("scheduled", 15, [])
    assert moved.moved_from == now - timedelta(minutes=16)
    assert "16 minutes late" in moved.reason
    assert moved.slot_booking.slot.wall_time == time(15)
    send(minutes=3 * 60)
    assert (fresh(delivery).state, fresh(delivery).sent_late) == ("live", False)


def test_a_quarter_of_an_hour_is_not_too_late_for_its_own_time(plan, send, slots, now) -> None:
    delivery = plan(due_at=now - timedelta(minutes=15))
    send()
    assert (fresh(delivery).state, fresh(delivery).moved_from) == ("live", None)


def test_several_late_ones_take_a_slot_each(plan, send, slots, now) -> None:
    made = [plan(due_at=now - HOUR) for _ in range(3)]
    for _ in range(3):
        send()
    assert [fresh(row).due_at.hour for row in made] == [15, 18, 15]
    assert SlotBooking.objects.count() == 3


def test_the_slot_that_it_missed_is_given_back(plan, send, slots, now) -> None:
    delivery = plan(due_at=now - HOUR)
    SlotBooking.objects.create(slot=slots[0], date=now.date(), delivery=delivery)
    send()
    assert SlotBooking.objects.get().delivery == delivery
    assert fresh(delivery).due_at.hour == 15


def test_one_whose_post_expires_before_the_next_slot_is_missed_and_says_so(
    plan, send, slots, make_post, now
) -> None:
    delivery = plan(make_post(expires_at=now + HOUR), due_at=now - HOUR)
    send()
    assert fresh(delivery).state == "missed"
    assert "after the post's expiry" in fresh(delivery).reason
    assert fresh(delivery).settled_at == now


def test_a_channel_without_slots_misses_it_and_says_so(plan, send, channel, now) -> None:
    follow(channel, "next_slot")
    delivery = plan(due_at=now - HOUR)
    send()
    assert fresh(delivery).state == "missed"
    assert "no free slot" in fresh(delivery).reason


def test_what_may_be_out_already_gets_no_new_time(plan, send, slots, wire, now) -> None:
    delivery = plan(due_at=now - HOUR, state="waiting", tries=1, uncertain=True)
    send()
    assert (fresh(delivery).state, wire.calls) == ("review", [])


def test_moving_to_a_slot_is_kept_in_the_history(plan, send, slots, now) -> None:
    plan(due_at=now - HOUR)
    send()
    entry = AuditEntry.objects.get(code="delivery.took_next_slot")
    assert entry.actor is None
    assert entry.before["due_at"].startswith("2026-06-15T11:00")
    assert entry.after["due_at"].startswith("2026-06-15T15:00")


# --- a wave -----------------------------------------------------------------------------------


@pytest.fixture
def wave(channel, plan, now) -> list[Delivery]:
    """Four that are an hour late on a channel that sends however late."""
    follow(channel, "always")
    return [plan(due_at=now - HOUR) for _ in range(4)]


def forecast(now) -> tuple[int, int, object]:
    (found,) = waves(Channel.objects.all(), now=now).first
    return found.going, found.missing, found.done_by


def test_a_wave_says_how_many_are_late_and_when_the_last_goes_out(wave, channel, now) -> None:
    assert forecast(now) == (4, 0, now + timedelta(minutes=6))
    follow(channel, "always", late_spacing_minutes=10)
    assert forecast(now) == (4, 0, now + timedelta(minutes=30))


@pytest.mark.parametrize("why", ["opened_until", "not_before"])
def test_a_wave_begins_when_its_network_has_rested(wave, channel, now, why) -> None:
    rest = {why: now + timedelta(minutes=20)}
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, **rest)
    assert forecast(now) == (4, 0, now + timedelta(minutes=26))
    (found,) = waves(Channel.objects.all(), now=now).first
    assert found.at_the_earliest == (why == "opened_until")


def test_the_forecast_of_a_wave_comes_true(wave, channel, send, wire, now) -> None:
    _, _, done_by = forecast(now)
    for minute in range(7):
        send(minutes=minute)
        late = Delivery.objects.live().count()
        assert late == minute // 2 + 1
    assert Delivery.objects.live().count() == 4
    assert done_by == now + timedelta(minutes=6)
    assert waves(Channel.objects.all(), now=done_by) == Waves()


def test_the_pace_is_the_channels_own(wave, channel, send, wire, now) -> None:
    follow(channel, "always", late_spacing_minutes=0)
    for _ in range(4):
        send()
    assert len(wire.posted) == 4


def test_a_wave_tells_what_the_standard_policy_will_miss(
    plan, channel, make_post, send, now
) -> None:
    follow(channel, "standard", late_spacing_minutes=30)
    for _ in range(3):
        plan(make_post(evergreen=True), due_at=now - HOUR)
    plan(make_post(), due_at=now - HOUR)
    # at noon, half past and one; news has had its time
    assert forecast(now) == (3, 1, now + HOUR)
    plan(make_post(evergreen=True), due_at=now - HOUR)
    assert forecast(now) == (3, 2, now + HOUR)


def test_what_is_not_late_or_not_sent_by_itself_is_no_wave(plan, channel, now) -> None:
    plan(due_at=now - timedelta(minutes=14))
    plan(due_at=now - HOUR, state="missed", reason="Too late.")
    assert waves(Channel.objects.all(), now=now) == Waves()


def test_a_wave_on_a_paused_channel_has_no_end_yet(wave, channel, manager, now) -> None:
    pause_channel(channel=channel, reason="Wait", actor=manager)
    assert forecast(now) == (4, 0, None)


def test_what_is_held_back_is_not_counted(wave, manager, now) -> None:
    hold(scope="post", post=wave[0].post, actor=manager, reason="Wait")
    assert forecast(now) == (3, 0, now + timedelta(minutes=4))


def test_a_released_wave_goes_out_at_once(wave, channel, send, wire, manager, now) -> None:
    send()
    send()
    assert len(wire.posted) == 1
    assert release_wave(channel=channel, actor=manager, now=now) == 3
    for _ in range(3):
        send()
    assert len(wire.posted) == 4


def test_what_gets_late_after_a_release_keeps_the_pace(
    wave, channel, send, wire, manager, plan, now
) -> None:
    release_wave(channel=channel, actor=manager, now=now)
    for _ in range(4):
        send()
    later = [plan(due_at=now + timedelta(minutes=1)) for _ in range(2)]
    send(minutes=60)
    send(minutes=60)
    assert [fresh(row).state for row in later] == ["live", "scheduled"]


def test_a_dropped_wave_is_missed_and_can_be_sent_by_hand(wave, channel, send, manager, now):
    send()
    assert drop_wave(channel=channel, actor=manager, now=now) == 3
    states = [fresh(row).state for row in wave]
    assert states == ["live", "missed", "missed", "missed"]
    assert "person" in fresh(wave[1]).reason
    assert waves(Channel.objects.all(), now=now) == Waves()


def test_dropping_leaves_what_may_be_out_to_a_person(plan, channel, manager, now) -> None:
    follow(channel, "always")
    doubtful = plan(due_at=now - HOUR, state="waiting", tries=1, uncertain=True)
    drop_wave(channel=channel, actor=manager, now=now)
    assert fresh(doubtful).state == "review"


def test_a_wave_of_another_channel_is_left_alone(wave, plan, make_channel, manager, now) -> None:
    other = make_channel(network="wire", late_policy="always")
    there = plan(channel=other, due_at=now - HOUR)
    release_wave(channel=other, actor=manager, now=now)
    drop_wave(channel=other, actor=manager, now=now)
    assert fresh(there).state == "missed"
    assert {fresh(row).state for row in wave} == {"scheduled"}


def test_releasing_and_dropping_are_kept_in_the_history(wave, channel, manager, now) -> None:
    release_wave(channel=channel, actor=manager, now=now)
    drop_wave(channel=channel, actor=manager, now=now)
    codes = AuditEntry.objects.about(channel).filter(code__startswith="channel.late_")
    assert [(entry.code, entry.after["count"]) for entry in codes.order_by("id")] == [
        ("channel.late_released", 4),
        ("channel.late_dropped", 4),
    ]


def test_no_wave_costs_one_query(plan, django_assert_num_queries, now) -> None:
    plan()
    with django_assert_num_queries(1):
        assert waves(Channel.objects.all(), now=now) == Waves()


@pytest.mark.parametrize("channels", [1, 12])
def test_waves_cost_five_queries_however_many_there_are(
    plan, make_channel, django_assert_num_queries, now, channels
) -> None:
    for _ in range(channels):
        plan(channel=make_channel(network="wire", late_policy="always"), due_at=now - HOUR)
    with django_assert_num_queries(5):
        assert len(waves(Channel.objects.all(), now=now).first) == min(channels, 8)


def test_of_many_waves_the_oldest_are_foreseen_and_the_others_counted(
    plan, make_channel, now
) -> None:
    rows = [make_channel(network="wire", late_policy="always") for _ in range(3)]
    for hours, row in zip((2, 3, 1), rows, strict=True):
        plan(channel=row, due_at=now - hours * HOUR)
    plan(channel=rows[2], due_at=now - HOUR / 2)
    found = waves(Channel.objects.all(), now=now, most=2)
    assert [wave.channel for wave in found.first] == [rows[1], rows[0]]
    assert (found.other_channels, found.other_late) == (1, 2)


def test_a_line_longer_than_is_looked_at_says_so_on_its_own_channel_alone(
    wave, plan, make_channel, now, monkeypatch
) -> None:
    monkeypatch.setattr("hub.delivery.waves.LOOKED_AT", 3)
    plan(channel=make_channel(network="wire", late_policy="always"), due_at=now - HOUR)
    found = waves(Channel.objects.all(), now=now).first
    assert sorted((one.going, one.more) for one in found) == [(1, False), (3, True)]


def test_a_channel_whose_late_ones_are_all_held_back_has_no_wave(plan, channel, manager, now):
    follow(channel, "always")
    held = plan(due_at=now - HOUR)
    hold(scope="post", post=held.post, actor=manager, reason="Wait")
    assert waves(Channel.objects.all(), now=now) == Waves()


def test_who_dropped_a_wave_is_kept_though_it_ends_in_the_middle(
    wave, channel, manager, now
) -> None:
    drops = itertools.count()

    def end_at_the_third(execute, sql, *rest):
        if sql.startswith('UPDATE "delivery_delivery"') and next(drops) == 2:
            raise KeyboardInterrupt
        return execute(sql, *rest)

    with connection.execute_wrapper(end_at_the_third), pytest.raises(KeyboardInterrupt):
        drop_wave(channel=channel, actor=manager, now=now)
    entry = AuditEntry.objects.about(channel).get(code="channel.late_dropped")
    assert (entry.actor, entry.after) == (manager, {"count": 4})
    missed = [row for row in wave if fresh(row).state == "missed"]
    each = AuditEntry.objects.filter(code="delivery.late_dropped", actor=manager)
    assert sorted(each.values_list("subject_id", flat=True)) == [str(row.pk) for row in missed]
    assert len(missed) == 2


# --- what may be out already -----------------------------------------------------------------


def test_what_came_up_too_late_and_may_be_out_says_why_a_person_has_to_look(
    channel, plan, send, now
) -> None:
    follow(channel, "never")
    delivery = plan(due_at=now - HOUR, state="waiting", tries=1, uncertain=True, first_sent_at=now)
    send()
    assert fresh(delivery).state == "review"
    assert "too late for this channel." in fresh(delivery).reason
    assert "please look whether it is there" in fresh(delivery).reason


@pytest.mark.parametrize("step", ["drop", "cancel"])
def test_what_a_person_ends_and_may_be_out_says_why_somebody_has_to_look(
    channel, plan, now, step
) -> None:
    delivery = plan(due_at=now - HOUR, state="waiting", tries=1, uncertain=True, first_sent_at=now)
    if step == "drop":
        drop_wave(channel=channel, actor=None, now=now)
    else:
        cancel_delivery(delivery=delivery, actor=None, reason="x" * 400)
    assert fresh(delivery).state == "review"
    assert fresh(delivery).reason.endswith("please look whether it is there.")
