"""Wall times become instants; slots are taken once."""

from __future__ import annotations

import itertools
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.schedule.models import Slot
from hub.schedule.slots import instant, next_free_slot, upcoming

BERLIN = "Europe/Berlin"


def test_a_wall_time_is_its_instant() -> None:
    assert instant(date(2026, 7, 1), time(18), BERLIN) == datetime(2026, 7, 1, 16, tzinfo=UTC)
    assert instant(date(2026, 1, 1), time(18), BERLIN) == datetime(2026, 1, 1, 17, tzinfo=UTC)


def test_a_time_that_the_clocks_jump_over_comes_as_much_later() -> None:
    at = instant(date(2026, 3, 29), time(2, 30), BERLIN)
    assert at.astimezone(zoneinfo.ZoneInfo(BERLIN)).time() == time(3, 30)


def test_a_time_that_the_clocks_show_twice_is_the_first() -> None:
    assert instant(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_a_jump_of_half_an_hour_is_half_an_hour_later() -> None:
    at = instant(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe")
    assert at.astimezone(zoneinfo.ZoneInfo("Australia/Lord_Howe")).time() == time(2, 45)


@given(
    zone=st.sampled_from(
        [
            "UTC",
            BERLIN,
            "America/New_York",
            "Australia/Lord_Howe",
            "Africa/Casablanca",
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
            "Asia/Kolkata",
        ]
    ),
    weekday=st.integers(0, 6),
    wall_time=st.times(),
    after=st.datetimes(
        datetime(2025, 1, 1),  # noqa: DTZ001
        datetime(2027, 12, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
)
def test_a_slot_comes_once_a_week_whatever_the_clocks_do(zone, weekday, wall_time, after) -> None:
    slot = Slot(pk=1, weekday=weekday, wall_time=wall_time, zone=zone)
    times = list(itertools.islice(upcoming([slot], after=after), 10))
    assert all(one.at > after for one in times)
    assert times[0].at - after <= timedelta(days=7, hours=2)
    gaps = [later.date - earlier.date for earlier, later in itertools.pairwise(times)]
    assert set(gaps) == {timedelta(days=7)}


@given(
    walls=st.lists(st.times(), min_size=2, max_size=5),
    zones=st.lists(
        st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", BERLIN]), min_size=5, max_size=5
    ),
)
def test_times_of_far_apart_zones_come_in_order(walls, zones) -> None:
    slots = [
        Slot(pk=number, weekday=number, wall_time=wall, zone=zone)
        for number, (wall, zone) in enumerate(zip(walls, zones, strict=False))
    ]
    after = datetime(2026, 6, 1, tzinfo=UTC)
    times = [one.at for one in upcoming(slots, after=after)]
    assert times == sorted(times)
    assert len(times) >= 12 * len(slots)


@pytest.mark.django_db
def test_a_channel_without_slots_has_no_next_slot(make_channel, now) -> None:
    assert next_free_slot(make_channel(), now) is None


@pytest.mark.django_db
def test_a_slot_that_is_switched_off_is_passed_over(make_channel, now) -> None:
    channel = make_channel()
    Slot.objects.create(channel=channel, weekday=1, wall_time=time(9), zone="UTC", active=False)
    on = Slot.objects.create(channel=channel, weekday=2, wall_time=time(9), zone="UTC")
    found = next_free_slot(channel, now)
    assert found is not None
    assert found.slot_id == on.pk
