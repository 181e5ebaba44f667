"""Deliveries that do not agree with their posts, or with what they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from content.editorial.models import PostState
from hub.delivery.actions import withdraw_live
from hub.delivery.doctor.deliveries import LONG_PAST, cancelling, setting, unchanged
from hub.delivery.doctor.findings import Finding, in_batches, time_words
from hub.delivery.models import PLANNED_BY_HAND, Delivery, Kind, RouteReason
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.settle import lock_posts
from hub.delivery.states import DUE_STATES, State

# the round that looks at all that ever expired comes every hour
EXPIRED_LONG = timedelta(hours=2)


def _to_come() -> DeliveryQuerySet:
    """What has still to be sent, as far as a post's own state matters to it."""
    waiting = Delivery.objects.filter(state__in=(*DUE_STATES, State.BLOCKED))
    return waiting.exclude(kind=Kind.WITHDRAW)


def of_posts_not_approved(now: datetime) -> Iterator[Finding]:
    found = _to_come().exclude(post__state=PostState.APPROVED)
    for row in in_batches(found, Delivery.objects.select_related("post")):
        would = _("Cancel it; approve the post and schedule it anew.")
        yield Finding(
            "post.not_approved",
            row,
            _("Its post is: %(state)s. It would be refused when its time comes.")
            % {"state": row.post.get_state_display().lower()},
            would,
            cancelling(row, _("The post is not approved.")),
        )


def of_other_revisions(now: datetime) -> Iterator[Finding]:
    approved = _to_come().filter(post__state=PostState.APPROVED)
    for row in in_batches(approved.exclude(post_revision=F("post__revision"))):
        yield Finding(
            "post.changed",
            row,
            _("Its post was changed since it was scheduled: when its time comes, it is refused."),
            _("Look at the post; cancel this and schedule it again."),
        )


def of_posts_that_end_first(now: datetime) -> Iterator[Finding]:
    ends = _to_come().filter(due_at__gt=now, post__expires_at__lte=F("due_at"))
    for row in in_batches(ends, Delivery.objects.select_related("post")):
        yield Finding(
            "post.expires_first",
            row,
            _("It goes out at %(due)s, but its post expires at %(end)s: it would be missed.")
            % {"due": time_words(row.due_at), "end": time_words(row.post.expires_at)},
            _("Give it an earlier time, or the post a later expiry, or cancel it."),
        )


def without_a_route(now: datetime) -> Iterator[Finding]:
    """Went, or goes, where routing said, and what it said is not kept; or nobody said anything."""
    publishes = Delivery.objects.filter(kind=Kind.PUBLISH)
    said = RouteReason.objects.filter(pk=OuterRef("route_id"))
    silent = Q(route_code="") | Q(route_reason="")
    lost = ~Q(route_code=PLANNED_BY_HAND) & ~Exists(said)
    for row in in_batches(publishes.filter(silent | lost), Delivery.objects.defer("payload")):
        words = row.route_reason
        yield Finding(
            "route.no_reason",
            row,
            _("Nothing says why the channel gets it."),
            _("Keep the words that it has as its reason.")
            if words
            else _("Look at the post's routing; cancel this and schedule it again, or pin it."),
            _keeping(row) if words else None,
        )


def _keeping(row: Delivery) -> Callable[[], int]:
    def keep() -> int:
        code = row.route_code or PLANNED_BY_HAND
        answer = {"goes": True, "code": code, "reason": row.route_reason}
        kept = RouteReason.objects.create(answer=answer)
        same = Delivery.objects.filter(pk=row.pk, route=row.route_id, route_code=row.route_code)
        return same.update(route=kept, route_code=code)

    return keep


def too_early(now: datetime) -> Iterator[Finding]:
    """Planned for later, but in the queue for earlier: it would go out before its time."""
    never_sent = Delivery.objects.planned().filter(first_sent_at__isnull=True)
    early = never_sent.filter(due_at__gt=now + LONG_PAST, next_try_at__lt=F("due_at"))
    for row in in_batches(early):
        would = _("Let it wait for its time.")
        yield Finding(
            "due.early",
            row,
            _("It is meant for %(due)s, but would be sent at %(next)s.")
            % {"due": time_words(row.due_at), "next": time_words(row.next_try_at)},
            would,
            setting(row, next_try_at=row.due_at),
        )


def expired_and_live(now: datetime) -> Iterator[Finding]:
    """The post has ended, and fans still see it: no withdrawal was ever planned for that."""
    # one that was called off before the expiry does not count; one called off since does
    called_off = Q(state=State.CANCELLED, created_at__lt=OuterRef("post__expires_at"))
    withdrawn = Delivery.objects.filter(kind=Kind.WITHDRAW, target=OuterRef("pk"))
    live = Delivery.objects.live().filter(post__expires_at__lt=now - EXPIRED_LONG)
    found = live.exclude(Exists(withdrawn.exclude(called_off).order_by()))
    for row in in_batches(found, Delivery.objects.select_related("post", "channel")):
        would = _("Take it down, as the workers would have.")

        def take_down(row: Delivery = row) -> bool:
            if not unchanged(row).filter(withdrawn_at__isnull=True).exists():
                return False
            withdraw_live(delivery=row, actor=None, reason=_("The post expired."), now=now)
            return True

        yield Finding(
            "expired.live",
            row,
            _("Its post expired at %(end)s, and it is still there.")
            % {"end": time_words(row.post.expires_at)},
            would,
            take_down,
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
            cancelling(row, _("There is nothing to change.")),
        )


def changes_of_others(now: datetime) -> Iterator[Finding]:
    """An edit or withdrawal that would change another post, or on another channel."""
    waiting = Delivery.objects.filter(state__in=(*DUE_STATES, State.BLOCKED), target__isnull=False)
    same = Q(target__post=F("post"), target__channel=F("channel"), target__kind=Kind.PUBLISH)
    for row in in_batches(waiting.exclude(same)):
        would = _("Cancel it.")
        yield Finding(
            "change.other_target",
            row,
            _("It would change what another post, or another channel, has there."),
            would,
            cancelling(row, _("It belongs to another post or channel.")),
        )


def withdrawn_not_marked(now: datetime) -> Iterator[Finding]:
    """It was taken down, but what was taken down still counts as live."""
    done = Delivery.objects.filter(kind=Kind.WITHDRAW, state=State.LIVE)
    live = Q(target__withdrawn_at__isnull=True, target__state=State.LIVE)
    found = done.filter(live, target__kind=Kind.PUBLISH)
    for row in in_batches(found, Delivery.objects.select_related("target")):
        would = _("Mark what it took down as taken down.")

        def mark(row: Delivery = row) -> int:
            lock_posts([row.post_id])
            live = Delivery.objects.live().filter(changes=row)
            return live.update(withdrawn_at=row.settled_at or now)

        yield Finding(
            "withdrawn.not_marked",
            row,
            _("The network took it down at %(when)s, but delivery %(target)s still counts as live.")
            % {"when": time_words(row.settled_at), "target": row.target_id},
            would,
            mark,
        )
