"""The numbers for Prometheus: requests counted here, the rest read from the database on demand.

docs/how-to/watch-the-machine.md lists each name; docs/monitoring has a dashboard and alert rules
made of them. Labels are bounded: by channel, state, tick, process and code.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from django.db import DatabaseError
from prometheus_client import REGISTRY, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hub.alerts.models import Alert, Notice
from hub.delivery.health import Calls, ChannelHealth, Snapshot, snapshot
from hub.delivery.living import last_sign
from hub.delivery.models import Heartbeat
from hub.delivery.surroundings import broker_trouble, disks
from hub.delivery.ticks import TICKS

REQUEST_SECONDS = Histogram(
    "backbeat_http_request_seconds",
    "Time to answer a request.",
    ["method", "view", "status"],
)
OUTCOMES = ("sent", "refused", "retried", "unknown", "locked_out")


class DatabaseCollector(Collector):
    """Deliveries, heartbeats, gates, ticks and alerts as they stand when Prometheus asks."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Name nothing beforehand: registering must not query the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            seen = snapshot()
            alerts = Counter(Alert.objects.going_on().values_list("code", flat=True))
            unsent = Notice.objects.unsent().count()
        except DatabaseError:
            yield _gauge("backbeat_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("backbeat_database_up", "Whether the database answers.", 1)
        yield from _deliveries(seen)
        yield from _channels(seen)
        yield from _machinery(seen)
        yield from _surroundings()
        yield _family("backbeat_alerts", "Things that are wrong.", ["code"], _pairs(alerts))
        yield _gauge("backbeat_alert_messages_unsent", "Messages about alerts to send.", unsent)


Row = tuple[list[str], float]


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def _family(name: str, meaning: str, labels: list[str], rows: Iterable[Row]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, None, labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _pairs(counts: dict[str, int]) -> list[Row]:
    return [([name], number) for name, number in counts.items()]


def _deliveries(seen: Snapshot) -> Iterator[GaugeMetricFamily]:
    yield _family(
        "backbeat_deliveries",
        "Deliveries in passing states, and waiting for people.",
        ["state"],
        _pairs(seen.counts),
    )
    yield _gauge("backbeat_deliveries_due", "Deliveries that may go out now.", seen.due)
    yield _gauge(
        "backbeat_deliveries_late", "Of these, those of a wave after an outage.", seen.late
    )
    yield _gauge(
        "backbeat_oldest_overdue_seconds",
        "How late the latest delivery is that nothing holds back.",
        seen.oldest_overdue.total_seconds(),
    )


def _channels(seen: Snapshot) -> Iterator[GaugeMetricFamily]:
    queues = [
        ([line.channel.slug, what], number)
        for line in seen.channels
        for what, number in _queue(line).items()
    ]
    yield _family(
        "backbeat_channel_queue",
        "Deliveries of a channel by where they wait.",
        ["channel", "queue"],
        queues,
    )
    overdue = [
        ([line.channel.slug], (seen.now - since).total_seconds() if since else 0.0)
        for line in seen.channels
        for since in [line.overdue_since(seen.now)]
    ]
    yield _family(
        "backbeat_channel_overdue_seconds",
        "How late a channel's oldest is that nothing holds back.",
        ["channel"],
        overdue,
    )
    yield _calls("hour", [(line, line.hour) for line in seen.channels])
    yield _calls("day", [(line, line.day) for line in seen.channels])
    for name, meaning, is_so in CHANNEL_FLAGS:
        rows = [([line.channel.slug], float(is_so(line, seen))) for line in seen.channels]
        yield _family(name, meaning, ["channel"], rows)


def _queue(line: ChannelHealth) -> dict[str, int]:
    return {
        "due": line.due,
        "in_hand": line.in_hand,
        "checking": line.checking,
        "waiting": line.waiting,
        "blocked": line.blocked,
        "inbox": line.inbox,
    }


def _calls(time: str, lines: list[tuple[ChannelHealth, Calls]]) -> GaugeMetricFamily:
    rows = [
        ([line.channel.slug, outcome], float(getattr(calls, outcome)))
        for line, calls in lines
        for outcome in OUTCOMES
    ]
    name = f"backbeat_channel_calls_last_{time}"
    return _family(name, f"Calls of the last {time} by outcome.", ["channel", "outcome"], rows)


CHANNEL_FLAGS = (
    (
        "backbeat_channel_circuit_open",
        "Whether its breaker is open.",
        lambda line, seen: line.circuit_open,
    ),
    (
        "backbeat_channel_failing",
        "Whether too few of its calls work.",
        lambda line, seen: line.fails(seen.now),
    ),
    (
        "backbeat_channel_connected",
        "Whether its network takes our credentials.",
        lambda line, seen: line.channel.auth_lost_at is None,
    ),
    (
        "backbeat_channel_paused",
        "Whether a person has paused it.",
        lambda line, seen: line.channel.paused_at is not None,
    ),
)


def _age(beat: Heartbeat, seen: Snapshot) -> float:
    sign = last_sign(beat, seen.now)
    return (seen.now - sign).total_seconds() if sign else math.inf


def _machinery(seen: Snapshot) -> Iterator[GaugeMetricFamily]:
    beats = seen.heartbeats
    # nobody begins a round of an older version any more, and nobody has to
    ticks = [tick for tick in seen.ticks if tick.name in TICKS]
    yield _family(
        "backbeat_heartbeat_age_seconds",
        "Since a process was seen.",
        ["name", "role"],
        [([beat.name, beat.role], _age(beat, seen)) for beat in beats],
    )
    yield _family(
        "backbeat_clock_ahead_seconds",
        "How far a process's clock is ahead of the database's.",
        ["name", "role"],
        [([beat.name, beat.role], beat.clock_ahead) for beat in beats],
    )
    yield _gauge(
        "backbeat_worker_alive", "Whether a worker was seen lately.", float(seen.runner_alive)
    )
    yield _family(
        "backbeat_tick_age_seconds",
        "Since a tick was begun.",
        ["tick"],
        [
            ([tick.name], (seen.now - tick.last_run_at).total_seconds())
            for tick in ticks
            if tick.last_run_at
        ],
    )
    yield _family(
        "backbeat_tick_failing",
        "Whether a tick's last run failed.",
        ["tick"],
        [([tick.name], float(bool(tick.last_error))) for tick in ticks],
    )
    yield _gauge("backbeat_open_gates", "Channels whose breaker is open.", len(seen.open_gates))
    yield _gauge("backbeat_holds", "Holds in force.", len(seen.holds))


def _surroundings() -> Iterator[GaugeMetricFamily]:
    yield _gauge("backbeat_broker_up", "Whether the broker answers.", float(not broker_trouble()))
    places = disks()
    yield _family(
        "backbeat_disk_free_bytes",
        "Room on the disk of the pictures, and of an SQLite database.",
        ["disk"],
        [([disk.what], disk.free) for disk in places],
    )
    yield _family(
        "backbeat_disk_size_bytes",
        "Size of that disk.",
        ["disk"],
        [([disk.what], disk.total) for disk in places],
    )


REGISTRY.register(DatabaseCollector())
