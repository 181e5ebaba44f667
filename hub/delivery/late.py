"""A delivery that comes up too late may wait for its channel's next free slot instead."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from content.audit.actions import record
from hub.delivery.models import Delivery
from hub.schedule.slots import book, leave_slot, next_free_slot
from spokes.channels.models import Channel


def take_next_slot(delivery: Delivery, *, words: str, after: datetime) -> str:
    """Move a claimed delivery that came up late to its channel's next free slot.

    Returns why that can't be, empty when it is done. Runs in the caller's transaction, which
    holds the post; raises LeaseLost.
    """
    post = delivery.post
    channel = _locked(delivery.channel_id)
    leave_slot(delivery)
    free = next_free_slot(channel, max(after, post.embargo_until or after))
    if free is None:
        return gettext("{late} Its channel has no free slot in the next three months.").format(
            late=words
        )
    if post.expires_at and free.at >= post.expires_at:
        return gettext("{late} Its channel's next free slot is after the post's expiry.").format(
            late=words
        )
    before = delivery.due_at
    delivery.move(
        delivery.resting_state,
        due_at=free.at,
        next_try_at=free.at,
        moved_from=delivery.moved_from or before,
        reason=gettext("{late} It took the channel's next free slot.").format(late=words),
    )
    book(slot_time=free, delivery=delivery)
    record(
        code="delivery.took_next_slot",
        subject=delivery,
        actor=None,
        before={"due_at": before.isoformat()},
        after={"due_at": free.at.isoformat()},
        summary=delivery.reason,
    )
    return ""


def _locked(channel_id: int) -> Channel:
    """Be alone in planning on the channel until the transaction ends: one slot, one post."""
    # without the order by spokes: PostgreSQL locks no row that a join may lack
    return Channel.objects.order_by().select_for_update(no_key=True).get(pk=channel_id)
