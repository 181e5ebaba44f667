from __future__ import annotations


class WelcomeError(Exception):
    """The house can't be set up like this."""


class HasAdministrator(WelcomeError):
    """Somebody may do everything here already."""


class InvitationInvalid(WelcomeError):
    """This person can't be invited; ``errors`` says why, by field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(" ".join(words for found in errors.values() for words in found))
