"""What a post held after each of its saves: kept, compared field by field, and brought back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models

from content.catalogue.former import find_merged_artists
from content.catalogue.models import Artist, Genre, Track
from content.editorial.fields import RELATIONS, SCALARS
from content.editorial.history import Facts
from content.editorial.models import AudienceTag, Post, PostPriority, PostRevision
from content.media.models import Asset

# what a post had held before it had the field: revisions kept then don't name it
BEFORE_THE_FIELD: Mapping[str, Any] = {"priority": PostPriority.NORMAL.value}
KEYED: Mapping[str, type[models.Model]] = {
    "artists": Artist,
    "tracks": Track,
    "tags": AudienceTag,
}


@dataclasses.dataclass(frozen=True)
class Restored:
    """A revision's fields as ``write_post`` takes them, and the names of rows that are gone."""

    fields: dict[str, Any]
    gone: list[str]


def keep_revision(*, post: Post, content: Facts, actor: User | None, at: datetime) -> None:
    """Keep what ``post`` holds now as the revision of its number."""
    PostRevision.objects.create(
        post=post, number=post.revision, content=content, saved_by=actor, saved_at=at
    )


def keep_first_revision(*, post: Post, content: Facts, at: datetime) -> None:
    """Keep what a post held before its change, if nothing has kept it yet."""
    kept = PostRevision(post=post, number=post.revision, content=content, saved_at=at)
    PostRevision.objects.bulk_create([kept], ignore_conflicts=True)


def differing_fields(before: Facts, after: Facts) -> list[str]:
    """Name the fields in which two contents differ, in the order of the form."""
    return [
        field for field in (*SCALARS, *RELATIONS) if _held(before, field) != _held(after, field)
    ]


def _held(content: Facts, field: str) -> Any:
    return _comparable(content.get(field, BEFORE_THE_FIELD.get(field)))


def _comparable(value: Any) -> Any:
    """Read a value as JSON gives it back: lists for tuples, nothing for an empty one."""
    if isinstance(value, list | tuple):
        return [_comparable(item) for item in value]
    return value or None


def fields_of(content: Facts) -> Restored:
    """Turn a revision's content into fields to write; rows that are gone are left out, and named.

    One query for each relation that has rows.
    """
    columns = {**BEFORE_THE_FIELD}
    columns |= {name: content[name] for name in SCALARS if name in content}
    columns |= {name: _moment(columns.get(name)) for name in ("embargo_until", "expires_at")}
    happens_on = columns.get("happens_on")
    columns["happens_on"] = date.fromisoformat(happens_on) if happens_on else None
    gone: list[str] = []
    heroes = _rows(Asset, [content["hero"]] if content.get("hero") else [], gone)
    relations: dict[str, Any] = {
        name: _rows(model, content.get(name, ()), gone) for name, model in KEYED.items()
    }
    relations["genres"] = _picks(content.get("genres", ()), gone)
    relations["markets"] = list(content.get("markets", ()))
    relations["variants"] = [dict(variant) for variant in content.get("variants", ())]
    hero = heroes[0] if heroes else None
    return Restored({**columns, **relations, "hero": hero}, gone)


def _picks(
    named: Iterable[Sequence[Any]], gone: list[str]
) -> list[tuple[models.Model, int | None]]:
    """Find the genres, each with the share that it was given, if any."""
    facts = list(named)
    percents = {pk: percent[0] if percent else None for _, pk, *percent in facts}
    rows = _rows(Genre, [(name, pk) for name, pk, *_ in facts], gone)
    return [(row, percents[row.pk]) for row in rows]


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _rows(
    model: type[models.Model], named: Iterable[tuple[str, int]], gone: list[str]
) -> list[models.Model]:
    """Find the rows by their keys, or those that they were merged into; note who is not there."""
    pairs = [(name, pk) for name, pk in named]
    if not pairs:
        return []
    found = model._default_manager.in_bulk([pk for _, pk in pairs])
    missing = [pk for _, pk in pairs if pk not in found]
    if missing and model is Artist:
        merged = find_merged_artists(missing)
        into = model._default_manager.in_bulk(list(merged.values()))
        found |= {pk: into[now] for pk, now in merged.items()}
    gone.extend(name for name, pk in pairs if pk not in found)
    return list(dict.fromkeys(found[pk] for _, pk in pairs if pk in found))
