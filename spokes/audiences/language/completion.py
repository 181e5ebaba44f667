"""What may be written at a place of an expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spokes.audiences.language.fields import POST_FIELDS
from spokes.audiences.language.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Option:
    """What is put in, what people read for it, and what it means."""

    insert: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """``options`` may each replace ``text[start:end]``; the best come first."""

    start: int
    end: int
    options: tuple[Option, ...] = ()


def complete(text: str, cursor: int, vocabulary: Vocabulary[Any] = POST_FIELDS) -> Completion:
    """Offer what may stand where the cursor is; never raises."""
    start = cursor
    while start and (text[start - 1].isalnum() or text[start - 1] in "-_"):
        start -= 1
    typed = text[start:cursor].lower()
    fields = [field for field in vocabulary if field.name.startswith(typed)]
    options = tuple(Option(f"{field.name}:", field.name, str(field.help)) for field in fields)
    return Completion(start, cursor, options)
