"""Artists that a form still has under the numbers that they had before they were merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from content.catalogue.former import find_merged_artists
from content.catalogue.models import Artist
from hub.console.keys import is_key


def follow_merged(keys: Sequence[str]) -> list[str]:
    """Put those that they were merged into in their places, each once; one query for none."""
    merged = find_merged_artists([int(key) for key in keys if is_key(key)])
    found = (str(merged.get(int(key), key)) if is_key(key) else key for key in keys)
    return list(dict.fromkeys(found))


class ArtistsField(forms.ModelMultipleChoiceField[Artist]):
    """Artists, also those that were merged while the form was open."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except ValidationError:
            followed = follow_merged([str(key) for key in value or ()])
            if followed == value:
                raise
            return super().clean(followed)
