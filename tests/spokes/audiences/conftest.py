from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from content.catalogue.models import GenreAlias
from content.catalogue.names import match_key
from spokes.audiences.language import ExpressionErrors, parse
from spokes.audiences.models import Audience


@pytest.fixture
def make_audience(db: None) -> Callable[[str, str], Audience]:
    def make(name: str, expression: str) -> Audience:
        return Audience.objects.create(name=name, slug=name.lower(), expression=expression)

    return make


@pytest.fixture
def make_alias(db: None) -> Callable[..., GenreAlias]:
    def make(name: str, genre: Any) -> GenreAlias:
        return GenreAlias.objects.create(name=name, key=match_key(name), genre=genre)

    return make


@pytest.fixture
def faults(db: None) -> Callable[[str], list[tuple[str, str]]]:
    """Parse a faulty text; list each fault's code with the piece of the text that it spans."""

    def find(text: str) -> list[tuple[str, str]]:
        with pytest.raises(ExpressionErrors) as caught:
            parse(text)
        return [(error.code, text[error.start : error.end]) for error in caught.value.errors]

    return find


@pytest.fixture
def hints(db: None) -> Callable[[str], list[str]]:
    def find(text: str) -> list[str]:
        with pytest.raises(ExpressionErrors) as caught:
            parse(text)
        return [error.hint for error in caught.value.errors]

    return find
