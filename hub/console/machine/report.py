"""The page of the machine's health: first what is the matter, in words, then the numbers."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.alerts.faults import Fault, Surroundings, find_faults
from hub.console.delivery_steps import DELIVERY_STEPS
from hub.console.moments import moment
from hub.console.steps import Button, buttons_for
from hub.delivery.clock import queue_now
from hub.delivery.health import ChannelHealth, Snapshot, snapshot
from hub.delivery.models import Delivery
from hub.delivery.surroundings import Disk
from hub.delivery.ticks import rounds
from hub.people.scope import visible
from spokes.channels.models import Channel

SHOWN_CHANNELS = 200


@dataclasses.dataclass(frozen=True)
class Doubtful:
    delivery: Delivery
    buttons: list[Button]


@dataclasses.dataclass(frozen=True)
class Verdict:
    # good, held, look, bad
    tone: str
    words: str


def report(request: HttpRequest, user: User) -> dict[str, Any]:
    """Look at the machine for this person: a member of some spokes sees their channels."""
    seen = snapshot(queue_now(), channels=visible(user, Channel.objects.all()), with_doubtful=True)
    around = Surroundings.look()
    faults = sorted(
        find_faults(seen, around=around, rounds=rounds()), key=lambda fault: not fault.grave
    )
    return {
        "seen": seen,
        "verdict": verdict(seen, faults),
        "faults": faults,
        "channels": sorted(seen.channels, key=lambda line: _order(line, seen.now))[:SHOWN_CHANNELS],
        "more_channels": max(0, len(seen.channels) - SHOWN_CHANNELS),
        "calls": [(_("Last hour"), seen.hour), (_("Last day"), seen.day)],
        "doubtful": [
            Doubtful(delivery, buttons_for(DELIVERY_STEPS, request, delivery))
            for delivery in seen.doubtful
        ],
        "places": _places(around, connection.vendor),
        "tells": bool(settings.ALERT_EMAILS or settings.ALERT_WEBHOOK_URL),
    }


def verdict(seen: Snapshot, faults: list[Fault]) -> Verdict:
    """Say how it is in a sentence or two."""
    grave = sum(fault.grave for fault in faults)
    held = seen.everything_held
    paused = ""
    if held:
        words = _("Everything is paused since %(when)s: %(why)s")
        paused = words % {"when": moment(held.since), "why": held.reason}
    if grave:
        wrong = _wrong(grave, len(faults) - grave)
        # both matter: neither may hide the other
        return Verdict("bad", f"{paused}. {wrong}" if paused else wrong)
    if paused:
        return Verdict("held", paused)
    if faults:
        words = ngettext(
            "%(number)s thing wants a look.", "%(number)s things want a look.", len(faults)
        )
        number = {"number": len(faults)}
        return Verdict("look", f"{_rest(seen)} {words % number}")
    slow = _slow(seen)
    if slow:
        words = f"{slow} {capfirst(_goes_out(seen))}"
    else:
        words = _("All well: %(what)s") % {"what": _goes_out(seen)}
    if seen.kept_back:
        words = f"{words} {_rest(seen)}"
    return Verdict("look" if slow else "good", words)


def _slow(seen: Snapshot) -> str:
    number = sum(line.waits_for_network(seen.now) for line in seen.channels)
    if not number:
        return ""
    words = ngettext(
        "%(number)s channel waits for its network, which answers slowly or not at all.",
        "%(number)s channels wait for their networks, which answer slowly or not at all.",
        number,
    )
    return words % {"number": number}


def _rest(seen: Snapshot) -> str:
    if not seen.kept_back:
        if seen.oldest_overdue_at:
            return _("It goes out, but late.")
        return _slow(seen) or _("Everything goes out.")
    words = ngettext(
        "%(number)s channel is paused; the others send.",
        "%(number)s channels are paused; the others send.",
        seen.kept_back,
    )
    if seen.kept_back == len(seen.channels):
        words = _("Every channel is paused: nothing goes out.")
    return words % {"number": seen.kept_back}


def _wrong(grave: int, others: int) -> str:
    words = ngettext("%(number)s thing is wrong.", "%(number)s things are wrong.", grave)
    wrong = words % {"number": grave}
    if not others:
        return wrong
    more = ngettext("%(number)s more wants a look.", "%(number)s more want a look.", others)
    return f"{wrong} {more % {'number': others}}"


def _goes_out(seen: Snapshot) -> str:
    number = seen.hour.sent
    went = ngettext(
        "%(number)s delivery went out in the last hour",
        "%(number)s deliveries went out in the last hour",
        number,
    ) % {"number": number}
    if not number:
        quiet = not (seen.hour.total or seen.under_way)
        none = _("nothing went out in the last hour")
        went = _("nothing was due in the last hour") if quiet else none
    if seen.under_way:
        words = ngettext(
            "%(went)s, %(number)s is on its way.",
            "%(went)s, %(number)s are on their way.",
            seen.under_way,
        )
        return words % {"went": went, "number": seen.under_way}
    if seen.next_at is None:
        return _("%(went)s, and nothing is planned.") % {"went": went}
    when = _clock_time(seen.next_at, seen.now)
    return _("%(went)s, the next is at %(when)s.") % {"went": went, "when": when}


def _clock_time(at: datetime, now: datetime) -> str:
    """Write a time of today as a time alone."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else moment(at)


def _order(line: ChannelHealth, now: datetime) -> tuple[bool, int, str]:
    """Those in trouble first, then those with most to do."""
    troubled = bool(
        line.channel.auth_lost_at
        or line.circuit_open
        or line.overdue_since(now)
        or line.states.get("review")
        or line.states.get("unknown")
    )
    return not troubled, -(line.due + line.in_hand + line.waiting + line.blocked), str(line.channel)


def _places(around: Surroundings, vendor: str) -> list[tuple[str, str, bool]]:
    """What the engine stands on: its name, how it is, and whether that is bad."""
    database = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(vendor, vendor)
    broker = around.broker or (
        _("inside the runner") if settings.CELERY_BROKER_URL.startswith("memory") else _("answers")
    )
    return [
        (_("Database"), _("%(name)s answers") % {"name": database}, False),
        (_("Broker"), broker, bool(around.broker)),
        *((_disk_name(disk), _room(disk), disk.is_short) for disk in around.disks),
    ]


def _disk_name(disk: Disk) -> str:
    return _("Disk of the pictures") if disk.what == "media" else _("Disk of the database")


def _room(disk: Disk) -> str:
    said = _("%(free)s free of %(total)s (%(percent)s %%)") % {
        "free": filesizeformat(disk.free),
        "total": filesizeformat(disk.total),
        "percent": f"{disk.percent_free:.0f}",
    }
    if disk.used is None:
        return said
    return said + "; " + _("the file has %(size)s") % {"size": filesizeformat(disk.used)}
