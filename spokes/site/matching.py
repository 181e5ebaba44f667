"""Where the words of a search are found: PostgreSQL's own full text, FTS5 on SQLite.

Words are letters and digits alone, so within quotes they are nothing but themselves.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from spokes.site.words import Query

# SQL, and what stands in the place of each %s
Found = tuple[str, list[Any]]
# the only publications that count, or None for all
Among = QuerySet[Any] | None

COLUMNS = ("title", "artists", "teaser")
# what is ranked of a word that is everywhere: the newest that have it in the title, the newest
# that have it in an artist's name, and the newest that have it at all
MOST_RANKED = 1_000


def condition(query: Query, among: Among = None) -> Q:
    """Find the publications that have all that is wanted, anywhere; the newest of very many.

    With ``among`` the newest are counted among those only, so that none is lost to others.
    """
    if not query.wanted:
        return Q(pk__in=[])
    found = [_keys(query, columns, among) for columns in (("title",), ("artists",), COLUMNS)]
    parts = [f"SELECT * FROM ({sql}) AS found_{n}" for n, (sql, _) in enumerate(found)]  # noqa: S608  # no words in it
    return Q(pk__in=_raw(" UNION ".join(parts), [word for _, words in found for word in words]))


def rank(query: Query, among: Among = None) -> Case:
    """Rank them: 0 where the title has all of it, 1 where the artists have, 2 else."""
    if not query.wanted:
        return Case(default=Value(2), output_field=IntegerField())
    return Case(
        When(Q(pk__in=_raw(*_keys(query, ("title",), among))), then=Value(0)),
        When(Q(pk__in=_raw(*_keys(query, ("artists",), among))), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _raw(sql: str, words: Sequence[Any]) -> RawSQL:
    return RawSQL(sql, words)  # noqa: S611  # the words are parameters


# --- for each database ------------------------------------------------------------------------


def _keys(query: Query, columns: Sequence[str], among: Among) -> Found:
    """Write a query for the keys of the newest that have it all in these columns."""
    if connection.vendor == "postgresql":
        key, (sql, params) = "publication_id", _matches_by_tsquery(query, columns)
    elif has_fts5():
        key, (sql, params) = "rowid", _matches_by_fts5(query, columns)
    else:
        key, (sql, params) = "publication_id", _matches_by_like(query, columns)
    if among is not None:
        inner, inner_params = among.order_by().values("pk").query.sql_with_params()
        # the sign keeps SQLite from asking the full text anew for each of the keys
        kept = f"+{key}" if connection.vendor == "sqlite" else key
        sql, params = f"{sql} AND {kept} IN ({inner})", [*params, *inner_params]
    return f"{sql} ORDER BY {key} DESC LIMIT %s", [*params, MOST_RANKED]


def _matches_by_tsquery(query: Query, columns: Sequence[str]) -> Found:
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
    return sql, [" & ".join(terms)]


def _matches_by_fts5(query: Query, columns: Sequence[str]) -> Found:
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
    return "SELECT rowid FROM site_search WHERE site_search MATCH %s", [found]


def _matches_by_like(query: Query, columns: Sequence[str]) -> Found:
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
    sql = f"SELECT publication_id FROM site_searchtext WHERE {found}"  # noqa: S608  # no words in it
    return sql, params


def _written_in(columns: Sequence[str]) -> str:
    return "(" + " OR ".join(f"{column} LIKE %s" for column in columns) + ")"


@functools.cache
def has_fts5() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'site_search'")
        return cursor.fetchone() is not None
