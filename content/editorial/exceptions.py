from __future__ import annotations

from collections.abc import Sequence


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
        super().__init__(f"“{title}” is scheduled; unschedule it first.")


class PostChanged(EditorialError):
    """Somebody else's change came first."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"“{title}” was changed by someone else meanwhile. Load it again and have another look."
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
        hint = f" Did you mean {' or '.join(f'“{other}”' for other in near)}?" if near else ""
        super().__init__(f"There is no audience tag “{name}”.{hint}")
