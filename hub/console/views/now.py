"""Today: the console's first page, which keeps itself up to date."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hub.console.delivery_steps import DELIVERY_STEPS
from hub.console.delivery_waits import Waits
from hub.console.figures import backlog, backlog_chart, deliveries_by_day
from hub.console.forms import ReasonForm
from hub.console.late_steps import LATE_STEPS
from hub.console.people import HOLD, RELEASE, acting, require
from hub.console.steps import Button, buttons_for
from hub.console.today import (
    NO_HOLDS,
    add_thumbnails,
    deliveries_of_today,
    desk_of,
    kept_back,
    machine,
    overdue_since,
)
from hub.console.waiting import waiting
from hub.delivery.actions import hold, release_hold
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery, Hold
from hub.delivery.surroundings import broker_trouble
from hub.delivery.waves import Wave, waves
from hub.people.scope import sees_whole_house, visible
from spokes.channels.models import Channel

SEE = "delivery.view_delivery"
# as Chart.js wants them: bars upon each other, whole numbers
STACKED = json.dumps(
    {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "borderRadius": 2,
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {
                "stacked": True,
                "grid": {"display": False},
                "ticks": {"color": "#8b93a1", "maxRotation": 0, "autoSkipPadding": 12},
            },
            "y": {
                "stacked": True,
                "beginAtZero": True,
                "border": {"display": False},
                "ticks": {"color": "#8b93a1", "precision": 0, "maxTicksLimit": 5},
            },
        },
    }
)
LYING = json.dumps(
    {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "indexAxis": "y",
        "borderRadius": 2,
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {
                "beginAtZero": True,
                "border": {"display": False},
                "ticks": {"color": "#8b93a1", "precision": 0, "maxTicksLimit": 6},
            },
            "y": {"grid": {"display": False}, "ticks": {"color": "#8b93a1"}},
        },
    }
)


@dataclasses.dataclass(frozen=True)
class Trouble:
    delivery: Delivery
    buttons: list[Button]


@dataclasses.dataclass(frozen=True)
class Late:
    wave: Wave
    buttons: list[Button]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the admin's index, as Unfold asks for it."""
    return {**context, "title": _("Today"), **_happening(request)}


@require_GET
def now_view(request: HttpRequest) -> HttpResponse:
    """Give the live part of the page alone."""
    return TemplateResponse(request, "console/now.html", _happening(request))


@require_POST
def pause_view(request: HttpRequest) -> HttpResponse:
    """Stop everything at once."""
    actor = _of_the_whole_house(require(request, HOLD))
    form = ReasonForm(request.POST)
    if form.is_valid():
        hold(scope=Hold.Scope.ALL, actor=actor, reason=form.cleaned_data["reason"])
        messages.warning(request, _("Everything is paused. Nothing goes out until you resume."))
    else:
        told = _("Nothing is paused yet: say in a few words why, then try again.")
        messages.error(request, told)
    return HttpResponseRedirect(reverse("admin:index"))


@require_POST
def resume_view(request: HttpRequest) -> HttpResponse:
    actor = _of_the_whole_house(require(request, RELEASE))
    for held in Hold.objects.filter(scope=Hold.Scope.ALL):
        release_hold(hold=held, actor=actor)
    messages.success(request, _("Publishing goes on."))
    return HttpResponseRedirect(reverse("admin:index"))


def figures_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the charts: on a page, or (asked by the first page's script) alone."""
    user = require(request, SEE)
    now = timezone.now()
    lines = backlog(user, now)
    context = {
        "by_day": deliveries_by_day(user, now),
        "backlog": lines,
        "backlog_chart": backlog_chart(lines),
        "stacked": STACKED,
        "lying": LYING,
    }
    if request.headers.get("X-Requested-With") == "fetch":
        return TemplateResponse(request, "console/figures_part.html", context)
    page = {**site.each_context(request), "title": _("Figures"), **context}
    return TemplateResponse(request, "console/figures.html", page)


def machine_view(request: HttpRequest) -> HttpResponse:
    """Lead to the page that has taken its place."""
    return HttpResponsePermanentRedirect(reverse("machine:health"))


def _of_the_whole_house(user: User) -> User:
    """Stopping everything stops it for all: who belongs to some spokes holds those."""
    if not sees_whole_house(user):
        raise PermissionDenied
    return user


def _happening(request: HttpRequest) -> dict[str, Any]:
    user = acting(request)
    if not user.has_perm(SEE):
        return {"may_see": False}
    now = timezone.now()
    counts = waiting(request)
    house = machine(user, now, unconnected=counts.unconnected_channels)
    holds = Holds.load() if house.holds else NO_HOLDS
    today = deliveries_of_today(user, now, holds)
    desk = desk_of(user)
    late = waves(visible(user, Channel.objects.all()), now=now)
    shown = [row.post for row in (*today.planned, *today.gone_out)]
    add_thumbnails([*shown, *desk.reviews, *desk.drafts])
    closed = counts.paused_channels or counts.unconnected_channels or house.holds
    return {
        "may_see": True,
        "machine": house,
        "broker_trouble": broker_trouble(),
        # one for all lists of the page
        "console_waits": Waits(now, posts=[row.post_id for row in today.every]),
        "kept": kept_back(user, now, holds) if closed else None,
        "waves": [
            Late(wave, buttons_for(LATE_STEPS, request, wave.channel)) for wave in late.first
        ],
        "more_waves": late,
        "licences": today.licences,
        "overdue_since": overdue_since(user, now, holds),
        "waiting": counts,
        "planned": today.planned,
        "gone_out": today.gone_out,
        "trouble": [
            Trouble(delivery, buttons_for(DELIVERY_STEPS, request, delivery))
            for delivery in today.trouble
        ],
        "reviews": desk.reviews,
        "drafts": desk.drafts,
        "whole_house": sees_whole_house(user),
        "next": reverse("admin:index"),
    }
