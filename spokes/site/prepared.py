"""Queries whose SQL is built once a process.

To build SQL from a queryset takes several times as long as the database needs to answer it, and
the few queries behind a page's stamp run for every request, also when nothing has changed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# what stands in the SQL for a value to come; no constant of a query may equal them
SOME_TIME = datetime(1901, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
SOME_DAY = SOME_TIME.date()
SOME_KEY = 1_901_020_304
SOME_WORD = "some-word-of-1901"


class PreparedQuery:
    """The SQL that ``build(now, key)`` gives, to be run with another time and another key.

    The day of the time is replaced with it, and ``SOME_WORD`` with the word of the call.

    Rows come as the driver gives them, without the conversions of model fields: select keys,
    texts, and what is only compared.
    """

    def __init__(self, build: Callable[[datetime, int], QuerySet[Any, Any]]) -> None:
        self._build = build

    def rows(
        self, *, now: datetime = SOME_TIME, key: int = SOME_KEY, word: str = SOME_WORD
    ) -> list[tuple[Any, ...]]:
        sql, params = self._prepared
        values = {
            _adapted(SOME_TIME): _adapted(now),
            _adapted_day(SOME_DAY): _adapted_day(now.date()),
            SOME_KEY: key,
            SOME_WORD: word,
        }
        with connection.cursor() as cursor:
            cursor.execute(sql, [values.get(param, param) for param in params])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    @functools.cached_property
    def _prepared(self) -> tuple[str, tuple[Any, ...]]:
        sql, params = self._build(SOME_TIME, SOME_KEY).query.sql_with_params()
        return sql, tuple(params)


def _adapted_day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _adapted(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)
