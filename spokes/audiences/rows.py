"""Rows of something as whole numbers, a bit each: many at once are one AND or OR."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from spokes.audiences.anchors import Anchor

Rows: TypeAlias = int


def rows_of_any(rows_by_anchor: Mapping[Anchor, Rows], anchors: Iterable[Anchor]) -> Rows:
    found = 0
    for rows in filter(None, map(rows_by_anchor.get, anchors)):
        found |= rows
    return found


def text_of(rows: Rows) -> str:
    """Write the bits, the lowest first."""
    return bin(rows)[:1:-1]


def places_of(rows: Rows) -> Iterator[int]:
    """Name the places of the bits that are set; searching text is far quicker than shifting."""
    text = text_of(rows)
    place = text.find("1")
    while place >= 0:
        yield place
        place = text.find("1", place + 1)
