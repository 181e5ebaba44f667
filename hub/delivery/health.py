"""How the newsroom's machine is: what is alive, what is late, what waits for a person.

Every number is read from an index, whatever the size of the tables; the database's own clock
says what "now" is, for the clocks of processes may differ.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import CharField, Count, F, Max, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from content.editorial.models import Post
from hub.delivery import policy
from hub.delivery.clock import MOST_AHEAD, queue_now
from hub.delivery.gates import GATE_PREFIX
from hub.delivery.holds import Holds
from hub.delivery.living import last_sign
from hub.delivery.models import Attempt, Delivery, Gate, Heartbeat, Hold, Outcome, TickLease
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.states import CHECKING_STATES, INBOX_STATES, LEASED_STATES, State
from spokes.channels.models import Channel
from spokes.channels.querysets import ChannelQuerySet

# a worker that was not seen for this long is taken for gone
SILENT_AFTER = timedelta(minutes=2)
# a delivery that is this late although nothing stops it is a sign of trouble
OVERDUE_AFTER = timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# fewer calls in an hour say nothing about how a channel does
FEW_CALLS = 10
# a channel none of whose calls failed for this long does well again
WELL_AFTER = timedelta(minutes=10)
# states that are few by nature: counted exactly, never the whole table
COUNTED_STATES = (
    *LEASED_STATES,
    *CHECKING_STATES,
    *INBOX_STATES,
    State.WAITING,
    State.BLOCKED,
)
# nobody knows whether these are on the network
DOUBTFUL_STATES = (State.REVIEW, State.UNKNOWN)
SHOWN_DOUBTFUL = 8
SHOWN_HEARTBEATS = 50
# names of the groups beside the states, in one query with them
DUE, LATE, IN_HOUR, IN_DAY = "due", "late", "hour", "day"


@dataclasses.dataclass
class Calls:
    """What the calls of some time brought, on one channel."""

    sent: int = 0
    refused: int = 0
    retried: int = 0
    unknown: int = 0
    # credentials not accepted
    locked_out: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.refused + self.retried + self.unknown + self.locked_out

    @property
    def rate(self) -> float | None:
        """The part of the calls that worked, 0 to 1; None when there were none."""
        return self.sent / self.total if self.total else None

    def add(self, outcome: str, number: int) -> None:
        name = OUTCOME_FIELDS.get(outcome)
        if name:
            setattr(self, name, getattr(self, name) + number)


OUTCOME_FIELDS: dict[str, str] = {
    Outcome.SENT: "sent",
    Outcome.ACCEPTED: "sent",
    Outcome.REFUSED: "refused",
    Outcome.RETRY_AFTER: "retried",
    Outcome.UNKNOWN: "unknown",
    Outcome.AUTH_LOST: "locked_out",
}


@dataclasses.dataclass
class ChannelHealth:
    channel: Channel
    # nothing of it goes out by the will of a person: its spoke, or everything, is held
    held: bool = False
    gate: Gate | None = None
    # may go out now, and since when the oldest of them
    due: int = 0
    due_since: datetime | None = None
    # of these, those that were meant to go out long ago: a wave after an outage
    late: int = 0
    next_at: datetime | None = None
    states: dict[str, int] = dataclasses.field(default_factory=dict)
    hour: Calls = dataclasses.field(default_factory=Calls)
    day: Calls = dataclasses.field(default_factory=Calls)
    # the last call of the last hour that worked, and the last that did not
    worked_at: datetime | None = None
    failed_at: datetime | None = None

    @property
    def circuit_open(self) -> bool:
        return bool(self.gate and self.gate.opened_until)

    @property
    def hangs(self) -> bool:
        """Its last call took long, or one takes long right now."""
        return bool(self.gate and self.gate.quick is False)

    @property
    def kept_back(self) -> bool:
        """Nothing of it goes out by the will of a person."""
        return bool(self.held or self.channel.paused_at)

    def silent_until(self, now: datetime) -> datetime | None:
        """Say until when the network asked for silence."""
        wish = self.gate.not_before if self.gate else None
        return wish if wish and wish > now else None

    def may_send(self, now: datetime) -> bool:
        """Tell whether neither a person nor its network keeps it from sending."""
        stopped = self.kept_back or self.channel.auth_lost_at or self.circuit_open
        return not (stopped or self.silent_until(now))

    def waits_for_network(self, now: datetime) -> bool:
        """Tell whether it has something to do and only the network takes so long."""
        busy = self.due or self.in_hand or self.checking
        return bool(busy) and self.hangs and self.may_send(now)

    def overdue_since(self, now: datetime) -> datetime | None:
        """Say since when the oldest should be out that nobody and nothing holds back."""
        if self.due_since is None or not self.may_send(now):
            return None
        return self.due_since if now - self.due_since > OVERDUE_AFTER else None

    def fails(self, now: datetime) -> bool:
        """Whether too few of its calls of the last hour worked, and it goes on like that.

        Not where the connection is lost, nor where the circuit stays open: nothing is sent then.
        """
        rate, failed, worked = self.hour.rate, self.failed_at, self.worked_at
        if rate is None or failed is None or self.hour.total < FEW_CALLS:
            return False
        shut = timedelta(minutes=settings.ALERT_CIRCUIT_MINUTES)
        is_down = self.circuit_open and (worked is None or now - worked > shut)
        if self.channel.auth_lost_at or is_down:
            return False
        return rate * 100 < settings.ALERT_WORKING_PERCENT and now - failed <= WELL_AFTER

    @property
    def in_hand(self) -> int:
        return sum(self.states.get(state, 0) for state in LEASED_STATES)

    @property
    def checking(self) -> int:
        return sum(self.states.get(state, 0) for state in CHECKING_STATES)

    @property
    def waiting(self) -> int:
        return self.states.get(State.WAITING, 0)

    @property
    def blocked(self) -> int:
        return self.states.get(State.BLOCKED, 0)

    @property
    def inbox(self) -> int:
        return sum(self.states.get(state, 0) for state in INBOX_STATES)


@dataclasses.dataclass(frozen=True)
class Snapshot:
    now: datetime
    heartbeats: list[Heartbeat]
    channels: list[ChannelHealth]
    ticks: list[TickLease]
    holds: list[Hold]
    # the oldest that nobody can be sure of; empty where it was not asked for
    doubtful: list[Delivery]

    @property
    def last_seen_at(self) -> datetime | None:
        """When a worker was seen last; beat alone sends nothing."""
        signs = (last_sign(beat, self.now) for beat in self.heartbeats if is_worker(beat))
        return max(filter(None, signs), default=None)

    @property
    def runner_alive(self) -> bool:
        seen = self.last_seen_at
        return bool(seen and self.now - seen < SILENT_AFTER)

    @property
    def worker_sends(self) -> bool:
        """Whether there is a worker whose clock lets it send."""
        return any(
            is_worker(beat) and not is_idle(beat) and self.is_seen(beat) for beat in self.heartbeats
        )

    def is_seen(self, beat: Heartbeat) -> bool:
        """Tell whether the process was seen lately."""
        sign = last_sign(beat, self.now)
        return bool(sign and self.now - sign < SILENT_AFTER)

    @property
    def counts(self) -> dict[str, int]:
        """Deliveries by state, for the states that pass or need somebody."""
        counts = {state.value: 0 for state in COUNTED_STATES}
        for line in self.channels:
            for state, number in line.states.items():
                counts[state] += number
        return counts

    @property
    def due(self) -> int:
        """How many may go out now, on channels that are open."""
        return sum(
            line.due
            for line in self.channels
            if not (line.channel.paused_at or line.channel.auth_lost_at)
        )

    @property
    def in_hand(self) -> int:
        return sum(line.in_hand for line in self.channels)

    @property
    def under_way(self) -> int:
        """How many go out now: those in the hands of workers, and those that may be taken."""
        return self.in_hand + sum(line.due for line in self.channels if line.may_send(self.now))

    @property
    def late(self) -> int:
        """How many are late and still go out: not what a pause or a lost connection keeps."""
        return sum(
            line.late for line in self.channels if not (line.kept_back or line.channel.auth_lost_at)
        )

    @property
    def kept_back(self) -> int:
        """How many channels a person keeps from sending."""
        return sum(line.kept_back for line in self.channels)

    @property
    def hour(self) -> Calls:
        return _sum(line.hour for line in self.channels)

    @property
    def day(self) -> Calls:
        return _sum(line.day for line in self.channels)

    @property
    def next_at(self) -> datetime | None:
        """When the next one goes out that nothing stops."""
        times = [
            line.next_at
            for line in self.channels
            if line.next_at
            and not (line.held or line.channel.paused_at or line.channel.auth_lost_at)
        ]
        return min(times, default=None)

    @property
    def oldest_overdue_at(self) -> datetime | None:
        times = [line.overdue_since(self.now) for line in self.channels]
        return min((time for time in times if time), default=None)

    @property
    def oldest_overdue(self) -> timedelta:
        """How late the latest is that should have gone out, zero when none is."""
        return self.now - self.oldest_overdue_at if self.oldest_overdue_at else timedelta(0)

    @property
    def open_gates(self) -> list[ChannelHealth]:
        return [line for line in self.channels if line.circuit_open]

    @property
    def unconnected_channels(self) -> list[Channel]:
        return [line.channel for line in self.channels if line.channel.auth_lost_at]

    @property
    def everything_held(self) -> Hold | None:
        return next((held for held in self.holds if held.scope == Hold.Scope.ALL), None)


def sending_channels() -> ChannelQuerySet:
    """Find the channels that nobody has paused or holds back, and that have their connection."""
    held = Hold.objects.filter(scope=Hold.Scope.SPOKE).values("spoke")
    return Channel.objects.open().filter(~Q(spoke__in=held) | Q(spoke=None)).order_by()


def kept_back(holds: Holds) -> Q:
    """Match the deliveries that a person stopped, or whose channel has lost its connection.

    A hold on everything matches none: it is said once, above all of them.
    """
    of_artists = Post.artists.through.objects.filter(artist__in=holds.artists).values("post")
    closed = ~Q(channel__in=sending_channels())
    return closed | Q(post__in=holds.posts) | Q(post__in=of_artists)


def _sum(many: Iterable[Calls]) -> Calls:
    total = Calls()
    for calls in many:
        for field in dataclasses.fields(Calls):
            name = field.name
            setattr(total, name, getattr(total, name) + getattr(calls, name))
    return total


def is_worker(beat: Heartbeat) -> bool:
    return beat.role == "worker"


def is_idle(beat: Heartbeat) -> bool:
    """Whether it is a worker that claims nothing, for its clock is too far off."""
    return is_worker(beat) and abs(beat.clock_ahead) > MOST_AHEAD


def snapshot(
    now: datetime | None = None,
    *,
    channels: ChannelQuerySet | None = None,
    with_doubtful: bool = False,
) -> Snapshot:
    """Look at the whole house, or at these channels of it; six queries and one for the doubtful.

    On PostgreSQL one more asks for its time, where ``now`` is not given.
    """
    now = now or queue_now()
    rows = Channel.objects.all() if channels is None else channels
    holds = list(Hold.objects.select_related("spoke", "artist", "post", "by"))
    lines = _lines(rows, Holds.of(holds), now)
    doubtful = Delivery.objects.filter(channel__in=list(lines)) if with_doubtful else None
    return Snapshot(
        now=now,
        heartbeats=list(Heartbeat.objects.order_by("-seen_at")[:SHOWN_HEARTBEATS]),
        channels=list(lines.values()),
        ticks=list(TickLease.objects.order_by("name")),
        holds=holds,
        doubtful=_doubtful(doubtful) if doubtful is not None and lines else [],
    )


def _lines(channels: ChannelQuerySet, holds: Holds, now: datetime) -> dict[int, ChannelHealth]:
    lines = {
        channel.pk: ChannelHealth(
            channel, held=holds.stop(channel), next_at=getattr(channel, "next_at", None)
        )
        for channel in _with_next(channels, now)
    }
    for channel_id, what, number, since in _counted(holds, now):
        if channel_id in lines:
            _note(lines[channel_id], what, number, since)
    for gate in Gate.objects.filter(name__startswith=GATE_PREFIX):
        line = lines.get(int(gate.name.removeprefix(GATE_PREFIX)))
        if line:
            line.gate = gate
    return lines


def _with_next(channels: ChannelQuerySet, now: datetime) -> ChannelQuerySet:
    """Add when each channel's next delivery goes out: one look at an index for each."""
    coming = Delivery.objects.planned().filter(channel=OuterRef("pk"), next_try_at__gt=now)
    first = coming.order_by("next_try_at").values("next_try_at")[:1]
    return channels.select_related("spoke").annotate(next_at=Subquery(first))


def _note(line: ChannelHealth, what: str, number: int, at: datetime) -> None:
    group, _, outcome = what.partition(":")
    if outcome:
        _note_calls(line, group, outcome, number, at)
    elif what == DUE:
        line.due, line.due_since = number, at
    elif what == LATE:
        line.late = number
    else:
        line.states[what] = number


def _note_calls(line: ChannelHealth, group: str, outcome: str, number: int, at: datetime) -> None:
    (line.hour if group == IN_HOUR else line.day).add(outcome, number)
    field = OUTCOME_FIELDS.get(outcome)
    if group != IN_HOUR or field is None:
        return
    if field == "sent":
        line.worked_at = max(at, line.worked_at or at)
    else:
        line.failed_at = max(at, line.failed_at or at)


def _counted(holds: Holds, now: datetime) -> Iterable[tuple[int, str, int, datetime]]:
    """Count by channel: states, what is due, what is late, and what calls brought; one query.

    What a person holds back by post or artist is planned, not due.
    """
    due = holds.leave_out_held(Delivery.objects.due(now))
    late = due.filter(due_at__lt=now - policy.LATE_AFTER)
    by_state = Delivery.objects.filter(state__in=COUNTED_STATES)
    legs = [
        _leg(by_state, F("state")),
        _leg(due, Value(DUE)),
        _leg(late, Value(LATE)),
        _calls(IN_HOUR, now - HOUR),
        _calls(IN_DAY, now - DAY),
    ]
    every: Iterable[Any] = legs[0].union(*legs[1:], all=True)
    return every


def _leg(rows: DeliveryQuerySet, what: F | Value) -> Any:
    named = rows.order_by().annotate(
        # as a value, not a column: SQLite would read the whole table in the order of an index
        on=Coalesce(F("channel"), Value(0)),
        what=Coalesce(what, Value(""), output_field=CharField()),
    )
    grouped = named.values("on", "what").annotate(number=Count("pk"), at=Min("next_try_at"))
    return grouped.values_list("on", "what", "number", "at")


def _calls(group: str, since: datetime) -> Any:
    ended = Attempt.objects.filter(call=Attempt.Call.SEND, started_at__gt=since)
    named = (
        ended.exclude(outcome="")
        .order_by()
        .annotate(what=Concat(Value(f"{group}:"), F("outcome"), output_field=CharField()))
    )
    grouped = named.values("delivery__channel", "what").annotate(
        number=Count("pk"), at=Max("started_at")
    )
    return grouped.values_list("delivery__channel", "what", "number", "at")


def _doubtful(rows: DeliveryQuerySet) -> list[Delivery]:
    # few rows found by state and sorted, not all rows read in their order
    oldest = Coalesce("due_at", "next_try_at")
    found = rows.filter(state__in=DOUBTFUL_STATES).order_by(oldest, "id")[:SHOWN_DOUBTFUL]
    full = Delivery.objects.filter(pk__in=found.values("pk")).select_related("post", "channel")
    return list(full.defer("payload", "post__body", "post__body_html").order_by("due_at", "id"))


def report_alive(
    *, name: str, role: str, now: datetime, started_at: datetime | None = None, slots: int = 0
) -> float:
    """Note that a process is alive, ``now`` by its own clock; called by it every few seconds.

    ``slots`` are the calls that it can make at once. Returns the seconds that its clock is ahead
    of the database's.
    """
    seen_at = queue_now() if connection.vendor == "postgresql" else now
    shown = {
        "seen_at": seen_at,
        "role": role,
        # what its clock says beyond the database's, in seconds
        "clock_ahead": round((now - seen_at).total_seconds(), 3),
        "slots": slots,
        **({"started_at": started_at} if started_at else {}),
    }
    Heartbeat.objects.update_or_create(
        name=name[:120], defaults=shown, create_defaults={"started_at": seen_at, **shown}
    )
    return (now - seen_at).total_seconds()
