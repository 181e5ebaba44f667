"""One suspect at a time: a delivery that a worker has died with before.

The threads of a process die together, so each death is counted for all that they prepare. One of
these that kills takes no other suspect along: whoever is innocent is counted again only with one
that nobody had a doubt about, and that it is only once.
"""

from __future__ import annotations

import os
import threading
from typing import Self


class Apart:
    """The turn of this process to prepare a suspect; it ends with the block, or by ``end``."""

    _turn = threading.Lock()

    def __init__(self) -> None:
        self._has_turn = False

    def begin(self) -> bool:
        """Take the turn; False when a suspect is being prepared here already."""
        self._has_turn = self._has_turn or Apart._turn.acquire(blocking=False)
        return self._has_turn

    def end(self) -> None:
        if self._has_turn:
            self._has_turn = False
            Apart._turn.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()


def _forget_the_parents() -> None:
    """Begin anew in a process that was forked: who had the turn did not come along."""
    Apart._turn = threading.Lock()


os.register_at_fork(after_in_child=_forget_the_parents)
