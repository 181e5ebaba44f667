"""What a person can do with one delivery."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.console.forms import MoveForm, OptionalReasonForm, ThereForm
from hub.console.moments import moment
from hub.console.people import STEER
from hub.console.steps import Step, does
from hub.delivery.actions import cancel_delivery, confirm_live, retry_delivery
from hub.delivery.exceptions import DeliveryError
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import INBOX_STATES, State
from hub.schedule.actions import (
    plan_again,
    reschedule_delivery,
    retry_in_next_slot,
    withdraw_delivery,
)
from hub.schedule.openings import SITE
from spokes.site.cards.actions import retry_cards
from spokes.site.models import Publication


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


def publication_of(delivery: Delivery) -> Publication | None:
    """Find what the site shows of a delivery; one query, for channels of the site alone."""
    if delivery.kind != Kind.PUBLISH or delivery.channel.network != SITE:
        return None
    return Publication.objects.standing().filter(key=delivery.key).first()


def has_cards(delivery: Delivery) -> bool:
    return _is_live(delivery) and publication_of(delivery) is not None


def _can_take_a_slot(delivery: Delivery) -> bool:
    return _surely_not_out(delivery) and delivery.kind == Kind.PUBLISH


def _can_be_planned_again(delivery: Delivery) -> bool:
    """Cancelled, while its time is still to come."""
    cancelled = delivery.state == State.CANCELLED and delivery.kind == Kind.PUBLISH
    return cancelled and delivery.due_at > timezone.now()


def _time_it_had(delivery: Delivery) -> dict[str, str]:
    """Answer the form that asks for another time with the one that the delivery has now."""
    zone = delivery.channel.zone
    local = delivery.due_at.astimezone(zoneinfo.ZoneInfo(zone))
    return {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}", "zone": zone}


def _next_slot(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    moved = retry_in_next_slot(delivery=delivery, actor=actor)
    return _("It goes out on %(channel)s in its next free slot: %(time)s.") % {
        "channel": moved.channel,
        "time": moment(moved.due_at, moved.channel.zone),
    }


def _plan_again(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    planned = plan_again(delivery=delivery, actor=actor)
    return _("Planned again on %(channel)s for %(time)s.") % {
        "channel": planned.channel,
        "time": moment(planned.due_at, planned.channel.zone),
    }


def _move(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    moved = reschedule_delivery(delivery=delivery, at=answers["at"], actor=actor)
    return _("Moved to %(time)s on %(channel)s.") % {
        "time": moment(answers["at"], answers["zone"]),
        "channel": moved.channel,
    }


def _draw_again(delivery: Delivery, actor: User, answers: dict[str, Any]) -> str:
    publication = publication_of(delivery)
    if publication is None:
        raise DeliveryError(_("It is not on the site."))
    retry_cards(publication=publication.pk, now=timezone.now(), actor=actor)
    return _("The card images are drawn again: the runner does it within a minute.")


# with the same effect; only where it may be out already, a person has to look first
_try_again = does(retry_delivery, "delivery", told=gettext_lazy("%(channel)s is tried again now."))

DELIVERY_STEPS = (
    Step(
        name="try-again",
        label=gettext_lazy("Try again"),
        permission=STEER,
        perform=_try_again,
        applies=_surely_not_out,
        tone="main",
    ),
    Step(
        name="next-slot",
        label=gettext_lazy("Next free slot"),
        permission=STEER,
        perform=_next_slot,
        applies=_can_take_a_slot,
    ),
    Step(
        name="plan-again",
        label=gettext_lazy("Plan it again"),
        permission=STEER,
        perform=_plan_again,
        applies=_can_be_planned_again,
        tone="main",
    ),
    Step(
        name="it-is-there",
        label=gettext_lazy("It is there"),
        permission=STEER,
        perform=does(
            confirm_live,
            "delivery",
            "url",
            "remote_id",
            told=gettext_lazy("Noted: it is live on %(channel)s."),
        ),
        applies=is_in_review,
        form=ThereForm,
        intro=gettext_lazy(
            "Say so only when you have seen it on the channel yourself. It counts as live from "
            "then on, and is not sent again."
        ),
        tone="main",
    ),
    Step(
        name="look-and-try-again",
        label=gettext_lazy("It is not there: send it"),
        permission=STEER,
        perform=_try_again,
        applies=is_in_review,
        form=forms.Form,
        intro=gettext_lazy(
            "Only when you have looked, and it is not there: what is there is published twice."
        ),
    ),
    Step(
        name="done-by-hand",
        label=gettext_lazy("Done by hand"),
        permission=STEER,
        perform=does(
            confirm_live,
            "delivery",
            told=gettext_lazy("Noted: it was done by hand on %(channel)s."),
        ),
        applies=_is_refused_change,
    ),
    Step(
        name="move",
        label=gettext_lazy("Another time"),
        permission=STEER,
        perform=_move,
        applies=_is_planned,
        form=MoveForm,
        intro=gettext_lazy("It keeps its channel and its content, and goes out at the new time."),
        undo="move",
        undo_answers=_time_it_had,
    ),
    Step(
        name="cancel",
        label=gettext_lazy("Cancel"),
        permission=STEER,
        perform=does(
            cancel_delivery, "delivery", "reason", told=gettext_lazy("Cancelled on %(channel)s.")
        ),
        applies=is_waiting,
        form=OptionalReasonForm,
        intro=gettext_lazy("It does not go out on this channel. The post itself stays as it is."),
        tone="danger",
        undo="plan-again",
    ),
    Step(
        name="drop",
        label=gettext_lazy("Drop"),
        permission=STEER,
        perform=does(
            cancel_delivery,
            "delivery",
            told=gettext_lazy("Dropped: it does not go out on %(channel)s."),
        ),
        applies=needs_a_person,
    ),
    Step(
        name="draw-again",
        label=gettext_lazy("Draw the card images again"),
        permission=STEER,
        perform=_draw_again,
        applies=has_cards,
    ),
    Step(
        name="withdraw",
        label=gettext_lazy("Withdraw"),
        permission=STEER,
        perform=does(
            withdraw_delivery,
            "delivery",
            "reason",
            told=gettext_lazy("Being taken down on %(channel)s."),
        ),
        applies=_is_live,
        form=OptionalReasonForm,
        intro=gettext_lazy("It is taken down on this channel, if the network allows it."),
        tone="danger",
    ),
)
