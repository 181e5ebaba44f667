from __future__ import annotations


class PeopleError(Exception):
    """This can't be done with this person."""


class NotYours(PeopleError):
    """You can only give what you have, and only to people of your own spokes."""

    field: str | None = None

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
