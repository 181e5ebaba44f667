"""What a post was and became: the before and after of its audit entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import models

from content.audit.models import AuditEntry
from content.audit.querysets import AuditEntryQuerySet
from content.editorial.fields import RELATIONS, Cleaned
from content.editorial.models import PickedGenre, Post

# field → what it held, in JSON's terms
Facts = dict[str, Any]


def history_of(post: Post) -> AuditEntryQuerySet:
    """All that was done to the post, newest first, each with its person."""
    return AuditEntry.objects.about(post).with_actor().newest_first()


def facts(post: Post, fields: Iterable[str]) -> Facts:
    """Read what the post holds in these fields, one query a relation."""
    names = set(fields)
    columns = {field: getattr(post, field) for field in names.difference(RELATIONS)}
    return column_facts(columns) | {
        field: related_facts(field, _rows_of(post, field))
        for field in names.intersection(RELATIONS)
    }


def _rows_of(post: Post, field: str) -> Iterable[Any]:
    if field == "genres":
        return post.picked_genres.select_related("genre")
    rows: Iterable[Any] = getattr(post, field).all()
    return rows


def column_facts(columns: Mapping[str, Any]) -> Facts:
    return {field: _plain(value) for field, value in columns.items()}


def related_facts(field: str, rows: Iterable[Any]) -> list[Any]:
    """Put the rows of a relation in an order of their own, each as JSON can hold it.

    Rows are (name, key), a genre that was given a share (name, key, percent).
    """
    if field == "markets":
        return sorted(row.code for row in rows)
    if field == "variants":
        named = ("target", "title", "teaser", "cta_label")
        return sorted(
            ({name: getattr(row, name) for name in named} for row in rows),
            key=lambda variant: variant["target"],
        )
    if field == "genres":
        return sorted(map(_picked_fact, rows))
    title = "title" if field == "tracks" else "name"
    return sorted((getattr(row, title), row.pk) for row in rows)


def _picked_fact(row: PickedGenre) -> tuple[Any, ...]:
    name = (row.genre.name, row.genre_id)
    return name if row.percent is None else (*name, row.percent)


def written_facts(cleaned: Cleaned) -> Facts:
    """Say what the cleaned fields would hold once they are stored."""
    related = {field: related_facts(field, rows) for field, rows in cleaned.relations.items()}
    return {**column_facts(cleaned.columns), **related}


def difference(before: Facts, after: Facts) -> tuple[Facts, Facts]:
    """Keep what changed, with names where rows were compared by name and key."""
    changed = [field for field in after if before.get(field) != after[field]]
    return (
        {field: _named(before[field]) for field in changed if field in before},
        {field: _named(after[field]) for field in changed},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return (str(value), value.pk)
    return value


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(item) for item in value]
    return row_in_words(value) if isinstance(value, tuple) else value


def row_in_words(fact: Sequence[Any]) -> str:
    """Name a row that was compared by name and key; a genre with the share that it was given."""
    name, _, *percent = fact
    return f"{name} {percent[0]}%" if percent else str(name)
