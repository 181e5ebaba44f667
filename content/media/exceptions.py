from __future__ import annotations

from django.utils.translation import gettext


class MediaError(Exception):
    """Something about a picture was refused; the text is for the person who asked."""

    def __str__(self) -> str:
        return super().__str__() or gettext(type(self).__doc__ or "")


class UploadRefused(MediaError):
    """The picture can't be taken as it is; ``field`` is the field of the form that says so."""

    def __init__(self, message: str, field: str = "upload") -> None:
        self.field = field
        super().__init__(message)


class FocalPointRefused(MediaError):
    """The focal point is given in fractions from 0 (left, top) to 1 (right, bottom)."""


class RenditionGivenUp(MediaError):
    """Every worker that began this rendition died of it."""
