from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Q, Value, When

from content.catalogue.names import match_key
from content.text import clean_line

if TYPE_CHECKING:
    from content.catalogue.models import Artist, Genre, GenreMention, UnresolvedGenre

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")

# as many as a picker shows
PICKER_LENGTH = 20


class GenreQuerySet(models.QuerySet["Genre"]):
    def at_or_below(self, genre: Genre) -> Self:
        return self.filter(above__ancestor=genre)

    def at_or_above(self, genre: Genre) -> Self:
        return self.filter(below__descendant=genre)

    def roots(self) -> Self:
        return self.filter(parent_edges__isnull=True)

    def search(self, text: str, *, limit: int | None = PICKER_LENGTH) -> Self:
        """Genres whose name or alias has the text: the same first, then those that start with it.

        ``limit=None`` leaves the rows open to further filters.
        """
        return _search(self, text, limit, by_alias=True)


class ArtistQuerySet(models.QuerySet["Artist"]):
    def of_genre(self, genre: Genre) -> Self:
        """Artists of the genre or of anything below it."""
        return self.filter(genres__above__ancestor=genre).distinct()

    def search(self, text: str, *, limit: int | None = PICKER_LENGTH) -> Self:
        """Artists whose name or alias has the text: the same first, then those that start with it.

        ``limit=None`` leaves the rows open to further filters.
        """
        return _search(self, text, limit, by_alias=True)


class GenreMentionQuerySet(models.QuerySet["GenreMention"]):
    def unknown(self, keys: Collection[str]) -> Self:
        """Mentions by names that mean no genre yet."""
        return self.filter(key__in=keys, genre__isnull=True)


class UnresolvedGenreQuerySet(models.QuerySet["UnresolvedGenre"]):
    def waiting(self) -> Self:
        return self.filter(settled_at__isnull=True)


def _search(rows: Rows, text: str, limit: int | None, *, by_alias: bool = False) -> Rows:
    text = clean_line(text)
    key = match_key(text)

    def named(**lookup: str) -> Q:
        if not by_alias:
            return Q(**lookup)
        of_alias = {f"aliases__{word}": value for word, value in lookup.items()}
        return Q(**lookup) | Q(pk__in=rows.model._default_manager.filter(**of_alias).values("pk"))

    if text:
        rows = rows.filter(named(key__contains=key) | named(name__icontains=text))
    ranked = rows.annotate(
        search_rank=Case(
            When(named(key=key), then=Value(0)),
            When(named(key__startswith=key), then=Value(1)),
            default=Value(2),
        )
    ).order_by("search_rank", "name", "pk")
    return ranked if limit is None else ranked[:limit]
