from __future__ import annotations


class ScheduleError(Exception):
    """This can't be scheduled."""


class NotApproved(ScheduleError):
    """Only an approved post can be scheduled."""


class NoSuchTime(ScheduleError):
    """The post can't go out at that time."""


class SlotInvalid(ScheduleError):
    """This can't be a slot; ``errors`` says why, by field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(" ".join(words for found in errors.values() for words in found))


class SlotTaken(ScheduleError):
    """Posts were planned in it; switch it off instead, and its history stays."""


class NothingToChange(ScheduleError):
    """The post is on no channel where this could be done."""
