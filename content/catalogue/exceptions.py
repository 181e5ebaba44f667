from __future__ import annotations

from collections.abc import Sequence


class CatalogueError(Exception):
    """The catalogue can't take this."""

    def __str__(self) -> str:
        return super().__str__() or type(self).__doc__ or ""


class InvalidName(CatalogueError):
    """This name can't be used."""


class InvalidValue(CatalogueError):
    """This value is not what the field holds."""


class NameTaken(CatalogueError):
    """Another genre already has this name or alias."""


class GenreCycle(CatalogueError):
    """A genre can't stand below itself."""

    def __init__(self, way: Sequence[str]) -> None:
        """Take the way round by names, each below the next, the first and the last the same."""
        self.way = list(way)
        super().__init__(
            f"{way[0]} can't stand below {way[1]}, for that goes round: {' → '.join(way)}."
            if len(way) > 2
            else f"{way[0]} can't be its own parent."
        )


class UnreadableFile(CatalogueError):
    """The file can't be read, so nothing was imported."""
