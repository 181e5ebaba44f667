"""What can be done with a post, step by step."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

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
from hub.console.people import APPROVE, SCHEDULE, STEER, WRITE
from hub.console.steps import SEEN, Step
from hub.delivery.models import Delivery
from hub.schedule.actions import unschedule_delivery, update_live_post, withdraw_post


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


def _is_theirs(post: Post, actor: User) -> bool:
    return actor.pk in {post.author_id, post.submitted_by_id}


def _is_archived(post: Post) -> bool:
    return post.state == PostState.ARCHIVED


def _is_planned(post: Post) -> bool:
    return Delivery.objects.of(post).planned().exists()


def _is_live(post: Post) -> bool:
    return Delivery.objects.of(post).live().exists()


def _may_update_live(post: Post) -> bool:
    return post.state == PostState.APPROVED and _is_live(post)


def _submit(post: Post, actor: User, answers: dict[str, Any]) -> str:
    if missing := missing_for_approval(post):
        raise PostInvalid(missing)
    submit_post(post=post, actor=actor)
    return "Submitted. Someone else reviews it now."


def _send_back(post: Post, actor: User, answers: dict[str, Any]) -> str:
    return_post(post=post, actor=actor, note=answers["note"])
    return "Sent back to its author with your note."


def _take_back(post: Post, actor: User, answers: dict[str, Any]) -> str:
    return_post(post=post, actor=actor, note="Taken back.")
    return "Taken back: it is a draft again."


def _approve(post: Post, actor: User, answers: dict[str, Any]) -> str:
    seen = answers[SEEN]
    approve_post(post=post, actor=actor, expected_revision=int(seen) if seen.isdigit() else None)
    return "Approved. It can be scheduled now."


def _archive(post: Post, actor: User, answers: dict[str, Any]) -> str:
    archive_post(post=post, actor=actor)
    return "Archived."


def _revive(post: Post, actor: User, answers: dict[str, Any]) -> str:
    revive_post(post=post, actor=actor)
    return "Back among the drafts."


@transaction.atomic
def _unschedule(post: Post, actor: User, answers: dict[str, Any]) -> str:
    planned = list(Delivery.objects.of(post).planned())
    for delivery in planned:
        unschedule_delivery(delivery=delivery, actor=actor)
    return f"Taken off the schedule on {_channels(len(planned))}."


def _update_live(post: Post, actor: User, answers: dict[str, Any]) -> str:
    changes = update_live_post(post=post, actor=actor)
    return f"The live post is being updated on {_channels(len(changes))}."


def _withdraw(post: Post, actor: User, answers: dict[str, Any]) -> str:
    changes = withdraw_post(post=post, actor=actor, reason=answers["reason"])
    return f"Being taken down on {_channels(len(changes))}."


def _channels(count: int) -> str:
    return "1 channel" if count == 1 else f"{count} channels"


SUBMIT = Step(
    name="submit",
    label="Submit for review",
    permission=WRITE,
    perform=_submit,
    applies=_may_be_submitted,
    tone="main",
)
SEND_BACK = Step(
    name="return",
    label="Send back",
    permission=APPROVE,
    perform=_send_back,
    applies=_may_be_sent_back,
    form=NoteForm,
    intro="The post becomes a draft again, and its author reads your note.",
)
TAKE_BACK = Step(
    name="take-back",
    label="Take back",
    permission=WRITE,
    perform=_take_back,
    applies=_may_be_taken_back,
    allows=_is_theirs,
)
APPROVE_STEP = Step(
    name="approve",
    label="Approve",
    permission=APPROVE,
    perform=_approve,
    applies=_may_be_approved,
    tone="main",
)
UPDATE_LIVE = Step(
    name="update-live",
    label="Update live",
    permission=SCHEDULE,
    perform=_update_live,
    applies=_may_update_live,
)
UNSCHEDULE = Step(
    name="unschedule",
    label="Take off the schedule",
    permission=STEER,
    perform=_unschedule,
    applies=_is_planned,
)
WITHDRAW = Step(
    name="withdraw",
    label="Withdraw",
    permission=STEER,
    perform=_withdraw,
    applies=_is_live,
    form=OptionalReasonForm,
    intro=(
        "The post is taken down wherever it is live and the network allows it. Who has seen it, "
        "has seen it."
    ),
    tone="danger",
)
ARCHIVE = Step(
    name="archive",
    label="Archive",
    permission=WRITE,
    perform=_archive,
    applies=_may_be_archived,
)
REVIVE = Step(
    name="revive",
    label="Back to drafts",
    permission=WRITE,
    perform=_revive,
    applies=_is_archived,
)

POST_STEPS = (
    SUBMIT,
    APPROVE_STEP,
    SEND_BACK,
    TAKE_BACK,
    UPDATE_LIVE,
    UNSCHEDULE,
    WITHDRAW,
    *hold_steps("post"),
    ARCHIVE,
    REVIVE,
)
