from __future__ import annotations


class ScheduleError(Exception):
    """This can't be scheduled."""


class NotApproved(ScheduleError):
    """Only an approved post can be scheduled."""


class NoSuchTime(ScheduleError):
    """The post can't go out at that time."""


class NothingToChange(ScheduleError):
    """The post is on no channel where this could be done."""
