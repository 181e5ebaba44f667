"""The page for the first administrator, who can't sign in yet; its link is the key."""

from __future__ import annotations

from django.conf import settings
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
from hub.console.welcome.forms import AdministratorForm
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
