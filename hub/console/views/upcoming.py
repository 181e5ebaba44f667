"""The calendar: what went out and what is planned, by week or month, for a spoke or a channel."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from hub.console.calendar import (
    HUB,
    SHAPES,
    Choice,
    channels_of,
    days_of,
    monday_of,
    narrow,
    zone_of,
)
from hub.console.people import require
from spokes.channels.models import Channel


def upcoming_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    user = require(request, "delivery.view_delivery")
    now = timezone.now()
    channels = channels_of(user)
    choice = _choice(request.GET, channels, now.date())
    days = days_of(choice, now)
    step = timedelta(days=len(days))
    context = {
        **site.each_context(request),
        "title": _("Calendar"),
        "is_fullwidth": "1",
        "choice": choice,
        "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
        "empty": all(day.is_empty for day in days),
        "shapes": [(shape, _address(choice, view=shape.name)) for shape in SHAPES.values()],
        "earlier": _address(choice, first=choice.first - step),
        "later": _address(choice, first=choice.first + step),
        "this": _address(choice, first=None),
        "here": request.get_full_path(),
        "last": days[-1].date,
        **_pickers(user, channels),
    }
    return TemplateResponse(request, "console/upcoming.html", context)


def _choice(asked: QueryDict, channels: list[Channel], today: date) -> Choice:
    """Read the question; what makes no sense is as if it was not asked."""
    shape = SHAPES.get(asked.get("view", ""), SHAPES["week"])
    key = asked.get("channel", "")
    channel = int(key) if key.isdecimal() and len(key) < 19 else None
    spoke = asked.get("spoke", "")
    if not (spoke == HUB or (spoke.isdecimal() and len(spoke) < 19)):
        spoke = ""
    picked = narrow(channels, spoke, channel)
    try:
        first = date.fromisoformat(asked.get("from", ""))
    except ValueError:
        first = today
    # room for two days around it, in every zone
    first = min(max(first, date(1970, 1, 8)), date(9990, 1, 1))
    # a week begins with the day that was asked for, which is today unless somebody turns the page
    begin = monday_of(first) if shape.weeks > 1 else first
    return Choice(shape, begin, spoke, channel, zone_of(picked), picked)


def _address(choice: Choice, *, view: str = "", first: date | None = date.max) -> str:
    """Ask the same for other days or in another shape; ``first=None`` is this week."""
    asked = QueryDict(mutable=True)
    asked["view"] = view or choice.shape.name
    if choice.spoke:
        asked["spoke"] = choice.spoke
    if choice.channel:
        asked["channel"] = str(choice.channel)
    if first is not None:
        asked["from"] = (choice.first if first == date.max else first).isoformat()
    return f"?{asked.urlencode()}"


def _pickers(user: User, channels: list[Channel]) -> dict[str, Any]:
    spokes = {channel.spoke_id: channel.spoke for channel in channels if channel.spoke}
    return {
        "spokes": list(spokes.values()),
        "has_hub": any(channel.spoke is None for channel in channels),
        "channels": channels,
        "may_move": user.has_perm("delivery.change_delivery"),
    }
