"""Words for the page of the machine's health."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from hub.console.delivery_waits import Waits, clock_time
from hub.console.moments import moment
from hub.delivery.health import ChannelHealth, Snapshot, is_idle
from hub.delivery.models import Delivery, Heartbeat

register = template.Library()


@dataclasses.dataclass(frozen=True)
class ChannelState:
    tone: str
    label: str
    words: str = ""


@register.filter
def percent(rate: float | None) -> str:
    """Write a rate of 0 to 1; what is not all is never rounded up to it."""
    if rate is None:
        return "–"
    return "100 %" if rate == 1 else f"{min(rate * 100, 99.9):.1f} %"


@register.filter
def sends_nothing(beat: Heartbeat) -> bool:
    return is_idle(beat)


@register.simple_tag
def state_of(line: ChannelHealth, seen: Snapshot) -> ChannelState:
    """Say what matters most about a channel now."""
    return _stopped(line) or _shut(line, seen) or _running(line, seen.now)


def _stopped(line: ChannelHealth) -> ChannelState | None:
    channel = line.channel
    if channel.auth_lost_at:
        return ChannelState("danger", _("connection lost"), channel.auth_lost_reason)
    if channel.paused_at:
        return ChannelState("warning", _("paused"), channel.paused_reason)
    if line.held:
        return ChannelState("warning", _("held"))
    return None


def _shut(line: ChannelHealth, seen: Snapshot) -> ChannelState | None:
    gate, now = line.gate, seen.now
    if gate and gate.opened_until:
        words = _("next try at %(time)s") % {"time": f"{gate.opened_until:%H:%M:%S} UTC"}
        if gate.opened_until <= now:
            words = _("tried again within a minute")
        if not seen.runner_alive:
            words = _("tried again only when a worker runs")
        return ChannelState("danger", _("circuit open"), words)
    silent = line.silent_until(now)
    if silent:
        words = _("the network asked for silence until %(when)s") % {
            "when": clock_time(silent, now)
        }
        return ChannelState("warning", _("silent"), words)
    return None


def _running(line: ChannelHealth, now: datetime) -> ChannelState:
    overdue = line.overdue_since(now)
    if overdue:
        words = _("for %(time)s") % {"time": timesince(overdue, now, depth=1)}
        if line.hangs:
            words = _("%(since)s: its network answers slowly or not at all") % {"since": words}
        return ChannelState("danger", _("overdue"), words)
    if line.waits_for_network(now):
        words = _("its network answers slowly or not at all")
        return ChannelState("warning", _("slow"), words)
    if line.due or line.in_hand:
        return ChannelState("primary", _("at work"))
    if line.next_at:
        words = _("next at %(when)s") % {"when": moment(line.next_at, line.channel.zone)}
        return ChannelState("success", _("ready"), words)
    return ChannelState("success", _("ready"), _("nothing is planned"))


@register.simple_tag(takes_context=True)
def waits_for(context: template.Context, delivery: Delivery) -> str:
    """Say what a delivery waits for, and until when; all rows of a page ask once."""
    # a view that has several lists gives the same to all of them
    shared = context.get("console_waits") or context.render_context.get("console_waits")
    if not isinstance(shared, Waits):
        shared = Waits(timezone.now())
        context.render_context["console_waits"] = shared
    return shared.told(delivery)
