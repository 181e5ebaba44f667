"""What the rooms refuse, in the words that they say it in."""

from __future__ import annotations

from collections.abc import Mapping

from content.catalogue.exceptions import CatalogueError
from content.editorial.exceptions import EditorialError
from content.media.exceptions import MediaError
from hub.delivery.exceptions import DeliveryError
from hub.people.exceptions import PeopleError
from hub.preview.exceptions import PreviewError
from hub.schedule.exceptions import ScheduleError
from spokes.audiences.exceptions import AudienceProblem
from spokes.channels.exceptions import ChannelError

REFUSALS = (
    CatalogueError,
    MediaError,
    EditorialError,
    AudienceProblem,
    ChannelError,
    DeliveryError,
    PreviewError,
    ScheduleError,
    PeopleError,
)


def words(refusal: Exception) -> str:
    """Return what the exception says, or else its docstring, which is its message."""
    errors = getattr(refusal, "errors", None)
    if isinstance(errors, dict):
        return " ".join(reason for reasons in errors.values() for reason in reasons)
    return str(refusal) or " ".join((type(refusal).__doc__ or "").split())


def errors_of(
    refusal: Exception, fields: Mapping[type[Exception], str]
) -> dict[str | None, list[str]]:
    """Sort what a refusal says by the form field that it speaks of; None is the whole form."""
    errors = getattr(refusal, "errors", None)
    if isinstance(errors, dict):
        return {field: list(reasons) for field, reasons in errors.items()}
    known = (name for kind, name in fields.items() if isinstance(refusal, kind))
    field = getattr(refusal, "field", None) or next(known, None)
    return {field: [words(refusal)]}
