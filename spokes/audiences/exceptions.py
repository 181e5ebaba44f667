from __future__ import annotations

from django.utils.translation import gettext


class AudienceProblem(Exception):
    """Something is wrong with an audience or with a word over it."""

    def __init__(self, message: str = "") -> None:
        meaning = " ".join((self.__doc__ or "").split())
        super().__init__(message or gettext(meaning))


class ReasonRefused(AudienceProblem):
    """Say in up to 300 characters why: whoever reads it later was not there."""


class AudienceInUse(AudienceProblem):
    """Something still asks for this audience."""


class AudienceNameRefused(AudienceProblem):
    """An audience needs a name of its own, up to 120 characters."""


class AudienceNameTaken(AudienceNameRefused):
    """This name can’t be used. Add what sets yours apart, such as its spoke or its people."""
