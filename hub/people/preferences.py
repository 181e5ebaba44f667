"""What a person chose for the console, kept in the session so that no page asks for it."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import get_language_from_request

from hub.people.models import Profile

LANG, ZONE, SEEN_AT = "console_lang", "console_zone", "console_seen_at"


def remember(request: HttpRequest, profile: Profile) -> None:
    request.session[LANG] = profile.lang
    request.session[ZONE] = profile.zone


def language(request: HttpRequest) -> str:
    """Give the chosen language, or else what the browser asks for."""
    chosen: str = request.session.get(LANG, "")
    return chosen or get_language_from_request(request)


def zone(request: HttpRequest) -> str:
    chosen: str = request.session.get(ZONE, "")
    return chosen or "UTC"
