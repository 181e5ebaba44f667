"""The next fourteen days, a column a day, a row a channel."""

from __future__ import annotations

import dataclasses
import zoneinfo
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from hub.console.people import require
from hub.delivery.models import Delivery
from spokes.channels.models import Channel

DAYS = 14
# more than this in two weeks is no page for people; the list of deliveries has filters
MOST = 1_000


@dataclasses.dataclass(frozen=True)
class Entry:
    delivery: Delivery
    # wall time in the channel's zone
    at: datetime


@dataclasses.dataclass(frozen=True)
class Row:
    channel: Channel
    days: list[list[Entry]]


def upcoming_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    require(request, "delivery.view_delivery")
    now = timezone.now().astimezone(UTC)
    planned = _planned(now.date())
    days = days_shown(planned, now)
    rows = _rows(planned, days)
    busy = {row.channel.pk for row in rows}
    context = {
        **site.each_context(request),
        "title": "Next 14 days",
        "days": days,
        "rows": rows,
        "empty": [channel for channel in Channel.objects.all() if channel.pk not in busy],
        "is_fullwidth": "1",
        "too_many": len(planned) == MOST,
    }
    return TemplateResponse(request, "console/upcoming.html", context)


def _planned(today: date) -> list[Delivery]:
    """Read what is planned, a day wider on both sides than UTC: zones see other dates."""
    start = datetime.combine(today - timedelta(days=1), time(), tzinfo=UTC)
    rows = Delivery.objects.still_open().select_related("post", "channel__spoke")
    window = rows.filter(due_at__gte=start, due_at__lt=start + timedelta(days=DAYS + 2))
    return list(window.order_by("due_at", "id")[:MOST])


def days_shown(planned: list[Delivery], now: datetime) -> list[date]:
    """List the days by UTC; before them the one that has not ended further west, where needed."""
    today = now.date()
    still_to_come = [_at(delivery).date() for delivery in planned if delivery.due_at >= now]
    first = min([today, *still_to_come])
    return [first + timedelta(days=number) for number in range((today - first).days + DAYS)]


def _at(delivery: Delivery) -> datetime:
    return delivery.due_at.astimezone(zoneinfo.ZoneInfo(delivery.channel.zone))


def _rows(planned: list[Delivery], days: list[date]) -> list[Row]:
    """Fill the grid: the hub's channels first, then those of the spokes in their order."""
    taken = {delivery.channel_id for delivery in planned}
    cells: dict[tuple[int, date], list[Entry]] = defaultdict(list)
    for delivery in planned:
        at = _at(delivery)
        cells[delivery.channel_id, at.date()].append(Entry(delivery, at))
    return [
        Row(channel, [cells[channel.pk, day] for day in days])
        for channel in Channel.objects.filter(pk__in=taken)
        if any(cells[channel.pk, day] for day in days)
    ]
