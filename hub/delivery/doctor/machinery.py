"""What workers share: gates, ticks and heartbeats that a wrong clock or a crash left odd."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hub.delivery import leases, policy
from hub.delivery.doctor.findings import Change, Finding, time_words
from hub.delivery.gates import GATE_PREFIX, gate_name
from hub.delivery.health import SILENT_AFTER
from hub.delivery.living import seen_lately
from hub.delivery.models import Gate, Heartbeat, TickLease
from hub.delivery.probe import channels_to_probe
from hub.delivery.reconcile import longest_visit
from hub.delivery.ticks import rounds
from spokes.channels.http import MAX_RETRY_AFTER
from spokes.channels.models import Channel

# clocks may differ a little
A_LITTLE = timedelta(minutes=1)
LONGEST_PACE = timedelta(days=1)
# late ones of a channel go out minutes apart, never hours
LONGEST_LATE = timedelta(hours=25)
# a round that missed so many turns, and at least this long, has stopped
MISSED_ROUNDS = 10
LONG_WITHOUT = timedelta(minutes=5)
# networks that rest are tried a few at a time
LONG_OPEN = timedelta(hours=1)
# workers of two versions may run side by side for a while
LONG_UNKNOWN = timedelta(days=1)


def gates_shut(now: datetime) -> Iterator[Finding]:
    """A gate that opens only in a far future stops its channel without a word."""
    limits = {
        "opened_until": (now + policy.BREAKER_LONGEST + A_LITTLE, now),
        "not_before": (now + MAX_RETRY_AFTER + A_LITTLE, None),
        "on_pace_at": (now + LONGEST_PACE, now),
        "next_late_at": (now + LONGEST_LATE, None),
        "looking_until": (now + longest_visit() + A_LITTLE, None),
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


def gates_odd(now: datetime) -> Iterator[Finding]:
    """Gates whose numbers no engine writes, and gates of channels that are gone."""
    channels = {gate_name(pk) for pk in Channel.objects.values_list("pk", flat=True)}
    for gate in Gate.objects.order_by("pk"):
        mine = Gate.objects.filter(pk=gate.pk)
        if gate.name.startswith(GATE_PREFIX) and gate.name not in channels:
            yield Finding(
                "gate.of_nothing",
                gate,
                _("“%(gate)s” is of a channel that is not there.") % {"gate": gate.name},
                _("Forget it."),
                _deleting(mine),
            )
        if not 0 <= gate.retry_credit <= policy.RETRY_CREDIT_LIMIT:
            yield Finding(
                "gate.credit",
                gate,
                _("%(gate)s may owe %(number)s retries, which can't be.")
                % {"gate": gate.name, "number": gate.retry_credit},
                _("Let it begin anew with its full number."),
                _updating(mine, retry_credit=policy.RETRY_CREDIT_LIMIT),
            )
        if gate.late_free_before and gate.late_free_before > now + A_LITTLE:
            yield Finding(
                "gate.unpaced",
                gate,
                _("What comes up late there goes out without any pace until %(when)s.")
                % {"when": time_words(gate.late_free_before)},
                _("Let the channel's pace hold from now on."),
                _updating(mine, late_free_before=now),
            )


def _deleting(rows: QuerySet[Gate]) -> Change:
    return lambda: rows.delete()[0]


def _updating(rows: QuerySet[Gate], **changes: Any) -> Change:
    return lambda: rows.update(**changes)


def circuits_left_open(now: datetime) -> Iterator[Finding]:
    """The rest is over for long, nothing is due, and nobody tries whether the network is back."""
    if not _worker_lives(now):
        return
    names = [gate_name(pk) for pk in channels_to_probe(now)]
    for gate in Gate.objects.filter(name__in=names, opened_until__lt=now - LONG_OPEN):
        yield Finding(
            "gate.not_tried",
            gate,
            _("%(gate)s should have been tried again at %(when)s.")
            % {"gate": gate.name, "when": time_words(gate.opened_until)},
            _("See the workers' log for the round “probe”; restart them."),
        )


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
    alive = _worker_lives(now)
    ticks = [tick for tick in TickLease.objects.order_by("name") if tick.name in every]
    for tick in ticks:
        if tick.last_error:
            yield Finding(
                "tick.failing",
                tick,
                _("The round “%(name)s” fails: %(error)s")
                % {"name": tick.name, "error": tick.last_error},
                _("See the workers' log; it is tried again by itself."),
            )
        if not alive or tick.last_run_at is None:
            continue
        if now - tick.last_run_at > max(every[tick.name] * MISSED_ROUNDS, LONG_WITHOUT):
            yield Finding(
                "tick.stopped",
                tick,
                _("The round “%(name)s” was begun last at %(when)s.")
                % {"name": tick.name, "when": f"{tick.last_run_at:%Y-%m-%d %H:%M} UTC"},
                _("Restart the workers."),
            )


def ticks_never_begun(now: datetime) -> Iterator[Finding]:
    """Rounds that no worker knows, although one runs for minutes: it is of an older version."""
    if not _worker_lives(now, for_at_least=LONG_WITHOUT):
        return
    begun = TickLease.objects.filter(last_run_at__isnull=False).values_list("name", flat=True)
    for name in sorted(rounds().keys() - set(begun)):
        yield Finding(
            "tick.never",
            TickLease(name=name),
            _("The round “%(name)s” was never begun.") % {"name": name},
            _("Restart the workers: they may run an older version."),
        )


def ticks_unknown(now: datetime) -> Iterator[Finding]:
    """Rounds of an older version: their last fault would be told of for ever."""
    for tick in TickLease.objects.exclude(name__in=rounds()).filter(until__lt=now - LONG_UNKNOWN):

        def forget(tick: TickLease = tick) -> int:
            return TickLease.objects.filter(pk=tick.pk, until=tick.until).delete()[0]

        yield Finding(
            "tick.unknown",
            tick,
            _("There is no round “%(name)s” any more.") % {"name": tick.name},
            _("Forget it."),
            forget,
        )


def _worker_lives(now: datetime, *, for_at_least: timedelta = timedelta(0)) -> bool:
    living = seen_lately(now, SILENT_AFTER).filter(role="worker")
    return living.filter(started_at__lte=now - for_at_least).exists()


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
