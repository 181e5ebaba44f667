"""Where the words of a search are found: PostgreSQL's own full text, FTS5 on SQLite.

Words are letters and digits alone, so within quotes they are nothing but themselves.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from django.db import connection
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.expressions import RawSQL

from spokes.site.words import Query

COLUMNS = ("title", "artists", "teaser")


def condition(query: Query) -> Q:
    """Find the publications that have all that is wanted, anywhere."""
    return Q(pk__in=_keys(query, COLUMNS)) if query.wanted else Q(pk__in=[])


def rank(query: Query) -> Case:
    """Rank them: 0 where the title has all of it, 1 where the artists have, 2 else."""
    if not query.wanted:
        return Case(default=Value(2), output_field=IntegerField())
    return Case(
        When(Q(pk__in=_keys(query, ("title",))), then=Value(0)),
        When(Q(pk__in=_keys(query, ("artists",))), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


# --- for each database ------------------------------------------------------------------------


def _keys(query: Query, columns: Sequence[str]) -> RawSQL:
    if connection.vendor == "postgresql":
        return _keys_by_tsquery(query, columns)
    if has_fts5():
        return _keys_by_fts5(query, columns)
    return _keys_by_like(query, columns)


def _keys_by_tsquery(query: Query, columns: Sequence[str]) -> RawSQL:
    """Words are letters and digits alone, so in quotes they are nothing but themselves."""
    weights = "".join("ABC"[COLUMNS.index(column)] for column in columns)

    def spell(words: Sequence[str], *, is_open: bool = False) -> str:
        marked = [f"'{word}':{weights}" for word in words]
        marked[-1] = f"'{words[-1]}':*{weights}" if is_open else marked[-1]
        return f"({' <-> '.join(marked)})"

    last = len(query.wanted) - 1
    terms = [
        spell(words, is_open=query.open_end and number == last)
        for number, words in enumerate(query.wanted)
    ]
    terms += [f"!{spell(words)}" for words in query.unwanted]
    sql = "SELECT publication_id FROM site_searchtext WHERE vector @@ %s::tsquery"
    return RawSQL(sql, [" & ".join(terms)])  # noqa: S611  # the words are a parameter


def _keys_by_fts5(query: Query, columns: Sequence[str]) -> RawSQL:
    def spell(words: Sequence[str], *, is_open: bool = False) -> str:
        return f'"{" ".join(words)}"' + (" *" if is_open else "")

    last = len(query.wanted) - 1
    among = " ".join(columns)
    found = " AND ".join(
        f"{{{among}}} : {spell(words, is_open=query.open_end and number == last)}"
        for number, words in enumerate(query.wanted)
    )
    for words in query.unwanted:
        found = f"({found}) NOT {spell(words)}"
    sql = "SELECT rowid FROM site_search WHERE site_search MATCH %s"
    return RawSQL(sql, [found])  # noqa: S611  # the words are a parameter


def _keys_by_like(query: Query, columns: Sequence[str]) -> RawSQL:
    """Read every row: for a Python whose SQLite was built without FTS5."""
    wanted = [_written_in(columns) for _ in query.wanted]
    unwanted = [f"NOT {_written_in(COLUMNS)}" for _ in query.unwanted]
    params = [
        f"%{' '.join(words)}%"
        for count, group in ((len(columns), query.wanted), (len(COLUMNS), query.unwanted))
        for words in group
        for _ in range(count)
    ]
    found = " AND ".join([*wanted, *unwanted])
    return RawSQL(f"SELECT publication_id FROM site_searchtext WHERE {found}", params)  # noqa: S608, S611  # the words are a parameter


def _written_in(columns: Sequence[str]) -> str:
    return "(" + " OR ".join(f"{column} LIKE %s" for column in columns) + ")"


@functools.cache
def has_fts5() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'site_search'")
        return cursor.fetchone() is not None
