"""The house's name for Unfold, which asks for it more than once with every page."""

from __future__ import annotations

from django.http import HttpRequest

from spokes.channels.naming import hub_name


def site_name(request: HttpRequest) -> str:
    if not hasattr(request, "_hub_name"):
        setattr(request, "_hub_name", hub_name())  # noqa: B010  # no field of Django's
    name: str = getattr(request, "_hub_name")  # noqa: B009  # set above
    return name
