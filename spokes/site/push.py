"""Tells the WebSub hub which feeds changed, so that it tells their readers at once.

A row for each page that has feeds: due when something on it changed, done when the hub knows. All
that changes within ``GATHER`` is told in one call, and a hub that fails is left alone for a while.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Max, Q, QuerySet

from spokes.channels import http
from spokes.channels.exceptions import HttpError
from spokes.site.feed_forms import FORMS
from spokes.site.feeds import TOPICS
from spokes.site.models import Facet, FeedPing, Publication
from spokes.site.places import absolute, load_places

logger = logging.getLogger(__name__)

# what changes together is told together; also what was written earlier and committed later
GATHER = timedelta(seconds=2)
OVERLAP = timedelta(minutes=1)
# what is told of when the first hub is named
AT_FIRST = timedelta(hours=1)
CALL_SECONDS = 5.0
# of one round, so that a slow hub holds a worker no longer
ROUND_SECONDS = 10.0
CLAIM = timedelta(minutes=1)
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 300, 900, 3600, 3600, 3600))


def notice_changes(*, now: datetime) -> int:
    """Mark the feeds on which something changed since the last look; returns how many are due."""
    if not settings.WEBSUB_HUB:
        return 0
    # what is to come was noted by a wrong clock: it says nothing of what has been told
    past = FeedPing.objects.filter(changed_at__lte=now)
    _recall(now)
    last = past.aggregate(last=Max("changed_at"))["last"]
    changes = _changes(last - OVERLAP if last else now - AT_FIRST, now)
    told = dict(past.filter(page__in=changes).values_list("page", "changed_at"))
    news = {page: at for page, at in changes.items() if page not in told or at > told[page]}
    FeedPing.objects.bulk_create(
        [
            FeedPing(page=page, changed_at=at, next_try_at=now + GATHER, tries=0, error="")
            for page, at in news.items()
        ],
        update_conflicts=True,
        unique_fields=["page"],
        update_fields=["changed_at", "next_try_at", "tries", "error"],
    )
    return FeedPing.objects.filter(next_try_at__lte=now).count()


def _recall(now: datetime) -> None:
    """Make due what a wrong clock put off: longer than any pause, or for a change to come."""
    waiting = FeedPing.objects.filter(next_try_at__gt=now + CLAIM)
    wrong = Q(changed_at__gt=now + CLAIM) | Q(next_try_at__gt=now + max(BACK_OFF) + CLAIM)
    waiting.filter(wrong).update(changed_at=now, next_try_at=now)


def ping_hub(*, now: datetime) -> int:
    """Tell the hub of the feeds that are due, one page a call; returns of how many it knows now."""
    leave_at = time.monotonic() + ROUND_SECONDS
    known = 0
    for ping in FeedPing.objects.filter(next_try_at__lte=now).order_by("next_try_at", "pk")[:100]:
        if time.monotonic() >= leave_at:
            break
        if not _claim(ping, now):
            continue
        if fault := _tell(ping.page):
            _put_off(ping, fault, now)
            break
        _ours(ping).update(next_try_at=None, tries=0, error="")
        known += 1
    return known


def _changes(since: datetime, now: datetime) -> dict[str, datetime]:
    """Give the pages on which something appeared, changed or went, with the last time of it."""
    changed = Publication.objects.filter(
        Q(changed_at__gt=since, changed_at__lte=now)
        | Q(withdrawn_at__gt=since)
        | Q(withdrawn_at=None, expires_at__gt=since, expires_at__lte=now)
    )
    rows = changed.order_by().values_list(
        "pk", "spoke_id", "changed_at", "withdrawn_at", "expires_at"
    )
    times = {
        pk: (spoke_id, max(at for at in moments if at and at <= now))
        for pk, spoke_id, *moments in rows
    }
    pages: dict[str, datetime] = {}
    for page, at in _pages_of(times) if times else ():
        pages[page] = max(at, pages.get(page, at))
    return pages


def _pages_of(times: Mapping[int, tuple[int | None, datetime]]) -> Iterator[tuple[str, datetime]]:
    places = load_places()
    for spoke_id, at in times.values():
        yield places.of(spoke_id).url, at
    listed = Facet.objects.filter(publication__in=times).order_by()
    for pk, kind, slug in listed.values_list("publication_id", "kind", "slug"):
        yield f"/{TOPICS[Facet.Kind(kind)][1]}/{slug}/", times[pk][1]


def _claim(ping: FeedPing, now: datetime) -> bool:
    """Take it for a minute; False when another worker did."""
    mine = FeedPing.objects.filter(pk=ping.pk, next_try_at=ping.next_try_at)
    ping.next_try_at = now + CLAIM
    return mine.update(next_try_at=ping.next_try_at) == 1


def _ours(ping: FeedPing) -> QuerySet[FeedPing]:
    """Find the row, unless its page changed again or somebody else took it."""
    return FeedPing.objects.filter(pk=ping.pk, next_try_at=ping.next_try_at)


def _tell(page: str) -> str:
    """Send the addresses of a page's feeds to the hub; returns what went wrong, or nothing."""
    urls = [("hub.url", absolute(f"{page}feed.{form}")) for form in FORMS]
    try:
        answer = http.request(
            "POST",
            settings.WEBSUB_HUB,
            content=urlencode([("hub.mode", "publish"), *urls]).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            seconds=CALL_SECONDS,
        )
    except HttpError as error:
        return str(error)
    return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"


def _put_off(ping: FeedPing, fault: str, now: datetime) -> None:
    """Try it again later, and all that is due with it: they go to the same hub."""
    tries = ping.tries + 1
    wait = BACK_OFF[min(tries, len(BACK_OFF)) - 1]
    given_up = tries > len(BACK_OFF)
    logger.warning("the WebSub hub did not take %s: %s", ping.page, fault)
    next_try_at = None if given_up else now + wait
    _ours(ping).update(next_try_at=next_try_at, tries=tries, error=fault[:300])
    FeedPing.objects.filter(next_try_at__lte=now).update(next_try_at=now + wait)
