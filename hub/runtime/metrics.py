"""The numbers for Prometheus: requests counted here, the rest read from the database on demand."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from prometheus_client import REGISTRY, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hub.delivery.health import Snapshot, snapshot

REQUEST_SECONDS = Histogram(
    "backbeat_http_request_seconds",
    "Time to answer a request.",
    ["method", "view", "status"],
)


class DatabaseCollector(Collector):
    """Deliveries, heartbeats, gates and ticks as they stand when Prometheus asks."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Name nothing beforehand: registering must not query the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            seen = snapshot()
        except DatabaseError:
            yield _gauge("backbeat_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("backbeat_database_up", "Whether the database answers.", 1)
        yield from _deliveries(seen)
        yield from _machinery(seen)


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def _deliveries(seen: Snapshot) -> Iterator[GaugeMetricFamily]:
    states = GaugeMetricFamily(
        "backbeat_deliveries",
        "Deliveries in passing states, and waiting for people.",
        None,
        ["state"],
    )
    for state, number in seen.counts.items():
        states.add_metric([state], number)
    yield states
    yield _gauge("backbeat_deliveries_due", "Deliveries that may go out now.", seen.due)
    yield _gauge(
        "backbeat_oldest_overdue_seconds",
        "How late the latest delivery is that nothing holds back.",
        seen.oldest_overdue.total_seconds(),
    )


def _machinery(seen: Snapshot) -> Iterator[GaugeMetricFamily]:
    ages = GaugeMetricFamily(
        "backbeat_heartbeat_age_seconds", "Since a process was seen.", None, ["name", "role"]
    )
    for heartbeat in seen.heartbeats:
        age = (seen.now - heartbeat.seen_at).total_seconds()
        ages.add_metric([heartbeat.name, heartbeat.role], age)
    yield ages
    ticks = GaugeMetricFamily(
        "backbeat_tick_age_seconds", "Since a tick was begun.", None, ["tick"]
    )
    failing = GaugeMetricFamily(
        "backbeat_tick_failing", "Whether a tick's last run failed.", None, ["tick"]
    )
    for tick in seen.ticks:
        if tick.last_run_at:
            ticks.add_metric([tick.name], (seen.now - tick.last_run_at).total_seconds())
        failing.add_metric([tick.name], int(bool(tick.last_error)))
    yield ticks
    yield failing
    yield _gauge("backbeat_open_gates", "Channels whose breaker is open.", len(seen.open_gates))
    yield _gauge("backbeat_holds", "Holds in force.", len(seen.holds))


REGISTRY.register(DatabaseCollector())
