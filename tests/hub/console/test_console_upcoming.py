"""The next fourteen days show what goes out next, whatever date it is where."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hub.console.views.upcoming import DAYS, days_shown
from hub.delivery.models import Delivery
from spokes.channels.models import Channel

JUST_AFTER_MIDNIGHT = datetime(2026, 6, 15, 0, 25, tzinfo=UTC)


def due(zone: str, after: timedelta) -> Delivery:
    return Delivery(channel=Channel(zone=zone), due_at=JUST_AFTER_MIDNIGHT + after)


def test_the_days_begin_today() -> None:
    days = days_shown([due("Europe/Berlin", timedelta(hours=1))], JUST_AFTER_MIDNIGHT)
    assert days[0] == date(2026, 6, 15)
    assert len(days) == DAYS


def test_an_evening_in_the_west_has_its_own_day() -> None:
    planned = [
        due("Europe/Berlin", timedelta(hours=1)),
        due("America/New_York", timedelta(minutes=5)),
    ]
    days = days_shown(planned, JUST_AFTER_MIDNIGHT)
    assert days[0] == date(2026, 6, 14)
    assert days[-1] == date(2026, 6, 28)


def test_what_should_have_gone_out_yesterday_adds_no_day() -> None:
    days = days_shown([due("America/New_York", timedelta(hours=-3))], JUST_AFTER_MIDNIGHT)
    assert days[0] == date(2026, 6, 15)
