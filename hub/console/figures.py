"""What people would rather look at than read: deliveries by day, and what lies unscheduled."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Case, Count, Exists, IntegerField, Min, OuterRef, QuerySet, Value, When
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from content.editorial.models import Post
from hub.delivery.models import Delivery
from hub.delivery.states import OPEN_STATES, State
from hub.people.scope import visible
from spokes.channels.models import Spoke

DAYS_BACK = 14
DAYS_AHEAD = 14
# older than this is no backlog any more; archive it or let it be
BACKLOG_DAYS = 60
HUB_COLOUR = "#6b7280"


@dataclasses.dataclass(frozen=True)
class Line:
    """One spoke, or the hub: how many deliveries on each day."""

    name: str
    colour: str
    numbers: list[int]

    @property
    def total(self) -> int:
        return sum(self.numbers)


@dataclasses.dataclass(frozen=True)
class ByDay:
    days: list[date]
    lines: list[Line]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def rows(self) -> list[tuple[date, list[int], int]]:
        """List day, number for each line, and their sum: the table beside the chart."""
        columns = zip(*(line.numbers for line in self.lines), strict=True) if self.lines else ()
        return [
            (day, list(numbers), sum(numbers))
            for day, numbers in zip(self.days, columns, strict=False)
        ]

    @property
    def chart(self) -> str:
        datasets = [
            {
                "label": line.name,
                "data": line.numbers,
                "backgroundColor": line.colour,
                "stack": "all",
                "maxBarThickness": 22,
            }
            for line in self.lines
        ]
        labels = [date_format(day, "j M") for day in self.days]
        return json.dumps({"labels": labels, "datasets": datasets})


@dataclasses.dataclass(frozen=True)
class Backlog:
    """Approved and not scheduled, of one spoke's genres."""

    name: str
    colour: str
    spoke_id: int
    number: int
    oldest_at: datetime
    days: int


def deliveries_by_day(user: User, now: datetime) -> ByDay:
    """Count what went out and what is planned, a day of UTC and a spoke at a time."""
    first = now.astimezone(UTC).date() - timedelta(days=DAYS_BACK - 1)
    days = [first + timedelta(days=number) for number in range(DAYS_BACK + DAYS_AHEAD)]
    numbers: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(days))
    for *spoke, day, count in _counted(user, days):
        numbers[tuple(spoke)][day] = count
    known = sorted(numbers, key=lambda spoke: (spoke[0] is not None, spoke[0] or 0, spoke[1] or ""))
    return ByDay(
        days,
        [
            Line(name or _("Hub"), colour or HUB_COLOUR, numbers[at, name, colour])
            for at, name, colour in known
        ],
    )


def _counted(user: User, days: list[date]) -> QuerySet[Any]:
    """Let the database compare times: on SQLite, finding a date calls back into Python per row."""
    begins = [datetime.combine(day, time(), tzinfo=UTC) for day in days]
    end = begins[-1] + timedelta(days=1)
    counted = (State.LIVE, *OPEN_STATES)
    rows = visible(user, Delivery.objects.filter(state__in=counted))
    window = rows.filter(due_at__gte=begins[0], due_at__lt=end).order_by()
    whens = [When(due_at__lt=begin, then=Value(number)) for number, begin in enumerate(begins[1:])]
    day = Case(*whens, default=Value(len(days) - 1), output_field=IntegerField())
    spoke = ("channel__spoke__position", "channel__spoke__name", "channel__spoke__colour")
    counts: QuerySet[Any] = (
        window.annotate(day=day).values_list(*spoke, "day").annotate(number=Count("pk"))
    )
    return counts


def backlog(user: User, now: datetime) -> list[Backlog]:
    """List by spoke what was approved of late and is planned or published nowhere."""
    anywhere = Delivery.objects.filter(post=OuterRef("pk")).order_by()
    fresh = Post.objects.approved().filter(updated_at__gte=now - timedelta(days=BACKLOG_DAYS))
    waiting = visible(user, fresh.not_expired(now)).filter(~Exists(anywhere))
    spoke = "post_genres__genre__above__ancestor__spoke"
    found = (
        waiting.filter(**{f"{spoke}__in": visible(user, Spoke.objects.order_by())})
        .order_by()
        .values_list(f"{spoke}__name", f"{spoke}__colour", spoke)
        .annotate(number=Count("pk", distinct=True), oldest=Min("approved_at"))
    )
    lines = [
        Backlog(name, colour, pk, number, oldest, (now - oldest).days)
        for name, colour, pk, number, oldest in found
    ]
    return sorted(lines, key=lambda line: line.oldest_at)


def backlog_chart(lines: list[Backlog]) -> str:
    dataset = {
        "label": _("Days that the oldest has waited"),
        "data": [line.days for line in lines],
        "backgroundColor": [line.colour for line in lines],
        "maxBarThickness": 22,
    }
    return json.dumps({"labels": [line.name for line in lines], "datasets": [dataset]})
