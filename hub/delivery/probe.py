"""A circuit that stays open because nothing is due: the connection is tried instead of a post.

Such a try reads only. It proves less than a post does, so the circuit is closed with one failure
left: the next failed call opens it again at once, for longer than before.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import transaction

from hub.delivery import gates, policy
from hub.delivery.clock import queue_now
from hub.delivery.hints import hint_probe
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery, Gate
from spokes.channels.connectors.base import Connector
from spokes.channels.connectors.registry import CONNECTORS, connector_for
from spokes.channels.models import Channel

logger = logging.getLogger(__name__)

# each takes a worker for a moment, for many seconds where the network hangs
PROBES_A_ROUND = 3


def ask_for_probes(now: datetime) -> int:
    """Ask workers to try the networks that rest and have nothing due; returns how many do.

    Without a broker to ask them by, one is tried here.
    """
    resting = channels_to_probe(now)
    for channel_id in resting[:PROBES_A_ROUND]:
        if not hint_probe(channel_id) and _probe_safely(channel_id, now):
            break
    return len(resting)


def _probe_safely(channel_id: int, now: datetime) -> bool:
    try:
        return probe_channel(channel_id=channel_id, now=now)
    except Exception:  # one that can't even be set up must not keep the others resting
        logger.exception("channel %s could not be tried", channel_id)
        return False


def channels_to_probe(now: datetime) -> list[int]:
    """Name the channels whose rest is over and where no delivery is the next try, oldest first."""
    rested = Gate.objects.filter(name__startswith=gates.GATE_PREFIX, opened_until__lte=now)
    names = rested.order_by("opened_until").values_list("name", flat=True)
    ids = [int(name.removeprefix(gates.GATE_PREFIX)) for name in names]
    if not ids:
        return []
    holds = Holds.load()
    # without credentials there is nothing to try; the alert about them says so
    channels = Channel.objects.connected().filter(pk__in=ids, network__in=CONNECTORS).in_bulk()
    due = holds.leave_out_held(Delivery.objects.due(now)).filter(channel__in=channels)
    busy = set(due.order_by().values_list("channel", flat=True).distinct())
    return [
        pk
        for pk in ids
        if (channel := channels.get(pk))
        and (pk not in busy or channel.paused_at or holds.stop(channel))
    ]


def probe_channel(*, channel_id: int, now: datetime | None = None) -> bool:
    """Try the connection of one channel whose circuit is open, unless another try runs.

    Returns whether it was tried. ``now`` is for tests.
    """
    began, moment = time.monotonic(), now or queue_now()
    connector = connector_for(Channel.objects.with_audience().get(pk=channel_id))
    until = _take(connector, moment)
    if until is None:
        return False
    if _works(connector):
        mine = Gate.objects.filter(name=gates.gate_name(channel_id), opened_until=until)
        mine.update(opened_until=None, failures_in_row=policy.BREAKER_FAILURES - 1)
        logger.info("%s can be reached again", connector.channel)
        return True
    ended = moment + timedelta(seconds=time.monotonic() - began)
    with transaction.atomic():
        gates.note_failure(channel_id=channel_id, now=ended, probe=True)
    return True


def _take(connector: Connector, now: datetime) -> datetime | None:
    """Be the only one who tries, for as long as that may take; None where somebody else does."""
    longest = timedelta(seconds=connector.capabilities.call_seconds)
    until = now + max(policy.LEASE, longest)
    gate = Gate.objects.filter(name=gates.gate_name(connector.channel.pk), opened_until__lte=now)
    return until if gate.update(opened_until=until) else None


def _works(connector: Connector) -> bool:
    try:
        return connector.check().works
    except Exception:  # a connector's own fault says nothing good about its network
        logger.exception("%s could not be tried", connector.channel)
        return False
