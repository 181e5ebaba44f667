"""What a person can do with many deliveries at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django_stubs_ext import StrPromise
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from hub.console.bulk import BulkStep, Rows, counted
from hub.console.delivery_steps import is_in_review, is_waiting, needs_a_person
from hub.console.forms import OptionalReasonForm
from hub.console.people import STEER
from hub.console.steps import does
from hub.delivery.actions import cancel_delivery, retry_delivery
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import State
from hub.schedule.actions import plan_again, reschedule_delivery, retry_in_next_slot

FARTHEST_HOURS = 24 * 60


class HoursForm(forms.Form):
    hours = forms.IntegerField(
        min_value=-FARTHEST_HOURS,
        max_value=FARTHEST_HOURS,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
        label=gettext_lazy("Hours later"),
        help_text=gettext_lazy("Less than nothing is earlier: -2 is two hours earlier."),
    )


def _its_state(delivery: Delivery) -> str:
    return _("It is in the state “%(state)s”.") % {"state": delivery.get_state_display()}


def _not_waiting(delivery: Delivery) -> str:
    return "" if is_waiting(delivery) else _its_state(delivery)


def _not_planned(delivery: Delivery) -> str:
    return "" if delivery.state == State.SCHEDULED else _its_state(delivery)


def _not_stuck(delivery: Delivery) -> str:
    if is_in_review(delivery):
        return _("It may be out already: open it, look, and say what you saw.")
    return "" if needs_a_person(delivery) else _its_state(delivery)


def _no_slot_for_it(delivery: Delivery) -> str:
    if delivery.kind != Kind.PUBLISH:
        return _("A change of something live waits for no slot.")
    return _not_stuck(delivery)


def _not_cancelled(delivery: Delivery) -> str:
    cancelled = delivery.state == State.CANCELLED and delivery.kind == Kind.PUBLISH
    return "" if cancelled else _its_state(delivery)


def _could_be_planned_again(delivery: Delivery) -> bool:
    """Ask of a delivery before it is cancelled: its time is still to come."""
    return delivery.kind == Kind.PUBLISH and delivery.due_at > timezone.now()


def _hours_back(answers: dict[str, Any]) -> dict[str, str]:
    return {"hours": str(-answers["hours"])}


def _on_channels(words: StrPromise) -> Callable[[Rows], str]:
    """Say what a step does with %(count)d deliveries on %(channels)s."""

    def effect(rows: Rows) -> str:
        number = len({row.channel_id for row in rows})
        channels = ngettext("%(count)d channel", "%(count)d channels", number)
        return words % {"count": len(rows), "channels": channels % {"count": number}}

    return effect


def _move(delivery: Delivery, actor: User, answers: dict[str, Any]) -> None:
    at = delivery.due_at + timedelta(hours=answers["hours"])
    reschedule_delivery(delivery=delivery, at=at, actor=actor)


DELIVERY_BULK = (
    BulkStep(
        name="try_again",
        label=gettext_lazy("Try again now"),
        permission=STEER,
        perform=does(retry_delivery, "delivery"),
        against=_not_stuck,
        effect=_on_channels(
            ngettext_lazy(
                "This sends %(count)d delivery on %(channels)s now.",
                "This sends %(count)d deliveries on %(channels)s now.",
                "count",
            )
        ),
        done=counted(
            ngettext_lazy(
                "%(count)d delivery was put back in the queue.",
                "%(count)d deliveries were put back in the queue.",
                "count",
            )
        ),
    ),
    BulkStep(
        name="next_slot",
        label=gettext_lazy("Give them the next free slots"),
        permission=STEER,
        perform=does(retry_in_next_slot, "delivery"),
        against=_no_slot_for_it,
        effect=_on_channels(
            ngettext_lazy(
                "This gives %(count)d delivery the next free slot on %(channels)s.",
                "This gives %(count)d deliveries the next free slots on %(channels)s, in "
                "this order.",
                "count",
            )
        ),
        done=counted(
            ngettext_lazy(
                "%(count)d delivery has a slot again.",
                "%(count)d deliveries have a slot again.",
                "count",
            )
        ),
    ),
    BulkStep(
        name="move",
        label=gettext_lazy("Move by some hours"),
        permission=STEER,
        perform=_move,
        against=_not_planned,
        form=HoursForm,
        effect=_on_channels(
            ngettext_lazy(
                "This moves %(count)d delivery on %(channels)s. Slots that they had are "
                "free again.",
                "This moves %(count)d deliveries on %(channels)s. Slots that they had are "
                "free again.",
                "count",
            )
        ),
        done=counted(
            ngettext_lazy(
                "%(count)d delivery was moved.", "%(count)d deliveries were moved.", "count"
            )
        ),
        undo="move",
        undo_answers=_hours_back,
    ),
    BulkStep(
        name="cancel",
        label=gettext_lazy("Cancel them"),
        permission=STEER,
        perform=does(cancel_delivery, "delivery", "reason"),
        against=_not_waiting,
        form=OptionalReasonForm,
        effect=_on_channels(
            ngettext_lazy(
                "This cancels %(count)d delivery on %(channels)s.",
                "This cancels %(count)d deliveries on %(channels)s.",
                "count",
            )
        ),
        done=counted(
            ngettext_lazy(
                "%(count)d delivery was cancelled.", "%(count)d deliveries were cancelled.", "count"
            )
        ),
        tone="danger",
        undo="plan_again",
        undoable=_could_be_planned_again,
    ),
    BulkStep(
        name="plan_again",
        label=gettext_lazy("Plan what was cancelled again"),
        permission=STEER,
        perform=does(plan_again, "delivery"),
        against=_not_cancelled,
        effect=_on_channels(
            ngettext_lazy(
                "This plans %(count)d delivery on %(channels)s again, for the time that it had.",
                "This plans %(count)d deliveries on %(channels)s again, for the times that "
                "they had.",
                "count",
            )
        ),
        done=counted(
            ngettext_lazy(
                "%(count)d delivery is planned again.",
                "%(count)d deliveries are planned again.",
                "count",
            )
        ),
    ),
)
