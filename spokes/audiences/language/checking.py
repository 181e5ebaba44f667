"""Look at a text that is still being typed: what it means, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext

from spokes.audiences.language.errors import ExpressionError
from spokes.audiences.language.fields import POST_FIELDS
from spokes.audiences.language.formatter import format_expression
from spokes.audiences.language.meaning import read_all
from spokes.audiences.language.meant import Guess, guess, means_everybody
from spokes.audiences.language.tree import Expression
from spokes.audiences.language.vocabulary import Vocabulary, Written

# faults of words alone whose meaning is guessed
HELPED = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """``expression`` and ``formatted`` when it can be read, else ``errors``.

    Warnings have the shape of errors: they mark what can be read and is hardly meant.
    """

    expression: Expression | None = None
    errors: tuple[ExpressionError, ...] = ()
    warnings: tuple[ExpressionError, ...] = ()
    formatted: str = ""


def check(
    text: str, vocabulary: Vocabulary[Any] = POST_FIELDS, *, audience: int | None = None
) -> Checked:
    """Say all that there is to say about a text; never raises.

    ``audience`` is the id of the one that is being changed, which can't ask for itself.
    """
    own = [] if audience is None else [audience]
    (reading,) = read_all([Written(text)], vocabulary, own=own)
    if reading.expression is None:
        return Checked(errors=tuple(_helped(text, reading.errors, vocabulary)))
    formatted = format_expression(reading.expression, vocabulary)
    warnings = vocabulary.warn(reading.expression, len(text))
    return Checked(reading.expression, warnings=tuple(warnings), formatted=formatted)


def _helped(
    text: str, errors: Collection[ExpressionError], vocabulary: Vocabulary[Any]
) -> Iterator[ExpressionError]:
    """Say of words that stand alone what they probably mean, instead of each of their signs."""
    found = [error for error in errors if error.code == "bare_word"]
    known = found[:HELPED] if vocabulary.fields.keys() == POST_FIELDS.fields.keys() else []
    guesses = {error: meant for error in known if (meant := guess(text, error))}
    for error in errors:
        if meant := guesses.get(error):
            yield replace(error, hint=_meaning(meant))
        elif error in known and means_everybody(text[error.start : error.end]):
            hint = gettext("For every post, leave the channel without an audience.")
            yield replace(error, hint=hint)
        elif error.code != "needs_quotes" or not any(
            meant.start <= error.start and error.end <= meant.end for meant in guesses.values()
        ):
            yield error


def _meaning(meant: Guess) -> str:
    offers = gettext(" or ").join(meant.texts)
    hint = gettext("Did you mean {offers}?").format(offers=offers)
    if not meant.unread:
        return hint
    left_out = gettext("Left out, for nothing here has such a name: {names}.")
    return f"{hint} {left_out.format(names=', '.join(meant.unread))}"
