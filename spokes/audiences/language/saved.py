"""Audiences as they were saved: they follow what they named, whatever it is called now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spokes.audiences.language.fields import POST_FIELDS
from spokes.audiences.language.meaning import Reading, read_all
from spokes.audiences.language.names import stored_names
from spokes.audiences.language.vocabulary import Named, Names, Vocabulary, Written
from spokes.audiences.models import Audience

Stored = dict[str, dict[str, list[list[int | str]]]]


def read_saved(audiences: Iterable[Audience], *, names_now: bool = False) -> dict[int, Reading]:
    """Read the audiences by id, in a number of queries that does not grow with them.

    With ``names_now``, ``text`` of each reading has the names of today, for whoever reads it.
    """
    by_id = {audience.pk: audience for audience in audiences}
    written = [Written(row.expression, stored_names(row.names)) for row in by_id.values()]
    readings = read_all(written, POST_FIELDS, own=list(by_id), names_now=names_now)
    return dict(zip(by_id, readings, strict=True))


def read_typed(
    text: str,
    audience: int | None = None,
    *,
    others: Iterable[Audience] = (),
    vocabulary: Vocabulary[Any] = POST_FIELDS,
) -> tuple[Reading, dict[int, Reading]]:
    """Read what is typed for the audience of this id, and what ``others`` would come to with it."""
    by_id = {other.pk: other for other in others}
    written = [Written(text)]
    written += [Written(row.expression, stored_names(row.names)) for row in by_id.values()]
    own = [] if audience is None else [audience, *by_id]
    typed, *rest = read_all(written, vocabulary, own=own)
    return typed, dict(zip(by_id, rest, strict=True))


def as_stored(names: Names) -> Stored:
    """Write names as ``Audience.names`` holds them."""
    return {
        field: {text: [list(Named(*row)) for row in rows] for text, rows in texts.items()}
        for field, texts in names.items()
    }


def asked_for(names: Names) -> set[int]:
    """Give the ids of the audiences among the names."""
    return {row.pk for rows in names.get("audience", {}).values() for row in rows}
