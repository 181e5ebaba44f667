"""What is happening now: the console's first page, which keeps itself up to date."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from hub.console.delivery_steps import DELIVERY_STEPS
from hub.console.forms import ReasonForm
from hub.console.people import HOLD, RELEASE, acting, require
from hub.console.steps import Button, buttons_for
from hub.delivery import health
from hub.delivery.actions import hold, release_hold
from hub.delivery.models import Delivery, Hold
from hub.delivery.states import INBOX_STATES, State

SHOWN_PLANNED = 10
SHOWN_GONE_OUT = 10
SHOWN_TROUBLE = 30
# beside the inbox: nobody has to act yet, but somebody may want to know
WORRYING = (*INBOX_STATES, State.UNKNOWN, State.BLOCKED)


@dataclasses.dataclass(frozen=True)
class Trouble:
    delivery: Delivery
    buttons: list[Button]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the admin's index, as Unfold asks for it."""
    return {**context, "title": "What is happening now", **_happening(request)}


@require_GET
def now_view(request: HttpRequest) -> HttpResponse:
    """Give the live part of the page alone."""
    return TemplateResponse(request, "console/now.html", _happening(request))


@require_POST
def pause_view(request: HttpRequest) -> HttpResponse:
    """Stop everything at once."""
    actor = require(request, HOLD)
    form = ReasonForm(request.POST)
    if form.is_valid():
        hold(scope=Hold.Scope.ALL, actor=actor, reason=form.cleaned_data["reason"])
        messages.warning(request, "Everything is paused. Nothing goes out until you resume.")
    else:
        messages.error(request, "Nothing is paused yet: say in a few words why, then try again.")
    return HttpResponseRedirect(reverse("admin:index"))


@require_POST
def resume_view(request: HttpRequest) -> HttpResponse:
    actor = require(request, RELEASE)
    for held in Hold.objects.filter(scope=Hold.Scope.ALL):
        release_hold(hold=held, actor=actor)
    messages.success(request, "Publishing goes on.")
    return HttpResponseRedirect(reverse("admin:index"))


def _happening(request: HttpRequest) -> dict[str, Any]:
    if not acting(request).has_perm("delivery.view_delivery"):
        return {"may_see": False}
    snapshot = health.snapshot()
    rows = Delivery.objects.select_related("post", "channel")
    planned = rows.planned().order_by("next_try_at", "id")[:SHOWN_PLANNED]
    gone_out = rows.filter(state=State.LIVE).order_by("-due_at", "-id")[:SHOWN_GONE_OUT]
    trouble = rows.filter(state__in=WORRYING).order_by("-due_at", "-id")[:SHOWN_TROUBLE]
    return {
        "may_see": True,
        "snapshot": snapshot,
        "paused": next((held for held in snapshot.holds if held.scope == Hold.Scope.ALL), None),
        "counts": _counts(snapshot),
        "planned": planned,
        "gone_out": gone_out,
        "trouble": [
            Trouble(delivery, buttons_for(DELIVERY_STEPS, request, delivery))
            for delivery in trouble
        ],
        "next": reverse("admin:index"),
    }


@dataclasses.dataclass(frozen=True)
class Count:
    label: str
    number: int
    query: str
    bad: bool = False


def _counts(snapshot: health.Snapshot) -> list[Count]:
    """Count what passes and what is stuck; what is live is counted by nobody, it only grows."""
    by_state = [
        Count(State(state).label, number, f"?state__exact={state}", state in INBOX_STATES)
        for state, number in snapshot.counts.items()
        if number or state in INBOX_STATES
    ]
    return [Count("Due now", snapshot.due, "?when=due"), *by_state]
