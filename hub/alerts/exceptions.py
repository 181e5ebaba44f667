from __future__ import annotations


class AlertProblem(Exception):
    """Something about alerts can't be done; the message is for people."""


class NobodyToTell(AlertProblem):
    """Neither an address nor a receiver is set."""
