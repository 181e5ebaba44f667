"""Deliveries that are stuck, or that do not agree with themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.editorial.models import PostState
from hub.delivery import policy
from hub.delivery.actions import cancel_delivery, confirm_live
from hub.delivery.doctor.findings import Finding, in_batches
from hub.delivery.holds import Holds
from hub.delivery.models import Attempt, Delivery, Gate, Kind, Outcome
from hub.delivery.ready import payload_hash
from hub.delivery.reap import reap
from hub.delivery.states import CHECKING_STATES, DUE_STATES, LEASED_STATES, State
from hub.delivery.ticks import resume_blocked
from spokes.channels.http import MAX_RETRY_AFTER
from spokes.channels.models import Channel

# the rounds have had many turns by then
LONG_PAST = timedelta(minutes=5)
# no wait that the engine gives is longer
LONGEST_WAIT = MAX_RETRY_AFTER + timedelta(hours=1)
LONGEST_LOOK_UP = timedelta(hours=1)
OVERDUE = timedelta(minutes=10)


def unchanged(delivery: Delivery) -> Any:
    """The row, if it still is as it was read."""
    return Delivery.objects.filter(
        pk=delivery.pk, state=delivery.state, lease_token=delivery.lease_token
    )


def _set(delivery: Delivery, **changes: Any) -> Callable[[], int]:
    return lambda: unchanged(delivery).update(**changes)


def leases_over(now: datetime) -> Iterator[Finding]:
    """Taken by a worker that is gone, and taken back by nobody."""
    for row in in_batches(Delivery.objects.lease_ran_out(now - LONG_PAST)):
        would = _("Take it back: to the queue, or to be looked up if it may have been sent.")

        def take_back(row: Delivery = row) -> bool:
            reap(now)
            return not unchanged(row).exists()

        yield Finding(
            "lease.over",
            row,
            _("Its lease ended at %(when)s and no worker has taken it back.")
            % {"when": _time(row.lease_until)},
            would,
            take_back,
        )


def leases_too_long(now: datetime) -> Iterator[Finding]:
    """A lease of the future (a clock was wrong), or of nobody: its row would never come back."""
    odd = Q(lease_until__gt=now + policy.LEASE + LONG_PAST) | Q(lease_owner="")
    for row in in_batches(Delivery.objects.in_hand().filter(odd)):
        would = _("Let the lease end in a minute; then the next round takes it back.")
        yield Finding(
            "lease.odd",
            row,
            _("It is in hand until %(when)s, by %(who)s.")
            % {"when": _time(row.lease_until), "who": row.lease_owner or _("nobody")},
            would,
            _set(row, lease_until=now + policy.LEASE, lease_owner=row.lease_owner or "doctor"),
        )


def never_looked_up(now: datetime) -> Iterator[Finding]:
    checking = Delivery.objects.filter(state__in=CHECKING_STATES)
    for row in in_batches(checking.filter(next_try_at__gt=now + LONGEST_LOOK_UP)):
        would = _("Look it up now.")
        yield Finding(
            "look_up.far",
            row,
            _("Nobody knows whether it is there, and it is looked up only at %(when)s.")
            % {"when": _time(row.next_try_at)},
            would,
            _set(row, next_try_at=now),
        )


def never_tried_again(now: datetime) -> Iterator[Finding]:
    waiting = Delivery.objects.filter(state=State.WAITING).exclude(
        post__embargo_until__gte=F("next_try_at")
    )
    for row in in_batches(waiting.filter(next_try_at__gt=now + LONGEST_WAIT)):
        would = _("Try it again now.")
        yield Finding(
            "try.far",
            row,
            _("It waits to be tried again until %(when)s, longer than the engine ever waits.")
            % {"when": _time(row.next_try_at)},
            would,
            _set(row, next_try_at=now),
        )


def overdue(now: datetime) -> Iterator[Finding]:
    """What should be out, for each channel: no row is odd, but nobody takes them."""
    shut = Gate.objects.filter(Q(opened_until__gt=now) | Q(not_before__gt=now))
    closed = {name.partition(":")[2] for name in shut.values_list("name", flat=True)}
    holds = Holds.load()
    due = holds.leave_out_held(Delivery.objects.due(now - OVERDUE))
    groups = due.order_by().values_list("channel").annotate(Count("pk"), Min("next_try_at"))
    channels = Channel.objects.open().in_bulk([channel for channel, *_rest in groups])
    for channel_id, number, since in groups:
        channel = channels.get(channel_id)
        if channel is None or str(channel_id) in closed or holds.stop(channel):
            continue
        yield Finding(
            "channel.overdue",
            channel,
            ngettext(
                "%(number)s delivery should be out since %(when)s.",
                "%(number)s deliveries should be out, the oldest since %(when)s.",
                number,
            )
            % {"number": number, "when": _time(since)},
            _("Start workers: python manage.py runner. If they run, see their log."),
        )


def blocked_for_nothing(now: datetime) -> Iterator[Finding]:
    connected = Delivery.objects.blocked().filter(channel__auth_lost_at__isnull=True)
    for row in in_batches(connected):
        would = _("Put it back in the queue.")

        def put_back(row: Delivery = row) -> bool:
            while unchanged(row).exists():
                if not resume_blocked(now):
                    return False
            return True

        yield Finding(
            "blocked.connected",
            row,
            _("It waits for its channel's connection, and the channel is connected."),
            would,
            put_back,
        )


def changes_of_nothing(now: datetime) -> Iterator[Finding]:
    """Edits and withdrawals whose publish is not there (any more)."""
    waiting = Delivery.objects.filter(state__in=(*DUE_STATES, State.BLOCKED), target__isnull=False)
    gone = Q(target__state__in=[State.CANCELLED, State.REFUSED, State.MISSED, State.DEAD])
    for row in in_batches(waiting.filter(gone | Q(target__withdrawn_at__isnull=False))):
        would = _("Cancel it.")
        yield Finding(
            "change.no_target",
            row,
            _("There is nothing on the channel to change any more."),
            would,
            _cancel(row, _("There is nothing to change.")),
        )


def of_posts_not_approved(now: datetime) -> Iterator[Finding]:
    waiting = Delivery.objects.filter(state__in=(*DUE_STATES, State.BLOCKED))
    mine = waiting.exclude(kind=Kind.WITHDRAW).exclude(post__state=PostState.APPROVED)
    for row in in_batches(mine.select_related("post")):
        would = _("Cancel it; approve the post and schedule it anew.")
        yield Finding(
            "post.not_approved",
            row,
            _("Its post is: %(state)s. It would be refused when its time comes.")
            % {"state": row.post.get_state_display().lower()},
            would,
            _cancel(row, _("The post is not approved.")),
        )


def answers_not_taken(now: datetime) -> Iterator[Finding]:
    """An attempt says that the post is there; its delivery does not."""
    sent = Attempt.objects.filter(outcome=Outcome.SENT).exclude(delivery__state=State.LIVE)
    # the look-up, or the next claim, reads it within minutes
    sent = sent.exclude(delivery__state__in=(*CHECKING_STATES, *LEASED_STATES))
    sent = sent.exclude(orphaned=True, delivery__state__in=DUE_STATES)
    for attempt in in_batches(sent.select_related("delivery__post", "delivery__channel")):
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
            % {"when": _time(attempt.started_at), "state": row.get_state_display().lower()},
            would,
            confirm if by_person else None,
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
        anew = _set(row, payload=None, payload_hash="")
        yield Finding(
            "payload.changed",
            row,
            _("Its frozen text is not the one that its hash was made of."),
            would,
            anew if untouched else None,
        )


def published_twice(now: datetime) -> Iterator[Finding]:
    """Two publishes of one post on one channel: what the database's constraint keeps from being."""
    rows = Delivery.objects.filter(kind=Kind.PUBLISH, withdrawn_at__isnull=True).exclude(
        state=State.CANCELLED
    )
    pairs = (
        rows.order_by()
        .values_list("post", "channel")
        .annotate(number=Count("pk"), last=Max("pk"))
        .filter(number__gt=1)
    )
    for _post, _channel, number, last in pairs.iterator(chunk_size=2_000):
        row = Delivery.objects.get(pk=last)
        waits = row.state in (*DUE_STATES, State.BLOCKED)
        would = _("Cancel the younger one.") if waits else _("Withdraw one of them by hand.")
        cancel = _cancel(row, _("The same is planned or there already."))
        yield Finding(
            "publish.twice",
            row,
            _("The post has %(number)s publishes on this channel.") % {"number": number},
            would,
            cancel if waits else None,
        )


def without_reason(now: datetime) -> Iterator[Finding]:
    for row in in_batches(Delivery.objects.filter(state=State.REVIEW, reason="")):
        would = _("Say on it to look at its attempts.")
        words = _(
            "Nobody wrote down why. Its attempts say what was tried; look whether it is there."
        )
        yield Finding(
            "review.no_reason",
            row,
            _("It waits for a person, and does not say why."),
            would,
            _set(row, reason=words),
        )


def _cancel(row: Delivery, reason: str) -> Callable[[], bool]:
    def cancel() -> bool:
        if not unchanged(row).exists():
            return False
        cancel_delivery(delivery=row, actor=None, reason=reason)
        return True

    return cancel


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else _("never")
