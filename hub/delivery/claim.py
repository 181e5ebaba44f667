"""The claim: due deliveries of one channel become one worker's, for the time of a lease."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F

from hub.delivery import gates, policy
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.states import DUE_STATES, State
from spokes.channels.connectors.base import Capabilities
from spokes.channels.models import Channel


def claim_due(
    *, channel: Channel, capabilities: Capabilities, worker: str, limit: int, now: datetime
) -> list[Delivery]:
    """Claim up to ``limit`` due deliveries of the channel, oldest first.

    Takes no more than the channel's free places in flight, and no more than its pace and its
    circuit breaker let through. Two claims at once never return the same delivery.
    """
    with transaction.atomic():
        holds = Holds.load()
        if holds.stop(channel) or not Channel.objects.open().filter(pk=channel.pk).exists():
            return []
        if not capabilities.local:
            gate = gates.lock_gate(channel_id=channel.pk, now=now)
            limit = gates.places(gate, rate=capabilities.rate, wanted=limit, now=now)
        in_hand = Delivery.objects.in_hand().filter(channel=channel, lease_until__gt=now)
        limit = min(limit, channel.max_inflight - in_hand.count())
        if limit <= 0:
            return []
        due = holds.leave_out_held(Delivery.objects.due(now).filter(channel=channel))
        claimed = _take(due.filter(crashes=0), worker=worker, limit=limit, now=now)
        if not claimed:
            # one that a worker died with goes alone, so that it can't take others with it
            claimed = _take(due.filter(crashes__gt=0), worker=worker, limit=1, now=now)
        if not capabilities.local:
            gates.pass_through(gate, rate=capabilities.rate, calls=len(claimed), now=now)
    return claimed


def _take(due: DeliveryQuerySet, *, worker: str, limit: int, now: datetime) -> list[Delivery]:
    oldest = due.order_by("next_try_at", "id").select_for_update(skip_locked=True, of=("self",))
    ids = list(oldest.values_list("pk", flat=True)[:limit])
    if not ids:
        return []
    # a name for this very claim: what a later write must still find on the row
    owner = f"{worker[:100]}/{uuid.uuid4().hex[:12]}"
    Delivery.objects.filter(pk__in=ids, state__in=DUE_STATES).update(
        state=State.CLAIMED,
        lease_owner=owner,
        lease_until=now + policy.LEASE,
        lease_token=F("lease_token") + 1,
    )
    claimed = Delivery.objects.filter(lease_owner=owner, state=State.CLAIMED)
    return list(claimed.select_related("target").order_by("next_try_at", "id"))
