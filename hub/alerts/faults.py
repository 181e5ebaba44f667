"""What is wrong with the machine, in words, with what to do: the health page and alerts agree.

Each code is explained in docs/how-to/watch-the-machine.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django_stubs_ext import StrPromise

from hub.delivery.health import SILENT_AFTER, ChannelHealth, Snapshot, is_idle
from hub.delivery.models import Delivery
from hub.delivery.states import State
from hub.delivery.surroundings import Disk, broker_trouble, disks
from spokes.channels.models import Channel

# a clock that differs by so many seconds breaks the order of events between processes
CLOCK_SECONDS = 5.0
# a round that was not begun for this many intervals, and at least this long, has stopped
MISSED_ROUNDS = 10
LONG_WITHOUT = timedelta(minutes=5)
SOON = timedelta(minutes=1)
# channels that one sentence names; the page lists them all
NAMED = 3
BROKER_PATIENCE = timedelta(minutes=2)


@dataclasses.dataclass(frozen=True)
class Fault:
    code: str
    words: str
    to_do: str
    about: str = ""
    # a page of the console
    link: str = ""
    # as far as it is known; else since when it was noticed
    since: datetime | None = None
    # how long it may last before anybody is told
    patience: timedelta = timedelta(0)
    channel_id: int | None = None
    # nothing goes out, or something went wrong; else somebody should look
    grave: bool = True


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What the engine stands on, as this process sees it."""

    # what is wrong with the broker; empty when it answers
    broker: str
    disks: list[Disk]

    @classmethod
    def look(cls) -> Self:
        return cls(broker_trouble(), disks())


def find_faults(
    seen: Snapshot, *, around: Surroundings, rounds: Mapping[str, timedelta]
) -> list[Fault]:
    """Say what is wrong; ``rounds`` gives the interval of each tick, by its name."""
    return [
        *_workers(seen),
        *_broker(around.broker, seen),
        *_rounds(seen, rounds),
        *_clocks(seen),
        *_disks(around.disks),
        *_overdue(seen, around.broker),
        *(fault for line in seen.channels for fault in _channel(line, seen)),
        *_for_people(seen),
    ]


def _workers(seen: Snapshot) -> Iterator[Fault]:
    if seen.runner_alive:
        return
    last = seen.last_seen_at
    words = (
        _("No worker has been seen for %(time)s, so nothing goes out.")
        % {"time": timesince(last, seen.now, depth=1)}
        if last
        else _("No worker has ever been seen, so nothing goes out.")
    )
    since = seen.oldest_overdue_at
    if since:
        waiting = sum(line.due for line in seen.channels if line.overdue_since(seen.now))
        more = ngettext(
            "%(number)s delivery should be out, for %(time)s.",
            "%(number)s deliveries should be out, the oldest for %(time)s.",
            waiting,
        )
        overdue = {"number": waiting, "time": timesince(since, seen.now, depth=1)}
        words = f"{words} {more % overdue}"
    yield Fault(
        code="worker.silent",
        words=words,
        to_do=_("Start one: python manage.py runner, or the Celery workers of your deployment."),
        link=reverse("machine:health"),
        since=last + SILENT_AFTER if last else None,
    )


def _broker(trouble: str, seen: Snapshot) -> Iterator[Fault]:
    if trouble:
        to_do = _("Start Redis again, or mend CELERY_BROKER_URL; nothing is lost.")
        if seen.runner_alive:
            to_do = _(
                "Start Redis again, or mend CELERY_BROKER_URL. Until then one worker at a time "
                "sends what is due, one channel after the other; nothing is lost."
            )
        yield Fault(
            code="broker.unreachable",
            words=_("The broker can't be reached: %(error)s.") % {"error": trouble.rstrip(".")},
            to_do=to_do,
            link=reverse("machine:health"),
            patience=BROKER_PATIENCE,
        )


def _rounds(seen: Snapshot, rounds: Mapping[str, timedelta]) -> Iterator[Fault]:
    """Rounds that fail; and, while there are workers, those that nobody begins any more."""
    for tick in seen.ticks:
        every = rounds.get(tick.name)
        if every is None:
            # of an older version: nobody begins it, and nobody has to
            continue
        if tick.last_error:
            yield Fault(
                code="tick.failing",
                about=f"tick:{tick.name}",
                words=_("The round “%(name)s” fails: %(error)s")
                % {"name": tick.name, "error": tick.last_error},
                to_do=_("The log of the workers has the whole error. It is tried again by itself."),
                link=reverse("machine:health"),
                patience=SOON,
            )
        if tick.last_run_at is None or not seen.runner_alive:
            continue
        if seen.now - tick.last_run_at > max(every * MISSED_ROUNDS, LONG_WITHOUT):
            yield Fault(
                code="tick.stopped",
                about=f"tick:{tick.name}",
                words=_("The round “%(name)s” was begun last %(time)s ago.")
                % {"name": tick.name, "time": timesince(tick.last_run_at, seen.now, depth=1)},
                to_do=_("Restart the workers; see their log for why."),
                link=reverse("machine:health"),
            )


def _clocks(seen: Snapshot) -> Iterator[Fault]:
    """Clocks that differ; one that is far off keeps its worker from claiming anything."""
    for beat in seen.heartbeats:
        if not seen.is_seen(beat) or abs(beat.clock_ahead) <= CLOCK_SECONDS:
            continue
        words = _("The clock of %(name)s differs from the database's by %(seconds)s seconds.")
        idle = is_idle(beat)
        if idle:
            words = _(
                "The clock of %(name)s differs from the database's by %(seconds)s seconds, so this "
                "worker sends nothing."
            )
        yield Fault(
            code="clock.differs",
            about=f"process:{beat.name}",
            words=words % {"name": beat.name, "seconds": f"{beat.clock_ahead:+.0f}"},
            to_do=_("Set the clock of that machine by NTP; it goes on by itself then.")
            if idle
            else _("Set the clock of that machine by NTP."),
            link=reverse("machine:health"),
            patience=SOON,
            # others may go on with the work
            grave=idle and not seen.worker_sends,
        )


def _disks(places: Sequence[Disk]) -> Iterator[Fault]:
    for disk in places:
        if disk.is_short:
            yield Fault(
                code="disk.short",
                about=f"disk:{disk.what}",
                words=_("The disk of %(path)s is nearly full: %(percent)s %% free.")
                % {"path": disk.path, "percent": f"{disk.percent_free:.1f}"},
                to_do=_("Make room or give it a larger disk; a full one stops everything."),
                link=reverse("machine:health"),
            )


def _channel(line: ChannelHealth, seen: Snapshot) -> Iterator[Fault]:
    yield from _token(line)
    yield from _circuit(line, seen)
    yield from _failing(line, seen)


def _of(channel: Channel) -> dict[str, Any]:
    return {
        "about": f"channel:{channel.pk}",
        "channel_id": channel.pk,
        "link": reverse("admin:channels_channel_change", args=[channel.pk]),
    }


def _token(line: ChannelHealth) -> Iterator[Fault]:
    channel = line.channel
    if not channel.auth_lost_at:
        return
    # what came up since was not even tried
    number = line.blocked + line.due
    waiting = ngettext(
        "%(number)s delivery waits for it.", "%(number)s deliveries wait for it.", number
    ) % {"number": number}
    to_do = _("Connect it again on its page; what waits then goes on by itself.")
    yield Fault(
        code="channel.token_lost",
        words=_("“%(channel)s” has lost its connection: %(reason)s")
        % {"channel": channel, "reason": channel.auth_lost_reason},
        to_do=f"{to_do} {waiting}" if number else to_do,
        since=channel.auth_lost_at,
        **_of(channel),
    )


def _circuit(line: ChannelHealth, seen: Snapshot) -> Iterator[Fault]:
    # without a connection nothing is tried: that is the fault then
    if line.gate is None or line.gate.opened_until is None or line.channel.auth_lost_at:
        return
    probe = line.gate.opened_until
    when = (
        _("The next try goes at %(time)s by itself.") % {"time": f"{probe:%H:%M:%S} UTC"}
        if probe > seen.now
        else _("It is tried by itself within a minute.")
    )
    if not seen.runner_alive:
        when = _("It is tried again only when a worker runs.")
    look = _("Look whether the network is down.")
    words = ngettext(
        "“%(channel)s” is given a rest: its network failed %(number)s time.",
        "“%(channel)s” is given a rest: its network failed %(number)s times in a row.",
        line.gate.failures_in_row,
    )
    yield Fault(
        code="circuit.open",
        words=words % {"channel": line.channel, "number": line.gate.failures_in_row},
        to_do=f"{look} {when}",
        patience=timedelta(minutes=settings.ALERT_CIRCUIT_MINUTES),
        **_of(line.channel),
    )


def _failing(line: ChannelHealth, seen: Snapshot) -> Iterator[Fault]:
    if not line.fails(seen.now):
        return
    words = _("Of the calls to “%(channel)s” in the last hour %(worked)s of %(number)s worked.")
    yield Fault(
        code="channel.failing",
        words=words
        % {"channel": line.channel, "worked": line.hour.sent, "number": line.hour.total},
        to_do=_("Check its connection on its page; its deliveries say why each failed."),
        patience=timedelta(minutes=settings.ALERT_CIRCUIT_MINUTES),
        **_of(line.channel),
    )


def _overdue(seen: Snapshot, broker: str) -> Iterator[Fault]:
    """One fault for all channels that are behind; without a worker they are for that one reason."""
    behind = [line for line in seen.channels if line.overdue_since(seen.now)]
    since = seen.oldest_overdue_at
    if not (seen.runner_alive and behind and since):
        return
    behind.sort(key=lambda line: line.overdue_since(seen.now) or seen.now)
    number = sum(line.due for line in behind)
    words = ngettext(
        "%(number)s delivery should be out, for %(time)s: %(channels)s.",
        "%(number)s deliveries should be out, the oldest for %(time)s: %(channels)s.",
        number,
    )
    patience = timedelta(minutes=settings.ALERT_OVERDUE_MINUTES)
    yield Fault(
        code="delivery.overdue",
        words=words
        % {
            "number": number,
            "time": timesince(since, seen.now, depth=1),
            "channels": _named([line.channel for line in behind]),
        },
        to_do=_what_to_do(behind, sends=seen.worker_sends, broker=broker),
        link=reverse("machine:health"),
        since=since,
        patience=patience,
        grave=seen.now - since > patience,
    )


def _what_to_do(behind: Sequence[ChannelHealth], *, sends: bool, broker: str) -> str:
    if broker:
        return _("Without the broker only one worker at a time sends: start that first.")
    if not sends:
        return _("Workers run, but by wrong clocks they send nothing: set the clocks first.")
    if all(line.hangs for line in behind):
        return _("Their networks answer slowly or not at all: look whether they are down.")
    return _("Workers run, but take less than is planned: see their log, or start more.")


def _named(channels: Sequence[Channel]) -> str:
    named = ", ".join(f"“{channel}”" for channel in channels[:NAMED])
    more = len(channels) - NAMED
    if more <= 0:
        return named
    return _("%(channels)s and %(number)s more") % {"channels": named, "number": more}


@dataclasses.dataclass(frozen=True)
class Heap:
    """Deliveries in one state that want a look, however many: one fault for all of them."""

    state: State
    code: str
    # with %(number)s, for one and for many
    words: StrPromise
    to_do: StrPromise
    # told only when it lasts as long as settings say
    patient: bool = True
    # where it is another while there is no worker
    to_do_alone: StrPromise | None = None


HEAPS = (
    Heap(
        State.REVIEW,
        "delivery.doubtful",
        ngettext_lazy(
            "%(number)s delivery may be on its network or not: a person has to look.",
            "%(number)s deliveries may be on their networks or not: a person has to look.",
            "number",
        ),
        gettext_lazy("Open each, look on the network, and say whether it is there."),
    ),
    Heap(
        State.UNKNOWN,
        "delivery.unknown",
        ngettext_lazy(
            "%(number)s delivery had no clear answer from its network.",
            "%(number)s deliveries had no clear answer from their networks.",
            "number",
        ),
        gettext_lazy(
            "Nothing yet: workers look it up, and if that brings nothing either, a person is asked."
        ),
        to_do_alone=gettext_lazy("It is looked up only when a worker runs."),
    ),
    Heap(
        State.DEAD,
        "delivery.dead",
        ngettext_lazy(
            "%(number)s delivery was given up and goes out only if a person says so.",
            "%(number)s deliveries were given up and go out only if a person says so.",
            "number",
        ),
        gettext_lazy("Open the list: try again, or drop."),
        patient=False,
    ),
    Heap(
        State.REFUSED,
        "delivery.refused",
        ngettext_lazy(
            "%(number)s delivery was refused: a person has to look.",
            "%(number)s deliveries were refused: a person has to look.",
            "number",
        ),
        gettext_lazy("Open the list and read why: try again, do it by hand, or drop."),
    ),
    Heap(
        State.MISSED,
        "delivery.missed",
        ngettext_lazy(
            "%(number)s delivery came too late and goes out only if a person says so.",
            "%(number)s deliveries came too late and go out only if a person says so.",
            "number",
        ),
        gettext_lazy("Open the list: try again, take the next free slot, or drop."),
    ),
)


def _for_people(seen: Snapshot) -> Iterator[Fault]:
    """What a person decides, or may have to; counted for the whole list, one fault each."""
    counts = seen.counts
    for heap in HEAPS:
        number = counts[heap.state]
        if not number:
            continue
        oldest = next((row for row in seen.doubtful if row.state == heap.state), None)
        minutes = settings.ALERT_WAITING_MINUTES if heap.patient else 0
        to_do = heap.to_do if seen.runner_alive else heap.to_do_alone or heap.to_do
        yield Fault(
            code=heap.code,
            words=heap.words % {"number": number},
            to_do=f"{to_do} {_oldest(oldest, seen.now)}" if oldest else str(to_do),
            link=_listed(heap.state),
            patience=timedelta(minutes=minutes),
            grave=False,
        )


def _listed(state: State) -> str:
    return f"{reverse('admin:delivery_delivery_changelist')}?state__exact={state}"


def _oldest(delivery: Delivery, now: datetime) -> str:
    return _("The oldest, “%(post)s” on %(channel)s, was due %(time)s ago.") % {
        "post": delivery.post,
        "channel": delivery.channel,
        "time": timesince(delivery.due_at, now, depth=1),
    }
