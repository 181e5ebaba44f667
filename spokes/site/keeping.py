"""A shelf in the memory of this process, the longest unused of which makes room for the new."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Keeps at most ``most`` things of at most ``most_bytes`` together, as ``size`` counts them.

    Django's caches would do it with pickles, or over a network; this is read on every request.
    """

    def __init__(self, *, most: int, most_bytes: int, size: Callable[[T], int]) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self._size = size
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._things)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._things

    def get(self, key: Hashable) -> T | None:
        with self._lock:
            thing = self._things.get(key)
            if thing is not None:
                self._things.move_to_end(key)
            return thing

    def put(self, key: Hashable, thing: T) -> None:
        with self._lock:
            before = self._things.pop(key, None)
            self._bytes += self._size(thing) - (0 if before is None else self._size(before))
            self._things[key] = thing
            while len(self._things) > self.most or self._bytes > self.most_bytes:
                _, dropped = self._things.popitem(last=False)
                self._bytes -= self._size(dropped)

    def clear(self) -> None:
        with self._lock:
            self._things.clear()
            self._bytes = 0
