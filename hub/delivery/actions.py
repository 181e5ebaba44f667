"""What a person does with deliveries, and how deliveries begin."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.models import Artist
from content.editorial.actions import lock_post
from content.editorial.models import Post, PostState
from hub.delivery.exceptions import LeaseLost, NotPossibleNow, TransitionRefused
from hub.delivery.hints import hint_channel_from_outside
from hub.delivery.holds import lock_channels
from hub.delivery.models import BY_HAND, Delivery, Hold, Kind, RouteReason
from hub.delivery.settle import after_settling, lock_posts, may_be_out
from hub.delivery.states import DUE_STATES, FINAL_STATES, INBOX_STATES, UNSENT_STATES, State
from spokes.audiences.routing import Route
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel, Spoke

Actor = AbstractBaseUser | None


@transaction.atomic(savepoint=False)
def plan_delivery(
    *,
    post: Post,
    channel: Channel,
    due_at: datetime,
    actor: Actor,
    kind: Kind = Kind.PUBLISH,
    target: Delivery | None = None,
    route: Route | None = None,
    by_hand: bool = False,
    now: datetime,
) -> Delivery:
    """Insert one delivery, with the key and the marker that it keeps for life.

    ``route`` is why the channel gets it, and is kept as it is now; ``by_hand`` says that no routing
    was asked. IntegrityError for a publish with neither: the database asks for a reason.
    """
    why: dict[str, Any] = _kept(route) if route else dict(BY_HAND) if by_hand else {}
    delivery = Delivery.objects.create(
        post=post,
        channel=channel,
        kind=kind,
        target=target,
        post_revision=post.revision,
        key=uuid.uuid4().hex,
        marker=secrets.token_hex(8),
        due_at=due_at,
        next_try_at=due_at,
        created_by_id=actor.pk if actor else None,
        created_at=now,
        **why,
    )
    if due_at <= now:
        transaction.on_commit(lambda: hint_channel_from_outside(channel.pk))
    return delivery


def _kept(route: Route) -> dict[str, Any]:
    return {
        "route": RouteReason.objects.create(answer=route.as_dict()),
        "route_code": route.code,
        "route_reason": route.reason[:400],
    }


def cancel_delivery(*, delivery: Delivery, actor: Actor, reason: str = "") -> Delivery:
    """End a delivery before it is sent; one that may be out already goes to review instead."""
    now = timezone.now()
    in_doubt = delivery.uncertain and delivery.state not in INBOX_STATES
    to = State.REVIEW if in_doubt else State.CANCELLED
    words = reason or gettext("Cancelled by hand.")
    with transaction.atomic():
        lock_posts([delivery.post_id])
        why = may_be_out(words) if in_doubt else words[:400]
        _move(delivery, to, reason=why, settled_at=now)
        after_settling([delivery], now=now)
        record(code="delivery.cancelled", subject=delivery, actor=actor, summary=words)
    return delivery


def retry_delivery(*, delivery: Delivery, actor: Actor, at: datetime | None = None) -> Delivery:
    """Put a delivery that needed a person back in the queue, under its old key."""
    if delivery.state not in INBOX_STATES:
        raise NotPossibleNow(
            gettext("{delivery} is: {state}.").format(
                delivery=delivery, state=delivery.get_state_display()
            )
        )
    now = timezone.now()
    due_at = max(at or now, now)
    before = delivery.state
    with transaction.atomic():
        lock_posts([delivery.post_id])
        post = Post.objects.get(pk=delivery.post_id)
        if delivery.kind != Kind.WITHDRAW:
            _lock_approved(post, now)
        if delivery.changes.still_open().filter(kind=Kind.WITHDRAW).exists():
            raise NotPossibleNow(
                gettext("{delivery} is being taken down; please cancel that first.").format(
                    delivery=delivery
                )
            )
        _move(
            delivery,
            State.SCHEDULED,
            due_at=due_at,
            next_try_at=due_at,
            post_revision=post.revision,
            tries=0,
            crashes=0,
            uncertain=False,
            settled_at=None,
            reason="",
            **_thawed(delivery, post),
        )
        record(code="delivery.retried", subject=delivery, actor=actor, before={"state": before})
        transaction.on_commit(lambda: hint_channel_from_outside(delivery.channel_id))
    return delivery


def _lock_approved(post: Post, now: datetime) -> None:
    if post.state != PostState.APPROVED:
        state = post.get_state_display().lower()
        raise NotPossibleNow(
            gettext("“{post}” is {state}; it must be approved to be sent.").format(
                post=post, state=state
            )
        )
    lock_post(post_id=post.pk, now=now)


def _thawed(delivery: Delivery, post: Post) -> dict[str, object]:
    """Let a payload be made anew that never reached the network, or is about older words."""
    same_words = delivery.post_revision == post.revision
    if delivery.first_sent_at and delivery.state == State.REVIEW and same_words:
        return {}
    return {"payload": None, "payload_hash": ""}


def confirm_live(
    *, delivery: Delivery, actor: Actor, url: str = "", remote_id: str = ""
) -> Delivery:
    """Settle as live what a person saw there, or changed there by hand after a refusal.

    ``remote_id`` is the network's own id of it: without one, and where the network does not go
    by our key, it can't be edited or withdrawn from here later.
    """
    by_hand = delivery.state == State.REFUSED and delivery.kind != Kind.PUBLISH
    if delivery.state != State.REVIEW and not by_hand:
        raise NotPossibleNow(
            gettext("{delivery} is: {state}.").format(
                delivery=delivery, state=delivery.get_state_display()
            )
        )
    now = timezone.now()
    with transaction.atomic():
        lock_posts([delivery.post_id])
        _move(
            delivery,
            State.LIVE,
            remote_url=url[:600],
            remote_id=remote_id.strip()[:300] or known_id(delivery),
            settled_at=now,
            uncertain=False,
            reason=gettext("A person did it by hand.")
            if by_hand
            else gettext("A person saw it there."),
        )
        after_settling([delivery], now=now)
        seen = {"url": url, "remote_id": delivery.remote_id}
        record(code="delivery.confirmed", subject=delivery, actor=actor, after=seen)
    return delivery


def known_id(delivery: Delivery) -> str:
    """Say under which id the network has it, as far as that is known without asking."""
    network = CONNECTORS.get(delivery.channel.network)
    by_key = network is not None and network.capabilities.key_is_id
    return delivery.remote_id or (delivery.key if by_key else "")


def move_in_time(*, delivery: Delivery, at: datetime, actor: Actor) -> Delivery:
    """Give a delivery that is not in hand another time."""
    if delivery.state not in DUE_STATES:
        raise NotPossibleNow(
            gettext("{delivery} is: {state}.").format(
                delivery=delivery, state=delivery.get_state_display()
            )
        )
    before = delivery.due_at
    with transaction.atomic():
        changed = Delivery.objects.filter(
            pk=delivery.pk, state=delivery.state, lease_token=delivery.lease_token
        ).update(due_at=at, next_try_at=at)
        if changed != 1:
            raise NotPossibleNow(
                gettext("{delivery} is being sent at this moment.").format(delivery=delivery)
            )
        record(
            code="delivery.moved",
            subject=delivery,
            actor=actor,
            before={"due_at": before.isoformat()},
            after={"due_at": at.isoformat()},
        )
    delivery.due_at = delivery.next_try_at = at
    return delivery


@transaction.atomic
def withdraw_live(*, delivery: Delivery, actor: Actor, reason: str, now: datetime) -> Delivery:
    """Plan the taking down of something live; edits of it that have not begun are dropped.

    Of two at once, the later finds what the earlier has planned. One that ended before a person is
    tried again.
    """
    lock_posts([delivery.post_id])
    open_changes = delivery.changes.select_for_update(of=("self",)).exclude(state__in=FINAL_STATES)
    for change in open_changes.filter(kind=Kind.EDIT, state__in=(*UNSENT_STATES, *INBOX_STATES)):
        cancel_delivery(
            delivery=change, actor=actor, reason=gettext("The post is being withdrawn.")
        )
    already = open_changes.filter(kind=Kind.WITHDRAW).first()
    if already and already.state in INBOX_STATES:
        return retry_delivery(delivery=already, actor=actor)
    if already:
        return already
    withdrawal = plan_delivery(
        post=delivery.post,
        channel=delivery.channel,
        due_at=now,
        actor=actor,
        kind=Kind.WITHDRAW,
        target=delivery,
        now=now,
    )
    record(code="delivery.withdrawn", subject=delivery, actor=actor, summary=reason)
    return withdrawal


def hold(
    *,
    scope: str,
    actor: User,
    reason: str,
    spoke: Spoke | None = None,
    artist: Artist | None = None,
    post: Post | None = None,
) -> Hold:
    """Stop everything, a spoke, an artist or a post; what is on its way already still arrives."""
    with transaction.atomic():
        # workers look at holds under this lock, directly before they send
        lock_channels(Channel.objects.all())
        held, _ = Hold.objects.get_or_create(
            scope=scope,
            spoke=spoke,
            artist=artist,
            post=post,
            defaults={"reason": reason[:200], "by": actor, "since": timezone.now()},
        )
        record(code="hold.set", subject=held, actor=actor, summary=f"{held}: {reason}")
    return held


def release_hold(*, hold: Hold, actor: Actor) -> None:
    with transaction.atomic():
        record(code="hold.released", subject=hold, actor=actor)
        hold.delete()


def _move(delivery: Delivery, to: State, **changes: Any) -> None:
    """Change the state for a person, with words for the one who was too late."""
    try:
        delivery.move(to, **changes)
    except LeaseLost:
        raise NotPossibleNow(
            gettext("{delivery} is being sent at this moment.").format(delivery=delivery)
        ) from None
    except TransitionRefused:
        raise NotPossibleNow(
            gettext("{delivery} is: {state}; that can't be done now.").format(
                delivery=delivery, state=delivery.get_state_display()
            )
        ) from None
