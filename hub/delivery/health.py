"""How the newsroom's machine is: what is alive, what is late, what waits for a person."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from hub.delivery.models import Delivery, Gate, Heartbeat, Hold, TickLease
from hub.delivery.states import CHECKING_STATES, INBOX_STATES, LEASED_STATES, State
from spokes.channels.models import Channel

# a worker that was not seen for this long is taken for gone
SILENT_AFTER = timedelta(minutes=2)
# a delivery that is this late although nothing stops it is a sign of trouble
OVERDUE_AFTER = timedelta(minutes=1)
# states that are few by nature: counted exactly, never the whole table
COUNTED_STATES = (
    *LEASED_STATES,
    *CHECKING_STATES,
    *INBOX_STATES,
    State.WAITING,
    State.BLOCKED,
)


@dataclasses.dataclass(frozen=True)
class Snapshot:
    now: datetime
    heartbeats: list[Heartbeat]
    runner_alive: bool
    last_seen_at: datetime | None
    # deliveries by state, for the states that pass or need somebody
    counts: dict[str, int]
    due: int
    oldest_overdue_at: datetime | None
    open_gates: list[Gate]
    ticks: list[TickLease]
    holds: list[Hold]
    paused_channels: list[Channel]
    unconnected_channels: list[Channel]

    @property
    def oldest_overdue(self) -> timedelta:
        """How late the latest is that should have gone out, zero when none is."""
        return self.now - self.oldest_overdue_at if self.oldest_overdue_at else timedelta(0)


def snapshot(now: datetime | None = None) -> Snapshot:
    now = now or timezone.now()
    heartbeats = list(Heartbeat.objects.order_by("-seen_at")[:20])
    last_seen_at = heartbeats[0].seen_at if heartbeats else None
    due = Delivery.objects.due(now).filter(channel__in=Channel.objects.open())
    overdue = due.filter(next_try_at__lt=now - OVERDUE_AFTER).order_by("next_try_at")
    closed = Channel.objects.filter(Q(paused_at__isnull=False) | Q(auth_lost_at__isnull=False))
    closed_channels = list(closed.select_related("spoke"))
    return Snapshot(
        now=now,
        heartbeats=heartbeats,
        runner_alive=bool(last_seen_at and now - last_seen_at < SILENT_AFTER),
        last_seen_at=last_seen_at,
        counts=_counts(),
        due=due.count(),
        oldest_overdue_at=overdue.values_list("next_try_at", flat=True).first(),
        open_gates=list(Gate.objects.filter(opened_until__isnull=False)),
        ticks=list(TickLease.objects.order_by("name")),
        holds=list(Hold.objects.select_related("spoke", "artist", "post", "by")),
        paused_channels=[channel for channel in closed_channels if channel.paused_at],
        unconnected_channels=[channel for channel in closed_channels if channel.auth_lost_at],
    )


def _counts() -> dict[str, int]:
    found = (
        Delivery.objects.filter(state__in=COUNTED_STATES)
        .values_list("state")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return {state.value: 0 for state in COUNTED_STATES} | dict(found)


def report_alive(*, name: str, role: str, now: datetime) -> None:
    """Note that a process is alive; called by the process itself every few seconds."""
    Heartbeat.objects.update_or_create(
        name=name[:120],
        defaults={"seen_at": now, "role": role},
        create_defaults={"seen_at": now, "role": role, "started_at": now},
    )
