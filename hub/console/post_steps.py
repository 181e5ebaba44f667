"""What can be done with a post, step by step."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from content.editorial.actions import (
    approve_post,
    archive_post,
    missing_for_approval,
    return_post,
    revive_post,
    submit_post,
)
from content.editorial.exceptions import PostInvalid
from content.editorial.models import POST_TRANSITIONS, Post, PostState
from hub.console.forms import NoteForm, OptionalReasonForm
from hub.console.hold_steps import hold_steps
from hub.console.keys import is_key
from hub.console.people import APPROVE, SCHEDULE, STEER, WRITE
from hub.console.steps import SEEN, Step, does
from hub.delivery.models import Delivery
from hub.people.scope import changeable, sees_whole_house
from hub.schedule.actions import unschedule_delivery, update_live_post, withdraw_post
from spokes.channels.models import Channel


def may_become(post: Post, state: PostState) -> bool:
    """Tell whether the table of transitions leads from here to that state, now."""
    return post.locked_at is None and state in POST_TRANSITIONS[PostState(post.state)]


def _may_be_submitted(post: Post) -> bool:
    return may_become(post, PostState.IN_REVIEW)


def _may_be_approved(post: Post) -> bool:
    return may_become(post, PostState.APPROVED)


def _may_be_sent_back(post: Post) -> bool:
    return may_become(post, PostState.DRAFT) and post.state != PostState.ARCHIVED


def _may_be_archived(post: Post) -> bool:
    return may_become(post, PostState.ARCHIVED)


def _may_be_taken_back(post: Post) -> bool:
    return post.state == PostState.IN_REVIEW and may_become(post, PostState.DRAFT)


def is_theirs(post: Post, actor: User) -> bool:
    return actor.pk in {post.author_id, post.submitted_by_id}


def _is_for_their_eyes(post: Post, actor: User) -> bool:
    return not (settings.FOUR_EYES and is_theirs(post, actor))


def _is_approved(post: Post) -> bool:
    return post.state == PostState.APPROVED and post.locked_at is None


def _is_archived(post: Post) -> bool:
    return post.state == PostState.ARCHIVED


def _is_planned(post: Post) -> bool:
    known: bool | None = getattr(post, "is_planned", None)
    return Delivery.objects.of(post).planned().exists() if known is None else known


def _is_live(post: Post) -> bool:
    known: bool | None = getattr(post, "is_live", None)
    return Delivery.objects.of(post).live().exists() if known is None else known


def _may_update_live(post: Post) -> bool:
    return post.state == PostState.APPROVED and _is_live(post)


def _submit(post: Post, actor: User, answers: dict[str, Any]) -> str:
    if missing := missing_for_approval(post):
        raise PostInvalid(missing)
    submit_post(post=post, actor=actor)
    if not settings.FOUR_EYES:
        return gettext("Submitted. It can be approved now.")
    return gettext("Submitted. Someone else reviews it now.")


def take_back(post: Post, actor: User, answers: dict[str, Any]) -> str:
    return_post(post=post, actor=actor, note=gettext("Taken back."))
    return gettext("Taken back: it is a draft again.")


def _approve(post: Post, actor: User, answers: dict[str, Any]) -> str:
    seen = answers[SEEN]
    approve_post(post=post, actor=actor, expected_revision=int(seen) if is_key(seen) else None)
    return gettext("Approved. It can be scheduled now.")


def take_approval_back(post: Post, actor: User, answers: dict[str, Any]) -> str:
    return_post(post=post, actor=actor, note=gettext("The approval was taken back."))
    return gettext("The approval is taken back: it is a draft again.")


def _channels_of(actor: User) -> QuerySet[Channel] | None:
    """Give the channels that the person may change; None is all of them."""
    if sees_whole_house(actor):
        return None
    own: QuerySet[Channel] = changeable(actor, Channel.objects.order_by())
    return own


def _is_on_own_channels(post: Post, actor: User) -> bool:
    if sees_whole_house(actor):
        return True
    return bool(changeable(actor, Delivery.objects.of(post)).exists())


def _elsewhere(actor: User, rows: QuerySet[Delivery]) -> str:
    """Say that channels of others are left as they were, where there are any."""
    own = _channels_of(actor)
    if own is None or not rows.exclude(channel__in=own).exists():
        return ""
    return " " + gettext("Channels of other spokes stay as they are.")


@transaction.atomic
def _unschedule(post: Post, actor: User, answers: dict[str, Any]) -> str:
    planned = list(changeable(actor, Delivery.objects.of(post).planned()))
    for delivery in planned:
        unschedule_delivery(delivery=delivery, actor=actor)
    said = ngettext(
        "Taken off the schedule on %(count)s channel.",
        "Taken off the schedule on %(count)s channels.",
        len(planned),
    ) % {"count": len(planned)}
    return said + _elsewhere(actor, Delivery.objects.of(post).planned())


def _update_live(post: Post, actor: User, answers: dict[str, Any]) -> str:
    changes = update_live_post(post=post, actor=actor, channels=_channels_of(actor))
    count = len(changes)
    said = ngettext(
        "The live post is being updated on %(count)s channel.",
        "The live post is being updated on %(count)s channels.",
        count,
    ) % {"count": count}
    return said + _elsewhere(actor, Delivery.objects.of(post).live())


def _withdraw(post: Post, actor: User, answers: dict[str, Any]) -> str:
    changes = withdraw_post(
        post=post, actor=actor, reason=answers["reason"], channels=_channels_of(actor)
    )
    count = len(changes)
    said = ngettext(
        "Being taken down on %(count)s channel.", "Being taken down on %(count)s channels.", count
    ) % {"count": count}
    return said + _elsewhere(actor, Delivery.objects.of(post).live())


POST_STEPS = (
    Step(
        name="submit",
        label=_("Submit for review"),
        permission=WRITE,
        perform=_submit,
        applies=_may_be_submitted,
        tone="main",
        undo="take-back",
    ),
    Step(
        name="approve",
        label=_("Approve"),
        permission=APPROVE,
        perform=_approve,
        applies=_may_be_approved,
        offered=_is_for_their_eyes,
        tone="main",
        undo="take-approval-back",
    ),
    Step(
        name="return",
        label=_("Send back"),
        permission=APPROVE,
        perform=does(
            return_post, "post", "note", told=_("Sent back to its author with your note.")
        ),
        applies=_may_be_sent_back,
        form=NoteForm,
        intro=_("The post becomes a draft again, and its author reads your note."),
    ),
    Step(
        name="take-back",
        label=_("Take back"),
        permission=WRITE,
        perform=take_back,
        applies=_may_be_taken_back,
        allows=is_theirs,
    ),
    Step(
        name="take-approval-back",
        label=_("Take back the approval"),
        permission=APPROVE,
        perform=take_approval_back,
        applies=_is_approved,
    ),
    Step(
        name="update-live",
        label=_("Update live"),
        permission=SCHEDULE,
        perform=_update_live,
        applies=_may_update_live,
        allows=_is_on_own_channels,
    ),
    Step(
        name="unschedule",
        label=_("Take off the schedule"),
        permission=STEER,
        perform=_unschedule,
        applies=_is_planned,
        allows=_is_on_own_channels,
    ),
    Step(
        name="withdraw",
        label=_("Withdraw"),
        permission=STEER,
        perform=_withdraw,
        applies=_is_live,
        allows=_is_on_own_channels,
        form=OptionalReasonForm,
        intro=_(
            "The post is taken down wherever it is live on channels that you may change, if the "
            "network allows it. Who has seen it, has seen it."
        ),
        tone="danger",
    ),
    *hold_steps("post"),
    Step(
        name="archive",
        label=_("Archive"),
        permission=WRITE,
        perform=does(archive_post, "post", told=_("Archived.")),
        applies=_may_be_archived,
        undo="revive",
    ),
    Step(
        name="revive",
        label=_("Back to drafts"),
        permission=WRITE,
        perform=does(revive_post, "post", told=_("Back among the drafts.")),
        applies=_is_archived,
    ),
)
