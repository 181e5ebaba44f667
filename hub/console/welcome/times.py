"""Times of the week as people write them: "12:00, 18:00"."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

WALL_TIME = re.compile(r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?\Z")
WEEKDAYS = range(5)
WEEKEND = range(5, 7)


class TimesField(forms.CharField):
    """Wall times with commas between; none is fine."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=200, **kwargs)
        self.widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})

    def clean(self, value: Any) -> Any:
        return _read(super().clean(value))


def _read(text: str) -> list[time]:
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    found = {word: WALL_TIME.match(word) for word in words}
    wrong = [word for word, match in found.items() if match is None]
    if wrong:
        told = ", ".join(f"“{word}”" for word in wrong)
        raise ValidationError(
            _("%(words)s: write times of day like 12:00, with commas between.") % {"words": told}
        )
    return sorted({time(int(match[1]), int(match[2] or 0)) for match in found.values() if match})


def weekly(weekdays: list[time], weekend: list[time]) -> list[tuple[int, time]]:
    """Spread times over Monday to Friday, and over Saturday and Sunday."""
    return [
        *((day, at) for day in WEEKDAYS for at in weekdays),
        *((day, at) for day in WEEKEND for at in weekend),
    ]
