"""What the calls brought and what is to be sent, where rows do not agree about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hub.delivery.actions import confirm_live
from hub.delivery.doctor.deliveries import cancelling, setting
from hub.delivery.doctor.findings import Finding, changing, in_batches, time_words
from hub.delivery.models import Attempt, Delivery, Kind, Outcome
from hub.delivery.ready import payload_hash
from hub.delivery.states import CHECKING_STATES, DUE_STATES, LEASED_STATES, State

# no call takes so long
ANSWERED_BY = timedelta(hours=1)


def answers_not_taken(now: datetime) -> Iterator[Finding]:
    """An attempt says that the post is there; its delivery does not."""
    sent = Attempt.objects.filter(outcome=Outcome.SENT).exclude(delivery__state=State.LIVE)
    # the look-up, or the next claim, reads it within minutes
    sent = sent.exclude(delivery__state__in=(*CHECKING_STATES, *LEASED_STATES))
    sent = sent.exclude(orphaned=True, delivery__state__in=DUE_STATES)
    read = Attempt.objects.select_related("delivery__post", "delivery__channel")
    for attempt in in_batches(sent, read):
        row = attempt.delivery
        by_person = row.state == State.REVIEW
        would = (
            _("Settle it as live, as the network had answered.")
            if by_person
            else _("Look on the network, then try again, drop or schedule anew by hand.")
        )

        def confirm(row: Delivery = row, url: str = attempt.detail) -> bool:
            confirm_live(delivery=row, actor=None, url=url)
            return True

        yield Finding(
            "answer.not_taken",
            row,
            _("An attempt of %(when)s was answered “it is there”, but it is: %(state)s.")
            % {"when": time_words(attempt.started_at), "state": row.get_state_display().lower()},
            would,
            confirm if by_person else None,
        )


def answers_never_come(now: datetime) -> Iterator[Finding]:
    """Calls that were never noted to have ended, and that no worker has in hand any more."""
    silent = Attempt.objects.filter(outcome="", started_at__lt=now - ANSWERED_BY)
    for attempt in in_batches(silent.exclude(delivery__state__in=LEASED_STATES)):
        would = _("Note on it that no answer came; nothing is sent.")
        words = _("No answer was noted: its worker stopped in the middle.")

        yield Finding(
            "attempt.open",
            attempt,
            _("A call of delivery %(delivery)s that began at %(when)s seems to be under way still.")
            % {"delivery": attempt.delivery_id, "when": time_words(attempt.started_at)},
            would,
            changing(attempt, "outcome", outcome=Outcome.UNKNOWN, detail=words),
        )


def other_payloads(now: datetime) -> Iterator[Finding]:
    """What is frozen to be sent is not what its hash says; only what may still be sent is read."""
    frozen = Delivery.objects.filter(state__in=(*DUE_STATES, State.BLOCKED)).filter(
        payload__isnull=False
    )
    for row in in_batches(frozen):
        if payload_hash(row.payload) == row.payload_hash:
            continue
        untouched = row.first_sent_at is None
        would = (
            _("Prepare it anew from the approved post.")
            if untouched
            else _("It may be on the network already: look there, then cancel it by hand.")
        )
        anew = setting(row, payload=None, payload_hash="")
        yield Finding(
            "payload.changed",
            row,
            _("Its frozen text is not the one that its hash was made of."),
            would,
            anew if untouched else None,
        )


def lost_payloads(now: datetime) -> Iterator[Finding]:
    """It may be there, and what was sent is not known any more: the same can't be sent again."""
    waiting = Delivery.objects.filter(state__in=(*DUE_STATES, State.BLOCKED), kind=Kind.PUBLISH)
    for row in in_batches(waiting.filter(uncertain=True, payload__isnull=True)):
        would = _("Let a person look whether it is there, before anything else is sent.")
        yield Finding(
            "payload.lost",
            row,
            _("It may be on the network, and what was sent there is not kept."),
            would,
            cancelling(row, _("It may be there, and what was sent is not kept. Please look.")),
        )
