"""What every page of the site needs, also those that no view of ours renders (404, 500)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from spokes.channels.naming import hub_name
from spokes.site.places import Places, absolute

register = template.Library()

HARMLESS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


@register.simple_tag(takes_context=True)
def brand(context: Context) -> str:
    """Give the hub's name: the page's own, so that page and version agree; else the kept one."""
    places = context.get("places")
    return places.hub.name if isinstance(places, Places) else hub_name()


@register.simple_tag
def stylesheet() -> str:
    return static_address("site/site.css")


@register.simple_tag
def icon() -> str:
    return static_address("site/icon.svg")


@register.simple_tag(name="static_file")
def static_address(name: str) -> str:
    """Give a static file's address; the plain one where static files were not collected yet.

    An error page must not fail for want of its style.
    """
    try:
        return static(name)
    except ValueError:
        return f"{settings.STATIC_URL}{name}"


@register.filter
def json_ld(facts: Mapping[str, Any]) -> SafeString:
    """Write a JSON-LD element; "<", ">" and "&" are spelt out, so that no text can close it."""
    written = json.dumps(facts, ensure_ascii=False).translate(HARMLESS)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(written))  # noqa: S308  # no markup is left


@register.filter
def absolute_url(url: str) -> str:
    return absolute(url) if url else ""
