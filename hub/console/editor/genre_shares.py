"""The shares beside a post's genres: read as they are typed, and told as they come out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from content.catalogue.models import Genre
from content.editorial.picks import WHOLE, Percents, not_a_share, problems_of_picks, share_out
from content.editorial.shares import in_percent

# the name of an input is this and the key of its genre
PREFIX = "share-"
# a form that somebody made up may name any number of genres
MOST = 200
PERCENT = re.compile(r"(\d{1,3})\s*%?", re.ASCII)

# key of a genre → what was typed beside it
Typed = dict[str, str]


class ShareInputs(forms.Widget):
    """The inputs that the page shows beside its genres, read as one value."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Typed:
        return typed_shares(data)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


@dataclasses.dataclass(frozen=True)
class PickLine:
    """A genre of the form: its share as typed, and the one that it gets if it is left empty."""

    key: str
    name: str
    typed: str
    otherwise: str


def typed_shares(data: Mapping[str, Any] | QueryDict) -> Typed:
    names = [name for name in data if name.startswith(PREFIX)][:MOST]
    found = {name.removeprefix(PREFIX): str(data[name]).strip() for name in names}
    return {key: text for key, text in found.items() if text}


def read_percent(text: str) -> int | None:
    """Read "60", "60%" or nothing; ValueError for the rest, and for what no share can be."""
    if not text:
        return None
    match = PERCENT.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= WHOLE:
        raise ValueError(text)
    return int(match[1])


def picks_of(keys: Iterable[int], typed: Typed) -> Percents:
    """Give each genre its share as far as it can be read; nothing is refused."""
    texts = {key: typed.get(str(key), "") for key in keys}
    return {key: read_percent(text) if _is_share(text) else None for key, text in texts.items()}


def with_percents(genres: Iterable[Genre], typed: Typed) -> list[tuple[Genre, int | None]]:
    """Put the typed shares to their genres; ValidationError names those that can't be read."""
    picks, bad = [], []
    for genre in genres:
        try:
            picks.append((genre, read_percent(typed.get(str(genre.pk), ""))))
        except ValueError:
            bad.append(not_a_share(genre.name))
    if bad:
        raise ValidationError(bad)
    return picks


def pick_lines(names: Mapping[str, str], typed: Typed) -> list[PickLine]:
    """Give a line for each genre, by key, in the order of the form."""
    picks = picks_of([int(key) for key in names], typed)
    shares = share_out(picks)
    return [
        PickLine(key, name, typed.get(key, ""), in_percent(shares[int(key)]).removesuffix("%"))
        for key, name in names.items()
    ]


def problems_of_typed(names: Mapping[int, str], typed: Typed) -> list[str]:
    """Say what is wrong with the shares beside these genres, as saving would."""
    bad = [name for key, name in names.items() if not _is_share(typed.get(str(key), ""))]
    if bad:
        return [not_a_share(name) for name in bad]
    picks = picks_of(names, typed)
    return problems_of_picks({names[key]: percent for key, percent in picks.items()})


def _is_share(text: str) -> bool:
    try:
        read_percent(text)
    except ValueError:
        return False
    return True
