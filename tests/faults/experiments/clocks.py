"""Clocks that jump, and the nights in which they are put forward and back."""

from __future__ import annotations

import dataclasses
import os
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.utils import timezone

from content.editorial.models import Post
from hub.delivery.models import Attempt, Delivery, Heartbeat
from hub.delivery.states import State
from hub.schedule.actions import schedule_post
from hub.schedule.models import Weekday
from hub.schedule.slot_actions import add_slot
from spokes.channels.models import Channel
from tests.faults import world
from tests.faults.bench import Bench
from tests.faults.count import Count, Watch

HOUR = 3600.0


@dataclasses.dataclass(frozen=True)
class Night:
    """A date on which the clocks of a zone change, and a wall time that is missing or doubled."""

    zone: str
    day: date
    wall_time: time


NIGHTS = (
    Night("Europe/Berlin", date(2027, 3, 28), time(2, 30)),
    Night("America/New_York", date(2027, 11, 7), time(1, 30)),
    # half an hour
    Night("Australia/Lord_Howe", date(2027, 10, 3), time(2, 15)),
    Night("Europe/Berlin", date(2027, 10, 31), time(2, 30)),
    Night("America/New_York", date(2027, 3, 14), time(2, 30)),
    Night("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45)),
)


class Clock:
    """The clock of the workers, and of the database that they ask."""

    def __init__(self, bench: Bench) -> None:
        self.file: Path = bench.pair.folder / "clock-error"
        self.file.write_text("0")

    def set_error(self, seconds: float) -> None:
        # all at once: nobody reads half a number
        new = self.file.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.file)

    def set(self, moment: datetime) -> None:
        error = moment - datetime.now(UTC)
        self.set_error(error.total_seconds())

    @contextmanager
    def also_here(self) -> Iterator[None]:
        os.environ["CLOCK_ERROR"] = str(self.file)
        try:
            yield
        finally:
            del os.environ["CLOCK_ERROR"]


def jumps(name: str, first: float) -> Callable[[Bench], list[Count]]:
    """Let the clock jump in the middle of a wave, by ``first`` seconds, and later back again."""

    def jump(bench: Bench) -> list[Count]:
        channels = bench.plan(200)
        Channel.objects.filter(pk__in=[channel.pk for channel in channels]).update(
            late_spacing_minutes=0
        )
        clock = Clock(bench)
        with bench.crew(CLOCK_ERROR=str(clock.file)) as crew:
            bench.network.set_faults({"kind": "drop_after", "share": 0.2})
            bench.make_due(timedelta(seconds=bench.sized(60, least=20)))
            for share, error in ((0.2, first), (0.5, 0.0)):
                bench.let_work(share)
                noticed = _was_noticed(first)
                # whatever is being called now may come back without its lease
                bench.breaks(workers=len(crew.names("worker")))
                clock.set_error(error)
                # what it held must come back whatever its lease says
                crew.kill(bench.random.choice(crew.names("worker")))
            bench.note_fault()
            found = bench.settled(f"9. clock an hour {name}")
        for row in found:
            row.faults, row.asked = bench.faults, 2
        if not noticed:
            found[0].unmet.append("nobody noticed that the clock was an hour wrong")
        return found

    return jump


def _was_noticed(error: float) -> bool:
    """Tell whether a call or a sign of life was noted by a clock that is so wrong.

    An hour back nothing is due, so no call is made.
    """
    moment = datetime.now(UTC) + timedelta(seconds=error / 2)
    if error > 0:
        return Attempt.objects.filter(started_at__gt=moment).exists()
    return Heartbeat.objects.filter(seen_at__lt=moment).exists()


def nights(bench: Bench) -> list[Count]:
    """9. Slots on the night before, in, and after a change of the clocks, in three zones."""
    clock = Clock(bench)
    channels = world.open_channels(("lookup",), bench.sized(6, least=3))
    world.connect(channels, bench.network)
    chosen = dict(zip(channels, NIGHTS, strict=False))
    posts = world.posts(3)
    with clock.also_here(), bench.crew(CLOCK_ERROR=str(clock.file)):
        for channel, night in sorted(chosen.items(), key=lambda pair: pair[1].day):
            _plan_night(clock, channel, night, posts)
            _live_through(clock, channel)
        found = bench.settled("9. slots over a change of the clocks")
    found[0].faults = len(chosen)
    for channel, night in chosen.items():
        found[0].unmet += _wrong_dates(channel, night)
    return found


def _plan_night(clock: Clock, channel: Channel, night: Night, posts: list[Post]) -> None:
    _, anton = world.people()
    zone = zoneinfo.ZoneInfo(night.zone)
    for days in (-1, 0, 1):
        weekday = Weekday((night.day + timedelta(days=days)).weekday())
        add_slot(
            channel=channel,
            weekday=weekday,
            wall_time=night.wall_time,
            zone=night.zone,
            actor=anton,
        )
    clock.set(datetime.combine(night.day - timedelta(days=1), time(0, 5), tzinfo=zone))
    for post in posts:
        schedule_post(
            post=post, actor=anton, next_slot=True, channels=[channel], now=timezone.now()
        )


def _live_through(clock: Clock, channel: Channel) -> None:
    """Let the clock come to each slot in turn, and wait until what it held has gone out."""
    mine = Delivery.objects.filter(channel=channel)
    others = list(Channel.objects.exclude(pk=channel.pk).values_list("pk", flat=True))
    for over, due_at in enumerate(mine.order_by("due_at").values_list("due_at", flat=True)):
        clock.set(due_at - timedelta(seconds=2))
        Watch(leave_out=others).until(lambda ended, wanted=over + 1: ended >= wanted)


def _wrong_dates(channel: Channel, night: Night) -> Iterator[str]:
    """Say which of the three dates has not exactly one delivery, or at another time."""
    zone = zoneinfo.ZoneInfo(night.zone)
    rows = Delivery.objects.filter(channel=channel)
    days = [row.due_at.astimezone(zone).date() for row in rows]
    if sorted(days) != [night.day + timedelta(days=number) for number in (-1, 0, 1)]:
        yield f"{night.zone}: deliveries on {days}"
    for row in rows:
        if row.state != State.LIVE or (row.settled_at or row.due_at) < row.due_at:
            yield f"{night.zone}, {row.due_at}: {row.state}, settled at {row.settled_at}"


EXPERIMENTS = {
    "jumps-forward": jumps("forward, then back", HOUR),
    "jumps-back": jumps("back, then forward", -HOUR),
    "nights": nights,
}
