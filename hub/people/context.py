from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from hub.people.preferences import zone


def console(request: HttpRequest) -> dict[str, Any]:
    """Give the account pages what the console's own pages have: name, colours, sidebar."""
    if not request.path_info.startswith(reverse("account_profile")):
        return {}
    return {**admin.site.each_context(request), "shown_in": zone(request)}
