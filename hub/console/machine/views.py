"""The machine: how it is, and what people are told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hub.alerts.actions import send_test_alert, silence_alert, wake_alert
from hub.alerts.exceptions import NobodyToTell
from hub.alerts.models import Alert, Notice
from hub.console.machine.forms import SilenceForm
from hub.console.machine.report import report
from hub.console.moments import moment
from hub.console.people import RUN_CHANNELS, require
from hub.people.scope import sees_whole_house, visible

SEE = "delivery.view_delivery"
SHOWN_PAST = 50
SHOWN_NOTICES = 10


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    user = require(request, SEE)
    context = {"title": _("Health"), **report(request, user), "next": reverse("machine:health")}
    page = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, "console/machine/health.html", page)


@require_GET
def health_now(request: HttpRequest) -> HttpResponse:
    """Give the live part of the page alone."""
    context = {**report(request, require(request, SEE)), "next": reverse("machine:health")}
    return TemplateResponse(request, "console/machine/health_now.html", context)


@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """List what is wrong and what was, and what became of the messages about it."""
    user = require(request, SEE)
    seen = visible(user, Alert.objects.all())
    whole = sees_whole_house(user)
    context: dict[str, Any] = {
        "title": _("Alerts"),
        "now": timezone.now(),
        "going_on": list(seen.going_on().select_related("silenced_by")[:SHOWN_PAST]),
        "past": list(seen.over().order_by("-over_at")[:SHOWN_PAST]),
        "notices": list(Notice.objects.all()[:SHOWN_NOTICES]) if whole else [],
        "emails": settings.ALERT_EMAILS if whole else [],
        "webhook": bool(settings.ALERT_WEBHOOK_URL),
        "may_act": may_act(user),
        "whole_house": whole,
        "silence": SilenceForm(),
    }
    page = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, "console/machine/alerts.html", page)


@require_POST
def test_alert(request: HttpRequest) -> HttpResponse:
    actor = _acting(request)
    try:
        notices = send_test_alert(actor=actor, now=timezone.now())
    except NobodyToTell as problem:
        messages.error(request, str(problem))
    else:
        ways = ", ".join(notice.get_way_display() for notice in notices)
        told = _("A test is on its way (%(ways)s); below is what comes of it.")
        messages.success(request, told % {"ways": ways})
    return HttpResponseRedirect(reverse("machine:alerts"))


@require_POST
def silence(request: HttpRequest, pk: int) -> HttpResponse:
    actor = _acting(request)
    alert = get_object_or_404(visible(actor, Alert.objects.all()), pk=pk)
    form = SilenceForm(request.POST)
    if form.is_valid():
        until = timezone.now() + timedelta(hours=form.cleaned_data["hours"])
        silence_alert(alert=alert, until=until, actor=actor)
        told = _("Nobody is told of it until %(when)s.")
        messages.success(request, told % {"when": moment(until)})
    else:
        messages.error(request, _("Say for how long, from one hour to a month."))
    return HttpResponseRedirect(reverse("machine:alerts"))


@require_POST
def wake(request: HttpRequest, pk: int) -> HttpResponse:
    actor = _acting(request)
    alert = get_object_or_404(visible(actor, Alert.objects.all()), pk=pk)
    wake_alert(alert=alert, actor=actor)
    messages.success(request, _("People are told of it again."))
    return HttpResponseRedirect(reverse("machine:alerts"))


def may_act(user: User) -> bool:
    """Who is told is a matter of the whole house, for those who run its channels."""
    return sees_whole_house(user) and user.has_perm(RUN_CHANNELS)


def _acting(request: HttpRequest) -> User:
    actor = require(request, RUN_CHANNELS)
    if not may_act(actor):
        raise PermissionDenied
    return actor
