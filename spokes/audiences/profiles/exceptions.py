from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from spokes.audiences.exceptions import AudienceProblem

# faults told in one message; ``faults`` has all
TOLD = 10


class ProfileRefused(AudienceProblem):
    """This can't be a profile."""


class NothingCounted(ProfileRefused):
    """Nobody in the file listens to an artist that Backbeat knows, so nothing was kept."""


class NothingOpened(ProfileRefused):
    """None of these posts is known as one that these people could open, so nothing was kept."""


class TooLittleOpened(ProfileRefused):
    """This is too little to say anything by, so nothing was kept."""


@dataclass(frozen=True, order=True)
class FileFault:
    """What is wrong in one cell; line 1 names the columns, ``column`` may be empty for a row."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        if not self.column:
            return gettext("line {line}: {message}").format(line=self.line, message=self.message)
        return gettext("line {line}, column “{column}”: {message}").format(
            line=self.line, column=self.column, message=self.message
        )


class ProfileFileRefused(ProfileRefused):
    """The file has faults, so nothing of it was kept; ``faults`` has all of them."""

    def __init__(self, faults: Sequence[FileFault]) -> None:
        self.faults = sorted(faults)
        told = [str(fault) for fault in self.faults[:TOLD]]
        if len(self.faults) > TOLD:
            told.append(gettext("and {number} more").format(number=len(self.faults) - TOLD))
        super().__init__("\n".join(told))
