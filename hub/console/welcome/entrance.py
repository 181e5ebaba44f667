"""The two pages for people who can't sign in yet; their links are the key."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from hub.console.welcome.administrator import (
    has_administrator,
    is_setup_token,
    make_first_administrator,
)
from hub.console.welcome.exceptions import HasAdministrator
from hub.console.welcome.forms import AdministratorForm, JoinForm
from hub.console.welcome.invitations import invited_by, join
from spokes.channels.naming import hub_name

GONE = 410


@never_cache
@sensitive_post_parameters("password", "again")
def start(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator (POST), and go on with naming the hub."""
    if has_administrator():
        return _over(request, _("This house is set up already. Sign in instead."))
    if not is_setup_token(token):
        return _over(
            request,
            _("This link is too old or not whole. Restart Backbeat: its terminal shows a new one."),
        )
    form = AdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("username", "name", "email")}
        try:
            person = make_first_administrator(**fields, password=form.cleaned_data["password"])
        except HasAdministrator as refusal:
            return _over(request, str(refusal))
        _sign_in(request, person)
        return HttpResponseRedirect(reverse("welcome:hub"))
    return _page(request, "console/welcome/start.html", {"form": form})


@never_cache
@sensitive_post_parameters("password", "again")
def join_house(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Let an invited person choose a password (POST), and lead them to the console."""
    person = invited_by(key, token)
    if person is None:
        words = _("This invitation is over or was used already. Ask whoever sent it for a new one.")
        return _over(request, words)
    form = JoinForm(request.POST or None, joining=person)
    if request.method == "POST" and form.is_valid():
        join(person=person, password=form.cleaned_data["password"])
        _sign_in(request, person)
        messages.success(request, _("Welcome to %(house)s.") % {"house": hub_name()})
        return HttpResponseRedirect(reverse("admin:index"))
    return _page(request, "console/welcome/join.html", {"form": form, "person": person})


def _sign_in(request: HttpRequest, person: User) -> None:
    backends = [name for name in settings.AUTHENTICATION_BACKENDS if "axes" not in name]
    login(request, person, backend=backends[0])


def _over(request: HttpRequest, words: str) -> HttpResponse:
    return _page(request, "console/welcome/over.html", {"words": words}, status=GONE)


def _page(
    request: HttpRequest, template: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    response = TemplateResponse(request, template, {**context, "house": hub_name()}, status=status)
    # the address is the key: it goes to no other page
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
