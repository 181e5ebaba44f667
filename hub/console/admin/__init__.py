"""The newsroom's console: one module a room. Django's admin finds them here."""

from __future__ import annotations

from hub.console.admin import (
    audiences,
    audit,
    catalogue,
    channels,
    delivery,
    editorial,
    hub,
    media,
    people,
    preview,
    schedule,
)

__all__ = [
    "audiences",
    "audit",
    "catalogue",
    "channels",
    "delivery",
    "editorial",
    "hub",
    "media",
    "people",
    "preview",
    "schedule",
]
