"""Two states of a post beside each other, field by field, with what was added and taken away."""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from content.editorial.fields import RELATIONS
from content.editorial.history import Facts, row_in_words
from content.editorial.models import Post
from content.editorial.revisions import differing_fields
from hub.console.moments import moment

WORD = re.compile(r"\s+|\w+|[^\w\s]")
# below this share of words in common, the old and the new read better one after the other
ALIKE = 0.5
TEXTS = {"title", "teaser", "body", "cta_label", "cta_url"}


@dataclasses.dataclass(frozen=True)
class Piece:
    """A stretch of text: kept, added or taken away."""

    # same | added | gone
    how: str
    text: str


@dataclasses.dataclass(frozen=True)
class Difference:
    """One field that differs; a text by its words, a list by its members."""

    field: str
    label: str
    pieces: tuple[Piece, ...]

    @property
    def kind(self) -> str:
        """Tell running text from a list of members, for the style."""
        return "text" if self.field in TEXTS else "list"


def compare(before: Facts, after: Facts) -> list[Difference]:
    return [
        Difference(name, label_of(name), tuple(_pieces(name, before.get(name), after.get(name))))
        for name in differing_fields(before, after)
    ]


def label_of(name: str) -> str:
    field = Post._meta.get_field(name)
    words = str(getattr(field, "verbose_name", "") or name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _pieces(name: str, before: Any, after: Any) -> Iterator[Piece]:
    if name in TEXTS:
        yield from diff_text(before or "", after or "")
    elif name in RELATIONS:
        yield from _diff_lists(
            [_said(name, item) for item in before or ()],
            [_said(name, item) for item in after or ()],
        )
    else:
        yield from _diff_lists([_said(name, before)], [_said(name, after)])


def _diff_lists(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for item in dict.fromkeys([*before, *after]):
        if item:
            how = "same" if item in before and item in after else "gone"
            yield Piece("added" if how == "gone" and item in after else how, item)


def diff_text(before: str, after: str) -> Iterator[Piece]:
    """Compare line by line first, then word by word: a long text stays quick."""
    lines = difflib.SequenceMatcher(
        None, left := before.splitlines(keepends=True), right := after.splitlines(keepends=True)
    )
    pieces = itertools.chain.from_iterable(
        _diff_words("".join(left[a:b]), "".join(right[c:d]))
        if how == "replace"
        else _stretch(how, left[a:b], right[c:d])
        for how, a, b, c, d in lines.get_opcodes()
    )
    yield from _joined(pieces)


def _diff_words(before: str, after: str) -> Iterator[Piece]:
    left, right = WORD.findall(before), WORD.findall(after)
    words = difflib.SequenceMatcher(None, left, right)
    if words.ratio() < ALIKE:
        yield from _stretch("replace", [before], [after])
        return
    for how, a, b, c, d in words.get_opcodes():
        yield from _stretch(how, left[a:b], right[c:d])


def _stretch(how: str, left: Sequence[str], right: Sequence[str]) -> Iterator[Piece]:
    if how == "equal":
        yield Piece("same", "".join(left))
        return
    if left:
        yield Piece("gone", "".join(left))
    if right:
        yield Piece("added", "".join(right))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    for how, group in itertools.groupby(pieces, key=lambda piece: piece.how):
        if text := "".join(piece.text for piece in group):
            yield Piece(how, text)


def _said(name: str, value: Any) -> str:
    """Write a value of a revision as people read it: rows by their names, times with a zone."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        words = " · ".join(
            str(value[key]) for key in ("title", "teaser", "cta_label") if value[key]
        )
        return f"{value['target']}: {words}"
    if isinstance(value, list | tuple):
        return row_in_words(value)
    if name in {"embargo_until", "expires_at"} and (at := parse_datetime(str(value))):
        return moment(at)
    field = Post._meta.get_field(name)
    choices = dict(field.flatchoices) if isinstance(field, models.Field) else {}
    return str(choices.get(value, value))
