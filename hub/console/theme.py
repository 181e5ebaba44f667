"""How the console looks, as django-unfold wants to be told. Settings read this: no models here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def _file(name: str) -> Callable[[HttpRequest], str]:
    """Make what Unfold asks for the address of one of the console's own files."""

    def address(request: HttpRequest) -> str:
        return static(f"console/{name}")

    return address


# one sheet and one script for each part of the console that every page may show
STYLES = (
    "console.css",
    "lists.css",
    "today.css",
    "calendar.css",
    "find.css",
    "menu.css",
    "timeline.css",
)
SCRIPTS = ("console.js", "shortcuts.js", "find.js")


def unfold() -> dict[str, Any]:
    """Make the UNFOLD setting."""
    return {
        # asked for by each page, for the house can be renamed
        "SITE_TITLE": "hub.console.welcome.brand.site_name",
        "SITE_HEADER": "hub.console.welcome.brand.site_name",
        "SITE_SUBHEADER": "Newsroom",
        "SITE_SYMBOL": "graphic_eq",
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _file("favicon.svg")}],
        "SITE_URL": "/",
        # a page shows what was done to its row by itself, from the audit entries
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "DASHBOARD_CALLBACK": "hub.console.views.now.dashboard",
        "STYLES": [_file(name) for name in STYLES],
        "SCRIPTS": [_file(name) for name in SCRIPTS],
        "COLORS": {"primary": PRIMARY},
        "ACCOUNT": {"navigation": "hub.console.navigation.account"},
        "SIDEBAR": {
            "show_search": True,
            "show_all_applications": False,
            "navigation": "hub.console.navigation.navigation",
        },
    }


PRIMARY = {
    "50": "oklch(97.1% .014 22)",
    "100": "oklch(94% .032 24)",
    "200": "oklch(89% .06 26)",
    "300": "oklch(81.5% .11 28)",
    "400": "oklch(71.5% .175 30)",
    "500": "oklch(64.5% .205 32)",
    "600": "oklch(56.5% .2 32)",
    "700": "oklch(49% .175 31)",
    "800": "oklch(42.5% .145 30)",
    "900": "oklch(38% .115 29)",
    "950": "oklch(25.5% .08 28)",
}
