"""What waits on a channel that has lost its connection, and would not be sent with one either.

Nothing is claimed there, so the last checks before sending, which end such ones elsewhere, never
come to them.
"""

from __future__ import annotations

import dataclasses
import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext

from hub.delivery import policy
from hub.delivery.last_checks import ends_unsent
from hub.delivery.models import Delivery, Kind
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.settle import lock_posts, settle_stop
from hub.delivery.states import GONE_STATES, UNSENT_STATES, State
from spokes.channels.models import Channel, LatePolicy

logger = logging.getLogger(__name__)

# the other rounds of this thread wait meanwhile
BATCH = 50


def end_unsent(now: datetime) -> int:
    """End what can't go out any more on channels without a connection; returns how many.

    What may be out already goes to review instead.
    """
    if not Channel.objects.unconnected().exists():
        return 0
    ended = 0
    for state in UNSENT_STATES:
        rows = _in_vain(state, now).values_list("pk", "post")
        for pk, post_id in list(rows[:BATCH]):
            try:
                ended += _end(pk, post_id, now)
            except Exception:  # the next row must not wait for this one
                logger.exception("delivery %s could not be ended", pk)
    return ended


def _in_vain(state: State, now: datetime) -> DeliveryQuerySet:
    """Find what ``ends_unsent`` ends, of one state."""
    withdrawals = Delivery.objects.still_open().exclude(kind__in=(Kind.PUBLISH, Kind.EDIT))
    withdrawn = Exists(withdrawals.filter(target=OuterRef("pk")).order_by())
    target_gone = Q(target__withdrawn_at__isnull=False) | Q(target__state__in=GONE_STATES)
    expired = Q(post__expires_at__lte=now)
    # in the order of the index by state and time, whose range ends where all is still to come;
    # channels and kinds by what they are not, for that no index is used
    return (
        Delivery.objects.filter(state=state, due_at__lt=now)
        .order_by("-due_at", "-id")
        .exclude(channel__in=Channel.objects.connected().order_by())
        .filter(
            target_gone
            | Q(kind=Kind.EDIT) & expired
            | Q(kind=Kind.PUBLISH) & (expired | withdrawn | _missed(now))
        )
    )


def _missed(now: datetime) -> Q:
    """Match what ``policy.lateness`` calls missed."""
    late = Q(due_at__lt=now - policy.LATE_AFTER)
    too_late = late & Q(post__evergreen=False) | Q(due_at__lt=now - policy.TOO_LATE_AFTER)
    return (
        late & Q(channel__late_policy=LatePolicy.NEVER)
        | Q(channel__late_policy=LatePolicy.STANDARD) & too_late
    )


def _end(pk: int, post_id: int, now: datetime) -> bool:
    with transaction.atomic():
        lock_posts([post_id])
        # as it stands now: a person may have given it another time, or the channel a connection
        rows = Delivery.objects.select_for_update(of=("self",))
        delivery = rows.select_related("post", "channel", "target").get(pk=pk)
        channel = delivery.channel
        if delivery.state not in UNSENT_STATES or channel.auth_lost_at is None:
            return False
        changes = Delivery.objects.still_open().filter(target=delivery)
        stop = ends_unsent(
            delivery=delivery,
            post=delivery.post,
            channel=channel,
            withdrawn=changes.filter(kind=Kind.WITHDRAW).exists(),
            now=now,
        )
        if stop is None:
            return False
        told = dataclasses.replace(stop, reason=f"{stop.reason} {_wait_of(channel)}")
        settle_stop(delivery=delivery, stop=told, now=now)
        return True


def _wait_of(channel: Channel) -> str:
    words = gettext("Its channel has had no connection since {lost_at:%Y-%m-%d %H:%M} UTC.")
    said = words.format(lost_at=channel.auth_lost_at)
    return f"{said} {channel.auth_lost_reason}".strip()
