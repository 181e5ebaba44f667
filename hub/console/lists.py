"""Lists that stay quick: counted no further than people page, read a page at a time."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.utils.functional import cached_property

# a list shows this many rows at most; a filter or a search narrows what is further down
LONGEST_LIST = 10_000
# so many rows are done with at once; whoever has more does it again for the rest
MOST_AT_ONCE = 1_000


class CappedPaginator(Paginator[Any]):
    """Count no further than a person would page, so that a million rows cost no full count."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, models.QuerySet):
            # keys alone: what is annotated for the columns would be worked out for each row
            return rows.order_by().values("pk")[: LONGEST_LIST + 1].count()
        return len(rows)

    def page(self, number: int | str) -> Page[Any]:
        """Sort keys alone and read the rows of one page: a sort that carries texts is slow."""
        shown = super().page(number)
        rows = shown.object_list
        if isinstance(rows, models.QuerySet) and isinstance(self.object_list, models.QuerySet):
            shown.object_list = self.object_list.filter(pk__in=rows.values("pk"))
        return shown
