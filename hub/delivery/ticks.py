"""The rounds of the engine. Each is a plain function, safe to run at any time by anybody.

Beat sends them as tasks, and every worker runs them itself: losing beat, or having three,
changes nothing but load.
"""

from __future__ import annotations

import dataclasses
import logging
import random
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext

from content.media.actions import (
    announce_renditions,
    make_due_renditions,
    queue_missing_renditions,
    remove_superseded_renditions,
)
from content.media.renditions import SPECS
from hub.alerts.watch import watch
from hub.delivery import leases, policy
from hub.delivery.actions import withdraw_live
from hub.delivery.clock import queue_now
from hub.delivery.engine import send_next
from hub.delivery.exceptions import LeaseLost
from hub.delivery.gates import gate_name, passages
from hub.delivery.hints import hint_channel, hints_waiting
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery, Heartbeat, Kind, TickLease
from hub.delivery.probe import ask_for_probes
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.reap import reap
from hub.delivery.reconcile import ask_for_look_ups
from hub.delivery.set_back import mend_times
from hub.delivery.shares import Shares
from hub.delivery.states import State
from hub.delivery.unconnected import end_unsent
from hub.runtime.pushing import websub
from spokes.channels.connectors.base import Capabilities
from spokes.channels.connectors.registry import CONNECTORS, connector_for
from spokes.channels.models import Channel
from spokes.site.cards.actions import (
    make_due_cards,
    queue_outdated_cards,
    remove_fallen_cards,
)
from spokes.site.cards.refresh import refresh_pictures
from spokes.site.relisting import relist_merged

logger = logging.getLogger(__name__)

HEARTBEATS_KEPT = timedelta(days=1)
EXPIRE_BATCH = 200
# what comes up later than that after its post's expiry waits for the rarer round
EXPIRED_LATELY = timedelta(days=2)
RENDITION_SECONDS = 1.5
CARD_SECONDS = 1.0


@dataclasses.dataclass(frozen=True)
class Tick:
    name: str
    every: timedelta
    # returns how many rows it dealt with
    run: Callable[[datetime], int]
    queue: str = "default"


def dispatch(now: datetime) -> int:
    """Tell workers which channels have something due; the rows stay where they are.

    The channels take turns, so that no one's hints stand before all others'. Without a broker to
    tell them by, a little is sent here.
    """
    due = _per_channel(Delivery.objects.due(now))
    if not due:
        return 0
    wanted = _wanted(due, now)
    waiting = hints_waiting()
    if waiting is None:
        _send_here(wanted, now)
        return 0
    if waiting >= sum(wanted.values()):
        # workers that do not keep up would only throw away old hints, and never get to a new one
        return 0
    hints = 0
    while wanted:
        for channel_id in list(wanted):
            if not hint_channel(channel_id):
                # asking the broker again for each would only hold up the ticker
                _send_here(wanted, now)
                return hints
            hints += 1
            wanted[channel_id] -= 1
            if not wanted[channel_id]:
                del wanted[channel_id]
    return hints


def _send_here(wanted: dict[int, int], now: datetime) -> None:
    """Send one hand of one of the channels: nobody else hears of it."""
    if not wanted:
        return
    channel_id = random.choice(list(wanted))  # noqa: S311  # gives each channel a turn
    channel = Channel.objects.with_audience().get(pk=channel_id)
    worker = f"dispatch@{socket.gethostname()}"
    send_next(connector=connector_for(channel), worker=worker, now=now)


def _wanted(due: dict[int, int], now: datetime) -> dict[int, int]:
    """Say how many workers each channel could use now: no more than would get through to it."""
    # what is claimed together is in one worker's hand
    in_hand = _per_channel(Delivery.objects.in_hand().filter(lease_until__gt=now), "lease_owner")
    holds, shares = Holds.load(), Shares(now)
    open_channels = [
        channel
        for channel in Channel.objects.open().filter(pk__in=due)
        if not holds.stop(channel) and channel.network in CONNECTORS
    ]
    abilities = dict(filter(None, map(_abilities, open_channels)))
    passage_of = passages({pk: able for pk, able in abilities.items() if not able.local})
    wanted = {}
    for channel in open_channels:
        if channel.pk not in abilities:
            continue
        number = min(channel.max_inflight - in_hand.get(channel.pk, 0), due[channel.pk])
        if passage := passage_of.get(channel.pk):
            gate = passage.gates.get(gate_name(channel.pk))
            quick = gate.quick if gate else None
            number = passage.places(wanted=number, now=now)
            if passage.takes_several:
                number = min(number, -(-due[channel.pk] // policy.QUICK_BATCH))
            number = min(number, shares.free(channel.pk, quick=quick))
        else:
            # one worker takes them in batches
            number = min(number, 1)
        if number > 0:
            wanted[channel.pk] = number
    return wanted


def _abilities(channel: Channel) -> tuple[int, Capabilities] | None:
    try:
        return channel.pk, connector_for(channel).capabilities
    except Exception:  # one that can't even be set up must not stop the others
        logger.exception("%s can't be set up", channel)
        return None


def _per_channel(deliveries: DeliveryQuerySet, what: str = "pk") -> dict[int, int]:
    number = Count(what, distinct=what != "pk")
    counted = deliveries.order_by().values_list("channel").annotate(number=number)
    return dict(counted)


def resume_blocked(now: datetime) -> int:
    """Put deliveries back that waited for credentials, where the channel has them again."""
    back = 0
    connected = Channel.objects.connected()
    for delivery in Delivery.objects.blocked().filter(channel__in=connected)[:500]:
        try:
            delivery.move(
                delivery.resting_state, next_try_at=now, reason=gettext("The connection is back.")
            )
            back += 1
        except LeaseLost:
            logger.info("delivery %s was changed meanwhile", delivery.pk)
    return back


def expire(now: datetime) -> int:
    """Take down what is live and past its post's expiry, for posts that expired lately.

    Where the network can't, the withdrawal is refused with what a person must do there by hand.
    """
    return _expire(now, since=now - EXPIRED_LATELY)


def expire_all(now: datetime) -> int:
    """Do the same for all posts: they get more for ever, so not every half minute."""
    return _expire(now, since=None)


def _expire(now: datetime, *, since: datetime | None) -> int:
    in_time = Q(post__expires_at__lte=now)
    if since:
        in_time &= Q(post__expires_at__gt=since)
    # one that was called off before the expiry does not count; one called off since does
    called_off = Q(state=State.CANCELLED, created_at__lt=OuterRef("post__expires_at"))
    # by what they are not, for that no index is used: else a planner that knows little of the
    # table starts from all that was ever published, or withdrawn
    withdrawn = Delivery.objects.exclude(kind=Kind.EDIT).filter(target=OuterRef("pk"))
    expired = (
        Delivery.objects.filter(in_time, withdrawn_at__isnull=True)
        .exclude(kind__in=[Kind.EDIT, Kind.WITHDRAW])
        .exclude(state__in=[state for state in State if state != State.LIVE])
        .exclude(Exists(withdrawn.exclude(called_off)))
        .select_related("post", "channel")
    )
    taken = 0
    # in the order of the posts' index: nothing is read beyond the batch
    for delivery in expired.order_by("post__expires_at", "id")[:EXPIRE_BATCH]:
        try:
            withdraw_live(
                delivery=delivery, actor=None, reason=gettext("The post expired."), now=now
            )
            taken += 1
        except Exception:  # the next one must come down all the same
            logger.exception("delivery %s could not be taken down", delivery.pk)
    return taken


def renditions(now: datetime) -> int:
    """Make sizes of pictures for a moment; the other rounds of this thread wait meanwhile."""
    leave_at = time.monotonic() + RENDITION_SECONDS
    queue_missing_renditions(now=now)
    made = 0
    while time.monotonic() < leave_at:
        # about one picture
        some = make_due_renditions(now=now, limit=len(SPECS))
        made += some
        if not some:
            break
    announce_renditions(tell=refresh_pictures)
    return made


def cards(now: datetime) -> int:
    """Draw card images for a moment, as ``renditions`` makes sizes."""
    leave_at = time.monotonic() + CARD_SECONDS
    drawn = 0
    while time.monotonic() < leave_at:
        some = make_due_cards(now=now, limit=1)
        drawn += some
        if not some:
            break
    return drawn


def outdated_cards(now: datetime) -> int:
    return queue_outdated_cards(now=now)


def alerts(now: datetime) -> int:
    """Notice what is wrong, and let people know."""
    return watch(now, rounds=rounds())


def merged(now: datetime) -> int:
    return relist_merged()


def prune(now: datetime) -> int:
    """Forget processes that have not been seen for a day, and files that others replaced."""
    gone, _ = Heartbeat.objects.filter(seen_at__lt=now - HEARTBEATS_KEPT).delete()
    return gone + remove_superseded_renditions(now=now) + remove_fallen_cards()


TICKS: dict[str, Tick] = {
    tick.name: tick
    for tick in (
        Tick("dispatch", timedelta(seconds=1), dispatch, "publish"),
        Tick("reap", timedelta(seconds=10), reap, "reconcile"),
        Tick("mend-times", timedelta(seconds=15), mend_times, "reconcile"),
        Tick("reconcile", timedelta(seconds=5), ask_for_look_ups, "reconcile"),
        Tick("probe", timedelta(seconds=15), ask_for_probes, "reconcile"),
        Tick("renditions", timedelta(seconds=2), renditions, "media"),
        Tick("cards", timedelta(seconds=2), cards, "media"),
        Tick("outdated-cards", timedelta(minutes=1), outdated_cards, "media"),
        Tick("resume-blocked", timedelta(seconds=30), resume_blocked),
        Tick("end-unsent", timedelta(seconds=30), end_unsent),
        Tick("expire", timedelta(seconds=30), expire),
        Tick("expire-all", timedelta(hours=1), expire_all),
        Tick("websub", timedelta(seconds=5), websub),
        # of artists and genres as well; leases are kept under this name
        Tick("merged-tags", timedelta(seconds=20), merged),
        Tick("alerts", timedelta(seconds=15), alerts),
        Tick("prune", timedelta(hours=6), prune),
    )
}


def rounds() -> dict[str, timedelta]:
    """Give the interval of each tick, by its name."""
    return {tick.name: tick.every for tick in TICKS.values()}


def run_tick(name: str, *, holder: str, now: datetime | None = None) -> bool:
    """Run one tick unless somebody else does or just did; returns whether it ran."""
    now = now or queue_now()
    tick = TICKS[name]
    if not leases.take(name=name, holder=holder, every=tick.every, now=now):
        return False
    error = ""
    try:
        tick.run(now)
    except Exception as fault:  # the next round comes anyway; health shows what was wrong
        logger.exception("the %s tick failed", name)
        error = repr(fault)
    leases.give_back(name=name, holder=holder, now=queue_now(), error=error)
    return True


def run_due_ticks(*, holder: str, now: datetime | None = None) -> list[str]:
    """Run every tick whose time has come; returns their names."""
    moment = now or queue_now()
    last_runs = dict(TickLease.objects.values_list("name", "last_run_at"))
    ran = []
    for tick in TICKS.values():
        last = last_runs.get(tick.name)
        # a last run in the future: the clock was set back, and the lease decides
        due = last is None or last > moment or moment - last >= tick.every * leases.GRACE
        if due and run_tick(tick.name, holder=holder, now=now):
            ran.append(tick.name)
    return ran
