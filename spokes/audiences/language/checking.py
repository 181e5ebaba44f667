"""Look at a text that is still being typed: what it means, or all that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spokes.audiences.language.errors import ExpressionError, ExpressionErrors
from spokes.audiences.language.fields import POST_FIELDS
from spokes.audiences.language.formatter import format_expression
from spokes.audiences.language.meaning import parse_all
from spokes.audiences.language.tree import Expression
from spokes.audiences.language.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Checked:
    """``expression`` and ``formatted`` when it can be read, else ``errors``.

    Warnings have the shape of errors: they mark what can be read and is hardly meant.
    """

    expression: Expression | None = None
    errors: tuple[ExpressionError, ...] = ()
    warnings: tuple[ExpressionError, ...] = ()
    formatted: str = ""


def check(text: str, vocabulary: Vocabulary[Any] = POST_FIELDS) -> Checked:
    """Say all that there is to say about a text; never raises."""
    result = parse_all([text], vocabulary)[text]
    if isinstance(result, ExpressionErrors):
        return Checked(errors=tuple(result.errors))
    return Checked(result, formatted=format_expression(result))
