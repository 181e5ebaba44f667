"""A list on a row's page that may be long: the newest first, and the earlier ones page by page."""

from __future__ import annotations

import dataclasses
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from hub.console.keys import is_key

Row = TypeVar("Row", bound=Model)


@dataclasses.dataclass(frozen=True)
class Newest(Generic[Row]):
    """Some rows in the order in which they came, and how many there are before them."""

    rows: list[Row]
    earlier: int
    # in the address, it leads to the rows before these
    older: str
    # these are not the newest
    paged: bool

    def __bool__(self) -> bool:
        return bool(self.rows)


def newest(
    rows: QuerySet[Row, Any], request: HttpRequest, *, parameter: str, most: int
) -> Newest[Row]:
    """Read ``most`` rows, before the key that the address asks for; one query, or two."""
    before = request.GET.get(parameter, "")
    paged = is_key(before)
    if paged:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: most + 1])
    shown = found[:most][::-1]
    earlier = rows.order_by().count() - most if len(found) > most else 0
    older = f"?{parameter}={shown[0].pk}" if earlier else ""
    return Newest(shown, earlier, older, paged)
