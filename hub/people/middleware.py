"""What holds for the console and the pages of one's account, and for no page that fans see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hub.people.preferences import SEEN_AT, language

GetResponse = Callable[[HttpRequest], HttpResponse]
EVERYONE = "everyone"
# how exact "last seen" is: a write for each page would be a write too many
SEEN_EVERY = timedelta(minutes=10)


@cache
def _inside() -> tuple[str, ...]:
    return (reverse("admin:index"), reverse("account_profile"))


def is_inside(request: HttpRequest) -> bool:
    """Tell the console and the account pages from the site."""
    return request.path_info.startswith(_inside())


def console_language(get_response: GetResponse) -> GetResponse:
    """Speak the person's language below the console's addresses; the site has its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # previews have the site's content policy, but speak to people of the house
        previewing = request.path_info.startswith(reverse("preview:first"))
        if not (previewing or is_inside(request)):
            return get_response(request)
        with translation.override(language(request)):
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response

    return middleware


def two_factor(get_response: GetResponse) -> GetResponse:
    """Lead people who must have a second factor to setting it up, before anything else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        newsroom = (reverse("admin:index"), reverse("preview:first"))
        console = request.path_info.startswith(newsroom)
        if console and settings.REQUIRE_TWO_FACTOR and _lacks_it(request):
            messages.warning(request, _("Your account needs a second factor. Set it up first."))
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return get_response(request)

    return middleware


def _lacks_it(request: HttpRequest) -> bool:
    user = request.user
    if not isinstance(user, User) or request.path_info == reverse("admin:logout"):
        return False
    wanted = set(settings.REQUIRE_TWO_FACTOR)
    concerned = EVERYONE in wanted or user.groups.filter(name__in=wanted).exists()
    return concerned and not is_mfa_enabled(user)


def last_seen(get_response: GetResponse) -> GetResponse:
    """Note now and then that a session is used, for the list of sessions."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_inside(request) and request.user.is_authenticated:
            _note(request)
        return get_response(request)

    return middleware


def _note(request: HttpRequest) -> None:
    now = timezone.now()
    noted: float = request.session.get(SEEN_AT, 0)
    if now.timestamp() - noted > SEEN_EVERY.total_seconds():
        request.session[SEEN_AT] = now.timestamp()
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
