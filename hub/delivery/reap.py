"""Leases that ran out: the worker is gone, and what it was doing decides what is known."""

from __future__ import annotations

import dataclasses
import logging
import random
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext

from hub.delivery import policy
from hub.delivery.clock import TO_COME
from hub.delivery.exceptions import LeaseLost
from hub.delivery.models import Delivery, Kind
from hub.delivery.ready import crash_stop
from hub.delivery.settle import settle_stop
from hub.delivery.states import State

logger = logging.getLogger(__name__)

BATCH = 500


def reap(now: datetime) -> int:
    """Take deliveries back from workers that did not survive; returns how many.

    In "claimed" nothing was sent: back to the queue. In "sending" nobody knows: looked up,
    never simply sent again.
    """
    taken = 0
    # a lease that no worker can have been given: the clock was set back since
    over = Q(lease_until__lte=now) | Q(lease_until__gt=now + policy.LEASE + TO_COME)
    for delivery in Delivery.objects.in_hand().filter(over).select_related("post")[:BATCH]:
        try:
            _take_back(delivery, now)
            taken += 1
        except LeaseLost:
            logger.info("delivery %s: its worker came back in time", delivery.pk)
        except Exception:  # the next row must not wait for this one
            logger.exception("delivery %s could not be taken back", delivery.pk)
    return taken


def _take_back(delivery: Delivery, now: datetime) -> None:
    # one that was renewed since it was read is in living hands
    as_read = Q(lease_until=delivery.lease_until)
    if delivery.state == State.SENDING:
        delivery.move(
            State.UNKNOWN,
            only=as_read,
            # a change may be made twice: only a second post would hurt
            uncertain=delivery.kind == Kind.PUBLISH,
            lookups=0,
            absences=0,
            next_try_at=now,
            reason=gettext("The worker was gone before it had the network's answer."),
        )
        return
    reason = gettext("The worker died while preparing it.")
    stop = crash_stop(delivery, reason, now=now, limit=policy.MAX_DEATHS)
    if stop.to != State.DEAD:
        stop = dataclasses.replace(stop, next_try_at=now + _apart(delivery))
    settle_stop(delivery=delivery, stop=stop, now=now, only=as_read)


def _apart(delivery: Delivery) -> timedelta:
    """At once the first time; then apart from those that were in the same dying hands.

    One of them may be what kills workers, and the others must not die with it again.
    """
    if not delivery.crashes:
        return timedelta(0)
    return policy.LEASE * random.random()  # noqa: S311  # spreads load, guards no secret
