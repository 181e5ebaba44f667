"""Signs that a worker's own processes share: its main process sets them, all of them heed them."""

from __future__ import annotations

import mmap


class Sign:
    """A flag in memory that forked children share, safe to set in a signal's handler."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._page[0] = 1

    def clear(self) -> None:
        self._page[0] = 0

    def is_set(self) -> bool:
        return self._page[0] == 1


# the worker is about to leave: what is in hand is finished or handed back, nothing more is claimed
leaving = Sign()

# its clock can't be trusted: nothing is claimed until it can
clock_is_off = Sign()
