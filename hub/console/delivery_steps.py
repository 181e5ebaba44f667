"""What a person can do with one delivery."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User

from hub.console.forms import MoveForm, OptionalReasonForm, ThereForm
from hub.console.moments import moment
from hub.console.people import STEER
from hub.console.steps import Step
from hub.delivery.actions import cancel_delivery, confirm_live, retry_delivery
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import INBOX_STATES, State
from hub.schedule.actions import reschedule_delivery, withdraw_delivery


def needs_a_person(delivery: Delivery) -> bool:
    return delivery.state in INBOX_STATES


def is_waiting(delivery: Delivery) -> bool:
    """Not in a worker's hands and not sent: it can still be stopped or moved."""
    return delivery.state in {State.SCHEDULED, State.WAITING, State.BLOCKED}


def _is_planned(delivery: Delivery) -> bool:
    return delivery.state == State.SCHEDULED


def is_in_review(delivery: Delivery) -> bool:
    """It may be out, and nobody could tell: whoever sends it again has looked."""
    return delivery.state == State.REVIEW


def _surely_not_out(delivery: Delivery) -> bool:
    return needs_a_person(delivery) and not is_in_review(delivery)


def _is_refused_change(delivery: Delivery) -> bool:
    return delivery.state == State.REFUSED and delivery.kind != Kind.PUBLISH


def _is_live(delivery: Delivery) -> bool:
    return (
        delivery.kind == Kind.PUBLISH
        and delivery.state == State.LIVE
        and delivery.withdrawn_at is None
    )


def _try_again(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    retry_delivery(delivery=delivery, actor=actor)
    return f"{delivery.channel} is tried again now."


def _it_is_there(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    confirm_live(delivery=delivery, actor=actor, url=answers["url"])
    return f"Noted: it is live on {delivery.channel}."


def _done_by_hand(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    confirm_live(delivery=delivery, actor=actor)
    return f"Noted: it was done by hand on {delivery.channel}."


def _move(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    moved = reschedule_delivery(delivery=delivery, at=answers["at"], actor=actor)
    return f"Moved to {moment(answers['at'], answers['zone'])} on {moved.channel}."


def _cancel(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    cancel_delivery(delivery=delivery, actor=actor, reason=answers["reason"])
    return f"Cancelled on {delivery.channel}."


def _drop(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    cancel_delivery(delivery=delivery, actor=actor)
    return f"Dropped: it does not go out on {delivery.channel}."


def _withdraw(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    withdraw_delivery(delivery=delivery, actor=actor, reason=answers["reason"])
    return f"Being taken down on {delivery.channel}."


TRY_AGAIN = Step(
    name="try-again",
    label="Try again",
    permission=STEER,
    perform=_try_again,
    applies=_surely_not_out,
    tone="main",
)
LOOK_AND_TRY_AGAIN = Step(
    name="look-and-try-again",
    label="Try again",
    permission=STEER,
    perform=_try_again,
    applies=is_in_review,
    form=forms.Form,
    intro="Only when you have looked, and it is not there: what is there is published twice.",
)
IT_IS_THERE = Step(
    name="it-is-there",
    label="It is there",
    permission=STEER,
    perform=_it_is_there,
    applies=is_in_review,
    form=ThereForm,
    intro="Say so only when you have seen it on the channel yourself.",
    tone="main",
)
DONE_BY_HAND = Step(
    name="done-by-hand",
    label="Done by hand",
    permission=STEER,
    perform=_done_by_hand,
    applies=_is_refused_change,
)
MOVE = Step(
    name="move",
    label="Another time",
    permission=STEER,
    perform=_move,
    applies=_is_planned,
    form=MoveForm,
    intro="It keeps its channel and its content, and goes out at the new time.",
)
CANCEL = Step(
    name="cancel",
    label="Cancel",
    permission=STEER,
    perform=_cancel,
    applies=is_waiting,
    form=OptionalReasonForm,
    intro="It does not go out on this channel. The post itself stays as it is.",
    tone="danger",
)
DROP = Step(
    name="drop",
    label="Drop",
    permission=STEER,
    perform=_drop,
    applies=needs_a_person,
)
WITHDRAW = Step(
    name="withdraw",
    label="Withdraw",
    permission=STEER,
    perform=_withdraw,
    applies=_is_live,
    form=OptionalReasonForm,
    intro="It is taken down on this channel, if the network allows it.",
    tone="danger",
)

DELIVERY_STEPS = (
    TRY_AGAIN,
    IT_IS_THERE,
    LOOK_AND_TRY_AGAIN,
    DONE_BY_HAND,
    MOVE,
    CANCEL,
    DROP,
    WITHDRAW,
)
