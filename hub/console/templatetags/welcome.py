"""The newcomers' checklist for the console's first page."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.auth.models import User

from hub.console.welcome.progress import Progress, load_progress
from hub.people.scope import spokes_of

register = template.Library()


@register.simple_tag
def progress_for(user: Any) -> Progress | None:
    """Give how far the house has come, to those who can do something about it."""
    if not isinstance(user, User) or not user.has_perm("channels.add_spoke"):
        return None
    return load_progress(user) if spokes_of(user) is None else None
