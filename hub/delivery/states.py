"""The life of a delivery, as one table. Everything that changes a state goes through it.

scheduled ──claim──▶ claimed ──intent──▶ sending ──▶ live
    ▲                  │  │                 ├─▶ accepted   still processing; polled by find
    │  lease ran out,  │  └─▶ refused       ├─▶ waiting    surely not done: due again later
    └─ or handed back ─┘                    ├─▶ refused    the network said no for good
                                            ├─▶ blocked    waits for the channel's token
                                            ├─▶ unknown    reconcile: live, waiting, review
                                            └─▶ scheduled  not called after all
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    CLAIMED = "claimed", _("Being prepared")
    SENDING = "sending", _("Being sent")
    ACCEPTED = "accepted", _("Taken, not shown yet")
    LIVE = "live", _("Live")
    WAITING = "waiting", _("Waiting to try again")
    BLOCKED = "blocked", _("Waiting for the connection")
    UNKNOWN = "unknown", _("Not sure yet")
    REVIEW = "review", _("Needs a look")
    REFUSED = "refused", _("Refused")
    MISSED = "missed", _("Missed")
    DEAD = "dead", _("Given up")
    CANCELLED = "cancelled", _("Cancelled")


TRANSITIONS: dict[State, frozenset[State]] = {
    State.SCHEDULED: frozenset({State.CLAIMED, State.CANCELLED, State.MISSED, State.REVIEW}),
    State.WAITING: frozenset(
        {State.CLAIMED, State.CANCELLED, State.MISSED, State.DEAD, State.REVIEW}
    ),
    State.BLOCKED: frozenset(
        {State.SCHEDULED, State.WAITING, State.CANCELLED, State.MISSED, State.REVIEW}
    ),
    State.CLAIMED: frozenset(
        {
            State.SCHEDULED,
            State.SENDING,
            State.WAITING,
            State.REFUSED,
            State.BLOCKED,
            # an earlier call may have worked after all
            State.UNKNOWN,
            State.DEAD,
            State.MISSED,
            State.REVIEW,
            State.CANCELLED,
        }
    ),
    State.SENDING: frozenset(
        {
            State.LIVE,
            State.ACCEPTED,
            # not called after all
            State.SCHEDULED,
            State.WAITING,
            State.REFUSED,
            State.BLOCKED,
            State.UNKNOWN,
            State.DEAD,
        }
    ),
    State.ACCEPTED: frozenset({State.LIVE, State.REFUSED, State.UNKNOWN, State.REVIEW}),
    State.UNKNOWN: frozenset({State.LIVE, State.ACCEPTED, State.WAITING, State.REVIEW}),
    State.REVIEW: frozenset({State.LIVE, State.SCHEDULED, State.CANCELLED}),
    # live: a person made the change by hand where the network can't
    State.REFUSED: frozenset({State.SCHEDULED, State.CANCELLED, State.LIVE}),
    State.MISSED: frozenset({State.SCHEDULED, State.CANCELLED}),
    State.DEAD: frozenset({State.SCHEDULED, State.CANCELLED}),
    State.LIVE: frozenset(),
    State.CANCELLED: frozenset(),
}

# may be claimed when its time has come
DUE_STATES = (State.SCHEDULED, State.WAITING)
# in nobody's hand, and still to be sent
UNSENT_STATES = (*DUE_STATES, State.BLOCKED)
# a worker holds it under a lease
LEASED_STATES = (State.CLAIMED, State.SENDING)
# sent, but what came of it is asked for again
CHECKING_STATES = (State.ACCEPTED, State.UNKNOWN)
# a person decides
INBOX_STATES = (State.REVIEW, State.REFUSED, State.MISSED, State.DEAD)
# on its way: the post stays as it was approved
OPEN_STATES = (*UNSENT_STATES, *LEASED_STATES, *CHECKING_STATES)
# it is not on the channel, and does not come there by itself
GONE_STATES = (State.CANCELLED, State.REFUSED, State.MISSED, State.DEAD)
FINAL_STATES = (State.LIVE, State.CANCELLED)
