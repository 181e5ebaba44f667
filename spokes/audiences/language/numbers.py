"""Numbers in expressions: 3, >=3, <2000, 1990..1999."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.translation import gettext

from spokes.audiences.language.tree import Range
from spokes.audiences.language.vocabulary import Meaning, Problem

COMPARED = re.compile(r"(>=|<=|>|<|=|≥|≤)?([0-9]{1,4})", re.ASCII)
BETWEEN = re.compile(r"([0-9]{1,4})?\.\.([0-9]{1,4})?", re.ASCII)
NUMBERS = re.compile(r"(?<![0-9])[0-9]{1,4}(?![0-9])", re.ASCII)
USUAL = {"≥": ">=", "≤": "<=", "=": ""}


def number_reader(
    name: str, lowest: int, highest: int, *, example: int
) -> Callable[[str], Meaning | Problem]:
    """Make what reads the values of a field that goes from ``lowest`` to ``highest``."""

    def read(text: str) -> Meaning | Problem:
        if found := COMPARED.fullmatch(text):
            sign, number = USUAL.get(found[1], found[1] or ""), int(found[2])
            return _meaning(_range(sign, number), f"{sign}{number}", [number])
        found = BETWEEN.fullmatch(text)
        if not found or text == "..":
            message = gettext("“{text}” is no number to compare with.").format(text=text)
            return Problem("bad_number", message, _hint(text))
        least, most = (int(part) if part else None for part in found.groups())
        numbers = [number for number in (least, most) if number is not None]
        return _meaning(Range(least, most), _written(least, most), numbers)

    def _hint(text: str) -> str:
        """Say it with the numbers that stand there: “2021-2024” was meant as both ends."""
        found = [int(part) for part in NUMBERS.findall(text)]
        numbers = [number for number in found if lowest <= number <= highest]
        if len(numbers) == 2 and numbers[0] < numbers[1]:
            least, most = numbers
            return gettext("Write {name}:{least}..{most}.").format(
                name=name, least=least, most=most
            )
        hint = gettext("Write {name}:{number}, {name}:>={number} or {name}:<{number}.")
        return hint.format(name=name, number=numbers[0] if len(numbers) == 1 else example)

    def _meaning(wanted: Range, text: str, numbers: list[int]) -> Meaning | Problem:
        if any(not lowest <= number <= highest for number in numbers):
            message = gettext("{name} goes from {lowest} to {highest}.").format(
                name=name, lowest=lowest, highest=highest
            )
            return Problem("number_out_of_range", message)
        least = lowest if wanted.least is None else wanted.least
        most = highest if wanted.most is None else wanted.most
        if least > most:
            message = gettext("There is no number in {text}.").format(text=text)
            turned = wanted.least is not None and wanted.most is not None
            hint = gettext("Write {low}..{high}.").format(low=most, high=least) if turned else ""
            return Problem("empty_range", message, hint)
        return Meaning(wanted, text, text)

    return read


def _range(sign: str, number: int) -> Range:
    ranges = {
        "": Range(number, number),
        ">": Range(number + 1, None),
        ">=": Range(number, None),
        "<": Range(None, number - 1),
        "<=": Range(None, number),
    }
    return ranges[sign]


def _written(least: int | None, most: int | None) -> str:
    if least is None:
        return f"<={most}"
    if most is None:
        return f">={least}"
    return f"{least}" if least == most else f"{least}..{most}"
