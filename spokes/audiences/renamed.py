"""Which audiences a change of names concerns: of thousands that follow their rows, hardly any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model

from content.catalogue.closure import chunks
from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag
from spokes.audiences.language import POST_FIELDS
from spokes.audiences.language.vocabulary import Meaning
from spokes.audiences.wishes import Loose, Reference, Text, Wish

# ids in one query
MOST_IDS = 10_000
MODELS: Mapping[str, type[Model]] = {"genre": Genre, "tag": AudienceTag, "artist": Artist}


def loose_texts(wish: Wish, texts: Collection[Mapping[str, Any]]) -> Loose | None:
    """Name the texts by which it names rows that none of these stored names binds to them.

    None where one is bound to a row that it does not lead to any more: it was merged.
    """
    bound: defaultdict[Text, set[int]] = defaultdict(set)
    for stored in texts:
        for field, rows_by_text in stored.items():
            for text, rows in rows_by_text.items():
                bound[field, text].update(row[0] for row in rows)
    named = _rows_by_text(wish)
    if any(text in bound and bound[text] != rows for text, rows in named.items()):
        return None
    # of several that are joined, another may name the same by text
    return frozenset(named if len(texts) > 1 else named.keys() - bound.keys())


def renamed(wishes: Mapping[int, Wish]) -> set[int]:
    """Name the keys of those that may mean another row now, or call one by its old name."""
    found = {key for key, wish in wishes.items() if wish.expression and wish.loose is None}
    named = frozenset[Reference]().union(*(wish.references for wish in wishes.values()))
    now = _names({(one.field, one.row) for one in named})
    moved = {one for one in named if now.get((one.field, one.row)) != one.name}
    if moved:
        found |= {key for key, wish in wishes.items() if not moved.isdisjoint(wish.references)}
    loose = {key: wish for key, wish in wishes.items() if wish.loose and key not in found}
    meant = _meant(frozenset[Text]().union(*(wish.loose or () for wish in loose.values())))
    for key, wish in loose.items():
        rows = _rows_by_text(wish)
        if any(meant[text] != rows[text] for text in wish.loose or ()):
            found.add(key)
    return found


def _rows_by_text(wish: Wish) -> dict[Text, set[int]]:
    found: defaultdict[Text, set[int]] = defaultdict(set)
    for one in wish.references:
        found[one.field, one.text].add(one.row)
    return dict(found)


def _meant(texts: Collection[Text]) -> dict[Text, set[int]]:
    """Read what texts name now, each once however many audiences have it."""
    found: dict[Text, set[int]] = {text: set() for text in texts}
    for field in MODELS:
        asked = [text for of, text in texts if of == field]
        for text, meaning in POST_FIELDS[field].read(asked).items() if asked else ():
            if isinstance(meaning, Meaning):
                found[field, text] = {row.pk for row in meaning.rows}
    return found


def _names(rows: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    names: dict[tuple[str, int], str] = {}
    for field, model in MODELS.items():
        ids = [pk for of, pk in rows if of == field]
        for some in chunks(ids, MOST_IDS):
            found = model._default_manager.order_by().filter(pk__in=some)
            names |= {(field, pk): name for pk, name in found.values_list("pk", "name")}
    return names
