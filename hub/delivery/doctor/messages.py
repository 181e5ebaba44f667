"""Jobs beside the deliveries: cards, what feeds tell their hub, and messages about alerts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.alerts.models import Alert, Notice
from hub.delivery.doctor.findings import Finding, changing, in_batches, time_words
from spokes.site.models import CardImage, FeedPing

A_LITTLE = timedelta(minutes=1)
# the rounds have had very many turns by then
LATE = timedelta(hours=1)
# one that was given up is told of for so long
LATELY = timedelta(days=1)
# between two tries of a message there is never so much
LONGEST_PAUSE = timedelta(hours=1)
# the form offers a month
LONGEST_SILENCE = timedelta(days=32)


def cards_failed(now: datetime) -> Iterator[Finding]:
    failed = CardImage.objects.filter(state=CardImage.State.FAILED)
    for card in in_batches(failed, CardImage.objects.select_related("publication")):
        would = _("Draw it again.")
        anew = {"state": CardImage.State.PENDING, "tries": 0, "next_try_at": now, "error": ""}

        yield Finding(
            "card.failed",
            card,
            _("The card of “%(title)s” could not be drawn: %(error)s")
            % {"title": card.publication.title, "error": card.error},
            would,
            changing(card, "state", **anew),
        )


def jobs_late(now: datetime) -> Iterator[Finding]:
    """Jobs that nobody does: one finding a kind, about the oldest."""
    cards = CardImage.objects.filter(state=CardImage.State.PENDING)
    look = _("Start workers; if they run, see their log for the round “%(name)s”.")
    yield from _late("card.waiting", cards, look % {"name": "cards"}, now)
    if settings.WEBSUB_HUB:
        yield from _late("ping.late", FeedPing.objects.all(), look % {"name": "websub"}, now)
    yield from _late("notice.late", Notice.objects.unsent(), look % {"name": "alerts"}, now)


def _late(code: str, jobs: QuerySet[Any], would: str, now: datetime) -> Iterator[Finding]:
    late = jobs.filter(next_try_at__lt=now - LATE)
    oldest = late.order_by("next_try_at", "pk").first()
    if oldest is None:
        return
    number = late.count()
    words = ngettext(
        "%(number)s job of this kind waits since %(since)s.",
        "%(number)s jobs of this kind wait, the oldest since %(since)s.",
        number,
    )
    since = time_words(oldest.next_try_at)
    yield Finding(code, oldest, words % {"number": number, "since": since}, would)


def pings_ahead(now: datetime) -> Iterator[Finding]:
    """Feeds that changed in the future: no change before then is noticed."""
    for ping in in_batches(FeedPing.objects.filter(changed_at__gt=now + A_LITTLE)):
        would = _("Look for changes from now on.")

        yield Finding(
            "ping.future",
            ping,
            _("%(page)s is said to have changed at %(when)s; until then no feed is told of.")
            % {"page": ping.page, "when": time_words(ping.changed_at)},
            would,
            changing(ping, "changed_at", changed_at=now),
        )


def notices_stuck(now: datetime) -> Iterator[Finding]:
    """Messages about alerts that are tried only in a far future, or were given up."""
    far = Notice.objects.unsent().filter(next_try_at__gt=now + LONGEST_PAUSE)
    for notice in in_batches(far):
        would = _("Send it now.")

        yield Finding(
            "notice.far",
            notice,
            _("“%(subject)s” is sent only at %(when)s.")
            % {"subject": notice.subject, "when": time_words(notice.next_try_at)},
            would,
            changing(notice, "sent_at", "given_up_at", "next_try_at", next_try_at=now),
        )
    for notice in in_batches(Notice.objects.given_up().filter(given_up_at__gt=now - LATELY)):
        yield Finding(
            "notice.given_up",
            notice,
            _("Nobody was told of “%(subject)s”: %(error)s")
            % {"subject": notice.subject, "error": notice.error},
            _("Mend EMAIL_URL or ALERT_WEBHOOK_URL, then send a test from Machine → Alerts."),
        )


def alerts_silenced(now: datetime) -> Iterator[Finding]:
    """Silenced for longer than anybody can choose: people would never hear of it."""
    silent = Alert.objects.going_on().filter(silenced_until__gt=now + LONGEST_SILENCE)
    for alert in in_batches(silent):
        would = _("Let people be told of it again.")

        yield Finding(
            "alert.silenced",
            alert,
            _("Nobody is told of it until %(when)s: %(words)s")
            % {"when": time_words(alert.silenced_until), "words": alert.words},
            would,
            changing(alert, "silenced_until", silenced_until=None, silenced_by=None),
        )
