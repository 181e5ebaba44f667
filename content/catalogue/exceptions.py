from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext


class CatalogueError(Exception):
    """The catalogue can't take this."""

    def __str__(self) -> str:
        return super().__str__() or gettext(type(self).__doc__ or "")


class InvalidName(CatalogueError):
    """This name can't be used."""


class InvalidValue(CatalogueError):
    """This value is not what the field holds."""


class NameTaken(CatalogueError):
    """Another genre already has this name or alias."""


class GenreInUse(CatalogueError):
    """This genre is in use, so it can't go away."""


class ArtistRefused(CatalogueError):
    """These two artists can't become one."""


class GenreCycle(CatalogueError):
    """A genre can't stand below itself."""

    def __init__(self, way: Sequence[str]) -> None:
        """Take the way round by names, each below the next, the first and the last the same."""
        self.way = list(way)
        super().__init__(
            gettext("{genre} can't stand below {parent}, for that goes round: {way}.").format(
                genre=way[0], parent=way[1], way=" → ".join(way)
            )
            if len(way) > 2
            else gettext("{genre} can't be its own parent.").format(genre=way[0])
        )


class UnreadableFile(CatalogueError):
    """The file can't be read, so nothing was imported."""
