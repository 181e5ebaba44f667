from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from content.catalogue.models import Artist, Genre, UnresolvedGenre


class GenreQuerySet(models.QuerySet["Genre"]):
    def at_or_below(self, genre: Genre) -> Self:
        return self.filter(above__ancestor=genre)

    def at_or_above(self, genre: Genre) -> Self:
        return self.filter(below__descendant=genre)

    def roots(self) -> Self:
        return self.filter(parent_edges__isnull=True)


class ArtistQuerySet(models.QuerySet["Artist"]):
    def of_genre(self, genre: Genre) -> Self:
        """Artists of the genre or of anything below it."""
        return self.filter(genres__above__ancestor=genre).distinct()


class UnresolvedGenreQuerySet(models.QuerySet["UnresolvedGenre"]):
    def waiting(self) -> Self:
        return self.filter(settled_at__isnull=True)
