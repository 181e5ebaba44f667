"""Names that may be meant by one that nobody has: few enough to compare, whatever there are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import Model, Q, QuerySet

# as many names as are compared with an unknown one
MOST_NAMES = 5_000
# letters that they have in common where all would be too many: the most alike first
BEGINNINGS = (5, 3, 2)


def begins_with(prefix: str, field: str = "key") -> Q:
    """Make the condition that a folded name begins so, as the index of each database wants it."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "\U0010ffff"})
    return Q(**{f"{field}__startswith": prefix})


def names_like(model: type[Model], keys: Collection[str]) -> dict[str, str]:
    """Give all names by key, or those that begin alike where all would be too many to compare.

    At most MOST_NAMES for each length of beginning; four queries by index.
    """
    rows: QuerySet[Any, Any] = model._default_manager.order_by().values_list("key", "name")
    every: dict[str, str] = dict(rows[:MOST_NAMES])
    if len(every) < MOST_NAMES:
        return every
    found: dict[str, str] = {}
    longer = Q()
    for length in BEGINNINGS:
        alike = Q()
        for beginning in {key[:length] for key in keys if key}:
            alike |= begins_with(beginning)
        fresh = rows.filter(alike, ~longer) if longer else rows.filter(alike)
        found |= dict(fresh[: MOST_NAMES - len(found)]) if alike else {}
        longer = alike
        if len(found) >= MOST_NAMES:
            break
    return found
