"""The fields of a post's form, as the editor's script and style know them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise


class Picker(forms.SelectMultiple):
    """A list of which only the chosen rows are in the page; the script searches for others."""

    def __init__(self, what: str, placeholder: str | Promise) -> None:
        super().__init__(attrs={"data-picker": what, "data-placeholder": placeholder})
        # key → name of rows that the page has read already
        self.known: dict[str, str] = {}

    def __deepcopy__(self, memo: Any) -> Picker:
        copied: Picker = super().__deepcopy__(memo)
        copied.known = dict(self.known)
        return copied

    def optgroups(
        self, name: str, value: list[Any], attrs: dict[str, Any] | None = None
    ) -> list[Any]:
        chosen = list(dict.fromkeys(str(key) for key in value if str(key).isdecimal()))
        missing = [key for key in chosen if key not in self.known]
        self.known |= self._read(missing)
        options = [
            self.create_option(name, key, self.known[key], True, place, attrs=attrs)
            for place, key in enumerate(chosen)
            if key in self.known
        ]
        return [(None, options, 0)]

    def _read(self, keys: list[str]) -> dict[str, str]:
        if not keys:
            return {}
        # a ModelMultipleChoiceField gives its widget choices that know their rows
        choices: Any = self.choices
        rows = choices.queryset.filter(pk__in=keys)
        return {str(row.pk): str(row) for row in rows}


def line(**attrs: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "post-input", **attrs})


def text(**attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"class": "post-input", **attrs})
