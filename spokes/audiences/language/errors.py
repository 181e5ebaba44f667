from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from spokes.audiences.exceptions import AudienceProblem

# characters shown on each side of a fault when its line is long
ROOM = 60


@dataclass(frozen=True, slots=True, order=True)
class ExpressionError:
    """One fault: ``text[start:end]``, a stable code, what is wrong, and what would be right."""

    start: int
    end: int
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def marked(self, text: str) -> str:
        """Draw the faulty line of ``text`` with a marker line under the fault."""
        line_start = text.rfind("\n", 0, self.start) + 1
        line_end = text.find("\n", self.start)
        line_end = len(text) if line_end < 0 else line_end
        left = max(line_start, self.start - ROOM)
        right = min(line_end, max(self.end, self.start + 1) + ROOM, self.start + 2 * ROOM)
        dots = "… " if left > line_start else ""
        before = dots + _visible(text[left : self.start])
        fault = _visible(text[self.start : min(self.end, right)])
        after = _visible(text[max(self.start, min(self.end, right)) : right])
        tail = " …" if right < line_end else ""
        marker = " " * _width(before) + "^" * max(1, _width(fault))
        return f"{before}{fault}{after}{tail}\n{marker}"


class ExpressionErrors(AudienceProblem):
    """The expression can't be read."""

    def __init__(self, errors: Iterable[ExpressionError]) -> None:
        self.errors = sorted(set(errors))
        super().__init__(" ".join(error.message for error in self.errors))


def is_control(character: str) -> bool:
    """Tell what has no place in a name: controls, lone surrogates, and what turns text round."""
    return unicodedata.category(character) in {"Cc", "Cs"} or unicodedata.bidirectional(
        character
    ) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def _visible(text: str) -> str:
    return "".join("�" if is_control(character) else character for character in text)


def _width(text: str) -> int:
    """Count the columns of ``text`` in a monospaced font."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
