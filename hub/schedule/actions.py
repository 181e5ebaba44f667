"""Giving posts their times: now, at a moment, or in the next free slot of each channel."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from content.editorial.actions import lock_post
from content.editorial.models import Post, PostState
from hub.delivery.actions import (
    cancel_delivery,
    move_in_time,
    plan_delivery,
    retry_delivery,
    withdraw_live,
)
from hub.delivery.models import Delivery, Kind
from hub.delivery.settle import lock_posts
from hub.delivery.states import FINAL_STATES, INBOX_STATES, State
from hub.schedule.exceptions import NoSuchTime, NotApproved, NothingToChange
from hub.schedule.slots import book, leave_slot, next_free_slot
from spokes.audiences.routing import Route, route_post
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel

Actor = AbstractBaseUser | None


@dataclasses.dataclass(frozen=True)
class Scheduled:
    deliveries: list[Delivery]
    # the channels that were asked for and don't get it, each with its reason
    kept_out: list[Route]


def schedule_post(
    *,
    post: Post,
    actor: Actor,
    at: datetime | None = None,
    next_slot: bool = False,
    channels: Sequence[Channel] | None = None,
    now: datetime | None = None,
) -> Scheduled:
    """Plan the post on every channel that routing gives it (among ``channels``, if named).

    ``at`` is aware; without it and without ``next_slot`` the post goes out now.
    Raises NotApproved, and NoSuchTime for a time before now, before the embargo or after the
    expiry.
    """
    now = now or timezone.now()
    with transaction.atomic():
        lock_posts([post.pk])
        post = Post.objects.get(pk=post.pk)
        if post.state != PostState.APPROVED:
            raise NotApproved(
                gettext("“{post}” is not approved; its state: {state}.").format(
                    post=post, state=post.get_state_display()
                )
            )
        if not next_slot:
            check_time(post=post, at=at or now, now=now)
        routes = route_post(post, channels)
        _lock_channels(routes)
        planned: list[Delivery] = []
        kept_out: list[Route] = []
        for route in routes:
            made = (
                _plan_on(post, route, at=at, next_slot=next_slot, actor=actor, now=now)
                if route.goes
                else route
            )
            if isinstance(made, Delivery):
                planned.append(made)
            else:
                kept_out.append(made)
        if planned:
            lock_post(post_id=post.pk, now=now)
        _record_plan(post, planned, actor)
    return Scheduled(planned, kept_out)


def check_time(*, post: Post, at: datetime, now: datetime) -> None:
    """Raise NoSuchTime, with the reason, when the post can't go out at that moment."""
    if timezone.is_naive(at):
        raise NoSuchTime(gettext("The time has no zone."))
    if at < now:
        raise NoSuchTime(gettext("{at:%Y-%m-%d %H:%M %Z} is over.").format(at=at))
    if post.embargo_until and at < post.embargo_until:
        raise NoSuchTime(
            gettext("The post is under embargo until {embargo_until:%Y-%m-%d %H:%M %Z}.").format(
                embargo_until=post.embargo_until
            )
        )
    if post.expires_at and at >= post.expires_at:
        raise NoSuchTime(
            gettext("The post expires at {expires_at:%Y-%m-%d %H:%M %Z}.").format(
                expires_at=post.expires_at
            )
        )


def reschedule_delivery(*, delivery: Delivery, at: datetime, actor: Actor) -> Delivery:
    """Give a planned delivery another time; its slot is free again."""
    check_time(post=delivery.post, at=at, now=timezone.now())
    with transaction.atomic():
        leave_slot(delivery)
        return move_in_time(delivery=delivery, at=at, actor=actor)


def unschedule_delivery(*, delivery: Delivery, actor: Actor) -> Delivery:
    with transaction.atomic():
        leave_slot(delivery)
        return cancel_delivery(delivery=delivery, actor=actor, reason="Unscheduled.")


def retry_in_next_slot(*, delivery: Delivery, actor: Actor) -> Delivery:
    """Put a delivery that needed a person into its channel's next free slot.

    Raises NoSuchTime where there is no slot, or none before the post expires.
    """
    now = timezone.now()
    with transaction.atomic():
        lock_posts([delivery.post_id])
        _lock_channel(delivery.channel_id)
        post = delivery.post
        free = next_free_slot(delivery.channel, max(now, post.embargo_until or now))
        if free is None:
            raise NoSuchTime(
                gettext("{channel} has no free slot in the next three months.").format(
                    channel=delivery.channel
                )
            )
        check_time(post=post, at=free.at, now=now)
        leave_slot(delivery)
        retried = retry_delivery(delivery=delivery, actor=actor, at=free.at)
        book(slot_time=free, delivery=retried)
    return retried


def plan_again(*, delivery: Delivery, actor: Actor) -> Delivery:
    """Plan what was cancelled once more, for the time that it had; the cancelled row stays.

    Raises NoSuchTime when that time is over, NothingToChange when the channel can't have it.
    """
    done = schedule_post(
        post=delivery.post, actor=actor, at=delivery.due_at, channels=[delivery.channel]
    )
    if not done.deliveries:
        raise NothingToChange(" ".join(route.reason for route in done.kept_out))
    return done.deliveries[0]


def update_live_post(
    *, post: Post, actor: Actor, channels: QuerySet[Channel] | None = None
) -> list[Delivery]:
    """Bring the approved text to every channel where an earlier one is live, of these channels.

    Raises NotApproved, and NothingToChange where it is live nowhere that allows editing.
    """
    now = timezone.now()
    with transaction.atomic():
        lock_posts([post.pk])
        post = Post.objects.get(pk=post.pk)
        if post.state != PostState.APPROVED:
            raise NotApproved(
                gettext("“{post}” is not approved; its state: {state}.").format(
                    post=post, state=post.get_state_display()
                )
            )
        edits = [
            _plan_edit(live, post=post, actor=actor, now=now)
            for live in _on(channels, Delivery.objects.of(post).live().select_related("channel"))
            if _allows_editing(live.channel)
        ]
        if not edits:
            raise NothingToChange(
                gettext("“{post}” is live on no channel that allows editing.").format(post=post)
            )
        lock_post(post_id=post.pk, now=now)
        record(code="post.update_sent", subject=post, actor=actor)
    return edits


def withdraw_post(
    *,
    post: Post,
    actor: Actor,
    reason: str = "",
    channels: QuerySet[Channel] | None = None,
) -> list[Delivery]:
    """Take the post down, everywhere or on these channels: withdraw or cancel what is there."""
    with transaction.atomic():
        lock_posts([post.pk])
        publishes = Delivery.objects.of(post).filter(kind=Kind.PUBLISH, withdrawn_at=None)
        concerned = [
            withdraw_delivery(delivery=delivery, actor=actor, reason=reason)
            for delivery in _on(channels, publishes.exclude(state=State.CANCELLED))
        ]
        if not concerned:
            raise NothingToChange(gettext("“{post}” is on no channel.").format(post=post))
        record(code="post.withdrawn", subject=post, actor=actor, summary=reason)
    return concerned


def _on(channels: QuerySet[Channel] | None, deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return deliveries if channels is None else deliveries.filter(channel__in=channels)


def withdraw_delivery(*, delivery: Delivery, actor: Actor, reason: str = "") -> Delivery:
    """Take down one delivery if it is live or may be, cancel it if it is only planned."""
    words = reason or gettext("Withdrawn by hand.")
    planned = (State.SCHEDULED, State.WAITING, State.BLOCKED, *INBOX_STATES)
    with transaction.atomic():
        lock_posts([delivery.post_id])
        # as it stands now, and no worker takes it in hand before this ends
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("channel", "post")
        delivery = rows.get(pk=delivery.pk)
        if delivery.state in planned and not delivery.uncertain:
            leave_slot(delivery)
            return cancel_delivery(delivery=delivery, actor=actor, reason=words)
        return withdraw_live(delivery=delivery, actor=actor, reason=words, now=timezone.now())


def _lock_channel(channel_id: int) -> None:
    # without the order by spokes: PostgreSQL locks no row that a join may lack
    rows = Channel.objects.order_by().select_for_update(no_key=True).filter(pk=channel_id)
    list(rows.values_list("pk"))


def _lock_channels(routes: Sequence[Route]) -> None:
    """Be alone in planning on these channels until the transaction ends: one slot, one post."""
    going = [route.channel.pk for route in routes if route.goes]
    rows = Channel.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=going)
    list(rows.order_by("pk").values_list("pk"))


def _plan_on(
    post: Post,
    route: Route,
    *,
    at: datetime | None,
    next_slot: bool,
    actor: Actor,
    now: datetime,
) -> Delivery | Route:
    """Plan one delivery, or say why the channel can't have it."""
    channel = route.channel
    there = Delivery.objects.of(post).filter(
        channel=channel, kind=Kind.PUBLISH, withdrawn_at__isnull=True
    )
    already = there.exclude(state=State.CANCELLED).first()
    if already:
        words = gettext("It is there already: {state}.").format(state=already.get_state_display())
        return dataclasses.replace(route, goes=False, code="already_there", reason=words)
    slot_time = next_free_slot(channel, max(now, post.embargo_until or now)) if next_slot else None
    if next_slot and slot_time is None:
        words = gettext("It has no free slot in the next three months.")
        return dataclasses.replace(route, goes=False, code="no_free_slot", reason=words)
    due_at = slot_time.at if slot_time else at or now
    if post.expires_at and due_at >= post.expires_at:
        words = gettext("Its next free slot is after the post's expiry.")
        return dataclasses.replace(route, goes=False, code="slot_after_expiry", reason=words)
    delivery = plan_delivery(
        post=post, channel=channel, due_at=due_at, actor=actor, route=route, now=now
    )
    if slot_time:
        book(slot_time=slot_time, delivery=delivery)
    return delivery


def _plan_edit(live: Delivery, *, post: Post, actor: Actor, now: datetime) -> Delivery:
    """Plan an edit of one live delivery, in the place of one that was not sent yet.

    Raises NotPossibleNow when that one is on the wire.
    """
    edits = live.changes.select_for_update(of=("self",)).filter(kind=Kind.EDIT)
    waiting = edits.exclude(state__in=FINAL_STATES).first()
    if waiting:
        cancel_delivery(
            delivery=waiting, actor=actor, reason=gettext("A newer text goes out instead.")
        )
    return plan_delivery(
        post=post,
        channel=live.channel,
        due_at=now,
        actor=actor,
        kind=Kind.EDIT,
        target=live,
        now=now,
    )


def _allows_editing(channel: Channel) -> bool:
    network = CONNECTORS.get(channel.network)
    return network is not None and network.capabilities.can_edit


def _record_plan(post: Post, planned: list[Delivery], actor: Actor) -> None:
    times = {
        delivery.channel.slug: delivery.due_at.isoformat(timespec="minutes") for delivery in planned
    }
    if times:
        record(code="post.scheduled", subject=post, actor=actor, after={"channels": times})
