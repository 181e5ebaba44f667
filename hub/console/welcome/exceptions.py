from __future__ import annotations


class WelcomeError(Exception):
    """The house can't be set up like this."""


class HasAdministrator(WelcomeError):
    """Somebody may do everything here already."""
