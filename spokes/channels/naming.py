"""The hub's name for those who render without the site's places: the console, errors, mails."""

from __future__ import annotations

from django.db import DatabaseError

from spokes.channels.models import Hub


def hub_name() -> str:
    """Give the hub's name; settings' own where the database is away, as on an error page."""
    try:
        return Hub.objects.current().name
    except DatabaseError:
        return Hub.unnamed().name
