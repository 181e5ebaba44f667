"""What workers share: gates, ticks and heartbeats that a wrong clock or a crash left odd."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from hub.delivery import leases, policy
from hub.delivery.doctor.findings import Finding
from hub.delivery.health import SILENT_AFTER
from hub.delivery.models import Gate, Heartbeat, TickLease
from hub.delivery.ticks import rounds
from spokes.channels.http import MAX_RETRY_AFTER

# clocks may differ a little
A_LITTLE = timedelta(minutes=1)
LONGEST_PACE = timedelta(days=1)
# late ones of a channel go out minutes apart, never hours
LONGEST_LATE = timedelta(hours=25)
# a round that missed so many turns, and at least this long, has stopped
MISSED_ROUNDS = 10
LONG_WITHOUT = timedelta(minutes=5)


def gates_shut(now: datetime) -> Iterator[Finding]:
    """A gate that opens only in a far future stops its channel without a word."""
    limits = {
        "opened_until": (now + policy.BREAKER_LONGEST + A_LITTLE, now),
        "not_before": (now + MAX_RETRY_AFTER + A_LITTLE, None),
        "on_pace_at": (now + LONGEST_PACE, now),
        "next_late_at": (now + LONGEST_LATE, None),
    }
    odd = Q()
    for field, (limit, _new) in limits.items():
        odd |= Q(**{f"{field}__gt": limit})
    for gate in Gate.objects.filter(odd):
        changes = {
            field: new
            for field, (limit, new) in limits.items()
            if (value := getattr(gate, field)) and value > limit
        }
        would = _("Let the next delivery try.")
        latest = max(getattr(gate, field) for field in changes)
        yield Finding(
            "gate.far",
            gate,
            _("%(gate)s lets nothing through until %(when)s (%(fields)s).")
            % {
                "gate": gate.name,
                "when": f"{latest:%Y-%m-%d %H:%M} UTC",
                "fields": ", ".join(changes),
            },
            would,
            _update_gate(gate, changes),
        )


def _update_gate(gate: Gate, changes: dict[str, Any]) -> Any:
    still = {field: getattr(gate, field) for field in changes}
    return lambda: Gate.objects.filter(pk=gate.pk, **still).update(**changes)


def ticks_held(now: datetime) -> Iterator[Finding]:
    """A round that somebody holds for too long, or whose times lie in the future."""
    ahead = now + leases.LONGEST_RUN + A_LITTLE
    for tick in TickLease.objects.filter(Q(until__gt=ahead) | Q(last_run_at__gt=now + A_LITTLE)):
        would = _("Free it.")

        def free(tick: TickLease = tick) -> int:
            same = TickLease.objects.filter(pk=tick.pk, until=tick.until)
            return same.update(until=now, last_run_at=None, holder="")

        yield Finding(
            "tick.held",
            tick,
            _("The round “%(name)s” is held until %(until)s, and ran last at %(ran)s.")
            % {
                "name": tick.name,
                "until": f"{tick.until:%Y-%m-%d %H:%M} UTC",
                "ran": f"{tick.last_run_at:%Y-%m-%d %H:%M} UTC" if tick.last_run_at else "–",
            },
            would,
            free,
        )


def ticks_stopped(now: datetime) -> Iterator[Finding]:
    """Rounds that fail or that nobody begins, although workers are there."""
    every = rounds()
    alive = Heartbeat.objects.filter(role="worker", seen_at__gt=now - SILENT_AFTER).exists()
    for tick in TickLease.objects.order_by("name"):
        if tick.last_error:
            yield Finding(
                "tick.failing",
                tick,
                _("The round “%(name)s” fails: %(error)s")
                % {"name": tick.name, "error": tick.last_error},
                _("See the workers' log; it is tried again by itself."),
            )
        interval = every.get(tick.name)
        if not alive or interval is None or tick.last_run_at is None:
            continue
        if now - tick.last_run_at > max(interval * MISSED_ROUNDS, LONG_WITHOUT):
            yield Finding(
                "tick.stopped",
                tick,
                _("The round “%(name)s” was begun last at %(when)s.")
                % {"name": tick.name, "when": f"{tick.last_run_at:%Y-%m-%d %H:%M} UTC"},
                _("Restart the workers."),
            )


def heartbeats_ahead(now: datetime) -> Iterator[Finding]:
    """A process that was seen in the future hides that it is gone."""
    for beat in Heartbeat.objects.filter(seen_at__gt=now + A_LITTLE):
        would = _("Forget it; a process that lives writes itself down again.")

        def forget(beat: Heartbeat = beat) -> int:
            return Heartbeat.objects.filter(pk=beat.pk, seen_at=beat.seen_at).delete()[0]

        yield Finding(
            "heartbeat.future",
            beat,
            _("%(name)s says that it was seen at %(when)s.")
            % {"name": beat.name, "when": f"{beat.seen_at:%Y-%m-%d %H:%M} UTC"},
            would,
            forget,
        )
