from __future__ import annotations


class AudienceProblem(Exception):
    """Something is wrong with an audience or with a word over it."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__)


class ReasonRefused(AudienceProblem):
    """Say in up to 300 characters why: whoever reads it later was not there."""


class AudienceInUse(AudienceProblem):
    """Something still asks for this audience."""


class AudienceNameRefused(AudienceProblem):
    """An audience needs a name of its own, up to 120 characters."""
