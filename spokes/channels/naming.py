"""The hub's name for those who render without the site's places: the console, errors, mails."""

from __future__ import annotations

from django.core.cache import cache
from django.db import DatabaseError

from spokes.channels.models import Hub

HUB_NAME_KEY = "channels:hub-name"
# seconds; a process that did not rename it itself shows the old name no longer than this
KEPT_SECONDS = 5


def hub_name() -> str:
    """Give the hub's name, read once in a while; settings' own where the database is away."""
    name: str | None = cache.get(HUB_NAME_KEY)
    if name is None:
        try:
            name = Hub.objects.current().name
        except DatabaseError:
            return Hub.unnamed().name
        cache.set(HUB_NAME_KEY, name, KEPT_SECONDS)
    return name
