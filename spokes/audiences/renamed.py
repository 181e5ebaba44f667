"""Which audiences a change of names concerns: of thousands that follow their rows, hardly any."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Model

from content.catalogue.closure import chunks
from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag
from spokes.audiences.wishes import Reference, Wish

# ids in one query
MOST_IDS = 10_000
MODELS: Mapping[str, type[Model]] = {"genre": Genre, "tag": AudienceTag, "artist": Artist}


def is_bound(wish: Wish, texts: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether all that it names is named by row in these stored names, and by no text."""
    bound = {
        (field, text, row[0])
        for stored in texts
        for field, rows_by_text in stored.items()
        if field in MODELS
        for text, rows in rows_by_text.items()
        for row in rows
    }
    return bound == {(one.field, one.text, one.row) for one in wish.references}


def renamed(wishes: Mapping[int, Wish]) -> set[int]:
    """Name the keys of those that may mean another row now, or call one by its old name."""
    found = {key for key, wish in wishes.items() if wish.expression and not wish.is_bound}
    bound = {key: wish for key, wish in wishes.items() if wish.is_bound}
    named = frozenset[Reference]().union(*(wish.references for wish in bound.values()))
    now = _names({(one.field, one.row) for one in named})
    moved = {one for one in named if now.get((one.field, one.row)) != one.name}
    if moved:
        found |= {key for key, wish in bound.items() if not moved.isdisjoint(wish.references)}
    return found


def _names(rows: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    names: dict[tuple[str, int], str] = {}
    for field, model in MODELS.items():
        ids = [pk for of, pk in rows if of == field]
        for some in chunks(ids, MOST_IDS):
            found = model._default_manager.order_by().filter(pk__in=some)
            names |= {(field, pk): name for pk, name in found.values_list("pk", "name")}
    return names
