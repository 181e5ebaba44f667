"""Texts in lines: clusters, runs in the order of the eye, and where a line may end."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from spokes.site.cards.fonts import MOST_MARKS, Extent, Face, Style, choose, extent, is_emoji

ZWJ = "\u200d"
# orders to the text's direction, which a headline has no business to give
DIRECTION_ORDERS = re.compile(r"[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
# what no line begins with (closing marks, signs that lengthen, Thai vowels that follow), and what
# none ends with (opening marks, Thai vowels that lead)
NEVER_FIRST = frozenset({"Pe", "Pf", "Po", "Lm"})
NEVER_LAST = frozenset({"Ps", "Pi"})
THAI_FOLLOWING = "\u0e30\u0e45\u0e46"
THAI_LEADING = "\u0e40\u0e41\u0e42\u0e43\u0e44"
OPENING = "¿¡"
BREAK_AFTER = re.compile(r"(?<=[-–—/])(?=\w)")
# scripts that are written without spaces, by the first word of their signs' names
WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line in one face and one direction."""

    text: str
    face: Face
    rtl: bool
    extent: Extent


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """Runs from left to right; lengths in ems."""

    runs: tuple[Run, ...]

    @property
    def before(self) -> float:
        """Measure how far ink goes to the left of where the first run begins."""
        return self.runs[0].extent.before if self.runs else 0.0

    @property
    def width(self) -> float:
        """Measure from the first ink to the last."""
        if not self.runs:
            return 0.0
        return (
            self.before + sum(run.extent.advance for run in self.runs) + self.runs[-1].extent.after
        )

    @property
    def rise(self) -> float:
        return max((run.extent.rise for run in self.runs), default=0.0)

    @property
    def fall(self) -> float:
        return max((run.extent.fall for run in self.runs), default=0.0)


def tidy(text: str) -> str:
    """Put a text on one line, composed, without orders to its direction."""
    return " ".join(DIRECTION_ORDERS.sub("", unicodedata.normalize("NFC", text)).split())


def clusters(text: str) -> list[str]:
    """Split a text into what a reader takes for one sign."""
    found: list[str] = []
    for sign in text:
        if found and _belongs(found[-1], sign):
            if not _is_mark(sign) or sum(map(_is_mark, found[-1])) < MOST_MARKS:
                found[-1] += sign
        else:
            found.append(sign)
    return found


def _belongs(cluster: str, sign: str) -> bool:
    if _is_mark(sign) or sign == ZWJ or 0x1F3FB <= ord(sign) <= 0x1F3FF:
        return True
    if cluster.endswith(ZWJ):
        return is_emoji(cluster)
    return len(cluster) == 1 and all(0x1F1E6 <= ord(flag) <= 0x1F1FF for flag in cluster + sign)


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "M" or 0xE0020 <= ord(sign) <= 0xE007F


# --- direction -----------------------------------------------------------------------------------


def reads_right_to_left(text: str) -> bool:
    """Tell by the first sign that has a direction."""
    for sign in text:
        kind = unicodedata.bidirectional(sign)
        if kind in {"L", "R", "AL"}:
            return kind != "L"
    return False


def levels(pieces: Sequence[str], rtl: bool) -> list[int]:
    """Give each cluster its level of embedding, as the Unicode bidi algorithm does for a line.

    Without explicit embeddings three levels are all there are: 0 left to right, 1 right to left,
    2 left to right within that.
    """
    kinds = _directions(pieces, "R" if rtl else "L")
    of_kind = {"L": 2 if rtl else 0, "R": 1, "number": 2}
    return [of_kind[kind] for kind in kinds]


def _directions(pieces: Sequence[str], base: str) -> list[str]:
    """Tell of each cluster whether it runs as L, as R, or as a number among R."""
    kinds: list[str | None] = []
    last = base
    for piece in pieces:
        match unicodedata.bidirectional(piece[0]):
            case "L":
                last = "L"
                kinds.append(last)
            case "R" | "AL":
                last = "R"
                kinds.append(last)
            case "EN" | "AN" | "ET":
                kinds.append("L" if last == "L" else "number")
            case _:
                kinds.append(None)
    return _settle_neutrals(kinds, base)


def _settle_neutrals(kinds: Sequence[str | None], base: str) -> list[str]:
    """Let what has no direction go with its sides where they agree, else with the whole line."""
    after = [base] * len(kinds)
    for at in range(len(kinds) - 2, -1, -1):
        after[at] = _side(kinds[at + 1]) or after[at + 1]
    before, settled = base, []
    for kind, following in zip(kinds, after, strict=True):
        settled.append(kind or (before if before == following else base))
        before = _side(kind) or before
    return settled


def _side(kind: str | None) -> str | None:
    return "R" if kind == "number" else kind


def in_order_of_the_eye(runs: Sequence[tuple[int, Run]]) -> tuple[Run, ...]:
    """Reverse what runs from right to left, from the deepest level up (rule L2)."""
    ordered = list(runs)
    for level in (2, 1):
        start = 0
        for deep, group in itertools.groupby(list(ordered), lambda run: run[0] >= level):  # noqa: B023  # used up before the next round
            size = len(list(group))
            if deep:
                ordered[start : start + size] = reversed(ordered[start : start + size])
            start += size
    return tuple(run for _, run in ordered)


# --- runs ----------------------------------------------------------------------------------------


def lay_line(text: str, style: Style, *, rtl: bool) -> Line:
    """Choose faces and directions for a text that stands on one line."""
    pieces = clusters(text)
    parts: list[tuple[int, Face, str]] = []
    for piece, level in zip(pieces, levels(pieces, rtl), strict=True):
        face, drawn = _face_for(piece, style, parts[-1][1] if parts else None)
        if parts and parts[-1][:2] == (level, face):
            parts[-1] = (level, face, parts[-1][2] + drawn)
        else:
            parts.append((level, face, drawn))
    runs = [(level, _run(drawn, face, style, level == 1)) for level, face, drawn in parts if drawn]
    return Line(in_order_of_the_eye(runs))


def _face_for(piece: str, style: Style, current: Face | None) -> tuple[Face, str]:
    """Stay in the face of the text before, for spaces and such."""
    if current and not current.bitmap_size and piece.isspace():
        return current, piece
    return choose(piece, style)


def _run(text: str, face: Face, style: Style, rtl: bool) -> Run:
    return Run(text, face, rtl, extent(text, face, style, rtl))


# --- where a line may end ------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Atom:
    """What stays together; ``spaced`` when a space stands before it."""

    text: str
    spaced: bool


def atoms(text: str) -> list[Atom]:
    found: list[Atom] = []
    for word in text.split(" "):
        for number, piece in enumerate(_pieces(word)):
            found.append(Atom(piece, spaced=number == 0 and bool(found)))
    return found


def _pieces(word: str) -> Iterator[str]:
    """Split a word after dashes, and anywhere where its script has no spaces."""
    for part in BREAK_AFTER.split(word):
        piece = ""
        for cluster in clusters(part):
            if piece and _may_part(piece[-1], cluster[0]):
                yield piece
                piece = ""
            piece += cluster
        if piece:
            yield piece


def _may_part(before: str, after: str) -> bool:
    if unicodedata.category(before) in NEVER_LAST or before in OPENING + THAI_LEADING:
        return False
    if unicodedata.category(after) in NEVER_FIRST and after not in OPENING:
        return False
    if after in THAI_FOLLOWING or "LETTER SMALL" in unicodedata.name(after, ""):
        # a small kana belongs to the one before; a Latin letter is of a word
        return False if _without_spaces(after) else _without_spaces(before)
    return _without_spaces(before) or _without_spaces(after)


def _without_spaces(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith(WITHOUT_SPACES)
