from __future__ import annotations

from collections.abc import Sequence

from django.utils.text import get_text_list
from django.utils.translation import gettext


class EditorialError(Exception):
    """Something about a post or a tag was refused; the text is for the person who asked."""


class PostInvalid(EditorialError):
    """What is wrong with a post, all at once: ``errors`` is field → messages."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(
            " ".join(f"{field}: {text}" for field, texts in errors.items() for text in texts)
        )


class PostLocked(EditorialError):
    """The post is on its way out, and what was approved is what is sent."""

    def __init__(self, title: str) -> None:
        super().__init__(
            gettext("“{title}” is scheduled; unschedule it first.").format(title=title)
        )


class PostChanged(EditorialError):
    """Somebody else's change came first."""

    def __init__(self, title: str) -> None:
        super().__init__(
            gettext(
                "“{title}” was changed by someone else meanwhile. Load it again and have "
                "another look."
            ).format(title=title)
        )


class TransitionRefused(EditorialError):
    """The post is not in a state that allows this step."""


class FourEyesRefused(EditorialError):
    """A post needs a second pair of eyes."""


class TagRefused(EditorialError):
    """The vocabulary can't be changed like this."""


class UnknownTag(EditorialError):
    """Nobody added this word to the vocabulary; ``near`` are the names that look like it."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        self.name = name
        self.near = list(near)
        hint = (
            " "
            + gettext("Did you mean {names}?").format(
                names=get_text_list([f"“{other}”" for other in near], gettext("or"))
            )
            if near
            else ""
        )
        super().__init__(
            gettext("There is no audience tag “{name}”.{hint}").format(name=name, hint=hint)
        )
