"""What each try of a delivery was and what came of it, in words for people."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from hub.console.delivery_waits import Waits
from hub.delivery.models import Attempt, Delivery, Kind, Outcome
from hub.delivery.states import CHECKING_STATES, LEASED_STATES, State

TRIED: dict[str, StrOrPromise] = {
    Kind.PUBLISH: _("Sent it to the network"),
    Kind.EDIT: _("Sent the change to the network"),
    Kind.WITHDRAW: _("Asked the network to take it down"),
}
WORKED: dict[str, StrOrPromise] = {
    Kind.PUBLISH: _("It is there."),
    Kind.EDIT: _("The change is there."),
    Kind.WITHDRAW: _("It was taken down."),
}
# what is sure of one try says nothing of those before it
NOT_DONE: dict[str, StrOrPromise] = {
    Kind.PUBLISH: _("It did not work this time. This try surely published nothing."),
    Kind.EDIT: _("It did not work this time. This try surely changed nothing."),
    Kind.WITHDRAW: _("It did not work this time. This try surely took nothing down."),
}
CAME_OF_SENDING: dict[str, StrOrPromise] = {
    Outcome.ACCEPTED: _("The network took it and was still working on it."),
    Outcome.REFUSED: _("The network refused it."),
    Outcome.AUTH_LOST: _("The network did not accept the channel’s credentials."),
    Outcome.UNKNOWN: _("No clear answer came: it may have worked, or not."),
    Outcome.NOT_CALLED: _("It was about to be sent, but the network was not called after all."),
}
CAME_OF_LOOKING: dict[str, StrOrPromise] = {
    Outcome.ACCEPTED: _("The network was still working on it."),
    Outcome.REFUSED: _("The network says that it refused it."),
    Outcome.RETRY_AFTER: _("The network had no time to answer."),
    Outcome.AUTH_LOST: _("The network did not accept the channel’s credentials."),
    Outcome.UNKNOWN: _("The network gave no clear answer."),
    Outcome.NOT_THERE: _("The network does not show it."),
}
# what a dot of the timeline looks like
TONES: dict[str, str] = {
    Outcome.SENT: "good",
    Outcome.REFUSED: "bad",
    Outcome.AUTH_LOST: "bad",
}


def tried(attempt: Attempt, kind: str) -> str:
    """Say what was tried in one call of a delivery of this kind."""
    if attempt.call == Attempt.Call.FIND:
        return gettext("Looked on the network for it")
    return str(TRIED[kind])


def came_of(attempt: Attempt, kind: str) -> str:
    """Say what one call of a delivery of this kind brought."""
    if not attempt.outcome:
        if _is_under_way(attempt):
            return gettext("It is under way: no answer has come yet.")
        return gettext("No answer is noted: its worker stopped in the middle.")
    if attempt.outcome == Outcome.SENT:
        return str(WORKED[kind])
    looked = attempt.call == Attempt.Call.FIND
    if attempt.outcome == Outcome.RETRY_AFTER and not looked:
        return str(NOT_DONE[kind])
    words = CAME_OF_LOOKING if looked else CAME_OF_SENDING
    return str(words.get(attempt.outcome, attempt.get_outcome_display()))


def _is_under_way(attempt: Attempt) -> bool:
    delivery = attempt.delivery if attempt.delivery_id else None
    if delivery is None or attempt.lease_token != delivery.lease_token:
        return False
    return delivery.state in {*LEASED_STATES, *CHECKING_STATES}


def comes_again(delivery: Delivery, now: datetime) -> str:
    """Say when a delivery that was tried is tried again by itself; empty where it is not."""
    again = delivery.state in {State.WAITING, *CHECKING_STATES}
    return Waits(now).told(delivery) if again else ""


def tone(attempt: Attempt) -> str:
    """Name the tone of what it brought: good, bad or doubtful."""
    return TONES.get(attempt.outcome, "doubtful")
