"""Deliveries that are stuck, or that do not agree with themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Count, F, Func, Min, Q, QuerySet
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.delivery import policy
from hub.delivery.actions import cancel_delivery
from hub.delivery.doctor.findings import BATCH, Finding, in_batches, time_words
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery, Gate, Kind
from hub.delivery.querysets import DeliveryQuerySet, WrittenOut
from hub.delivery.reap import reap
from hub.delivery.states import CHECKING_STATES, DUE_STATES, State
from hub.delivery.ticks import resume_blocked
from spokes.channels.connectors.registry import CONNECTORS
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


def setting(delivery: Delivery, **changes: Any) -> Callable[[], int]:
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
            % {"when": time_words(row.lease_until)},
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
            % {"when": time_words(row.lease_until), "who": row.lease_owner or _("nobody")},
            would,
            setting(row, lease_until=now + policy.LEASE, lease_owner=row.lease_owner or "doctor"),
        )


def never_looked_up(now: datetime) -> Iterator[Finding]:
    checking = Delivery.objects.filter(state__in=CHECKING_STATES)
    for row in in_batches(checking.filter(next_try_at__gt=now + LONGEST_LOOK_UP)):
        would = _("Look it up now.")
        yield Finding(
            "look_up.far",
            row,
            _("Nobody knows whether it is there, and it is looked up only at %(when)s.")
            % {"when": time_words(row.next_try_at)},
            would,
            setting(row, next_try_at=now),
        )


def look_ups_overdue(now: datetime) -> Iterator[Finding]:
    """Nobody knows whether they are there, and nobody asks although it is time to; by channel."""
    rows = Delivery.objects.to_look_up(now - OVERDUE)
    groups = rows.order_by().values_list("channel").annotate(Count("pk"), Min("next_try_at"))
    channels = Channel.objects.in_bulk([channel for channel, *_rest in groups])
    for channel_id, number, since in groups:
        yield Finding(
            "look_up.overdue",
            channels[channel_id],
            ngettext(
                "%(number)s delivery should be looked up since %(when)s.",
                "%(number)s deliveries should be looked up, the oldest since %(when)s.",
                number,
            )
            % {"number": number, "when": time_words(since)},
            _("Start workers: python manage.py runner. If they run, see their log."),
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
            % {"when": time_words(row.next_try_at)},
            would,
            setting(row, next_try_at=now),
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
        if channel.network not in CONNECTORS or not channel.max_inflight:
            continue  # the check of channels says more
        yield Finding(
            "channel.overdue",
            channel,
            ngettext(
                "%(number)s delivery should be out since %(when)s.",
                "%(number)s deliveries should be out, the oldest since %(when)s.",
                number,
            )
            % {"number": number, "when": time_words(since)},
            _(
                "Start workers: python manage.py runner. If they run, look whether the broker "
                "answers, and into their log."
            ),
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


class NearlyAll(Func):
    """A condition that says little: SQLite would take any index that has it for a good one."""

    template = "%(expressions)s"
    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="likely(%(expressions)s)", **context)


def standing_publishes() -> DeliveryQuerySet:
    """In the words of the constraint, so that its index is read, which is in order of the pairs."""
    published = NearlyAll(Exact(F("kind"), WrittenOut(Kind.PUBLISH)))
    rows = Delivery.objects.filter(published, withdrawn_at__isnull=True)
    return rows.exclude(state=WrittenOut(State.CANCELLED)).order_by()


def published_often(rows: DeliveryQuerySet) -> QuerySet[Any, Any]:
    pairs = rows.values_list("post", "channel").annotate(number=Count("*"))
    return pairs.filter(number__gt=1)


def published_twice(now: datetime) -> Iterator[Finding]:
    """Two publishes of one post on one channel: what the database's constraint keeps from being."""
    rows = standing_publishes()
    for post, channel, number in published_often(rows).iterator(chunk_size=BATCH):
        row = rows.filter(post=post, channel=channel).latest("pk")
        waits = row.state in (*DUE_STATES, State.BLOCKED)
        would = _("Cancel the younger one.") if waits else _("Withdraw one of them by hand.")
        cancel = cancelling(row, _("The same is planned or there already."))
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
            setting(row, reason=words),
        )


def cancelling(row: Delivery, reason: str) -> Callable[[], bool]:
    def cancel() -> bool:
        if not unchanged(row).exists():
            return False
        cancel_delivery(delivery=row, actor=None, reason=reason)
        return True

    return cancel
