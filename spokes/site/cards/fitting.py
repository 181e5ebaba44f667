"""Fitting a text into a box: as large as it goes, in lines of about the same length."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PIL import Image

from spokes.site.cards.fonts import Style, paint
from spokes.site.cards.lines import (
    Atom,
    Line,
    atoms,
    clusters,
    lay_line,
    reads_right_to_left,
    tidy,
)

ELLIPSIS = "…"
# what rounding and hinting may add to a measured length
SAFETY = 1.01
# from base line to base line, and the least air between inks; in ems
LEADING = 1.1
AIR = 0.1


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """A text in lines, at a size in pixels."""

    lines: tuple[Line, ...]
    size: int
    style: Style
    rtl: bool

    @property
    def width(self) -> float:
        return max((line.width for line in self.lines), default=0.0) * self.size

    @property
    def leading(self) -> float:
        """Measure from base line to base line, in pixels; marks above and below need more."""
        pairs = zip(self.lines, self.lines[1:], strict=False)
        ink = max((upper.fall + lower.rise + AIR for upper, lower in pairs), default=0.0)
        return max(LEADING, ink) * self.size

    @property
    def rise(self) -> float:
        """Measure from the first base line up to the top of a capital, or of what is higher."""
        return max(0.73, self.lines[0].rise) * self.size if self.lines else 0.0

    @property
    def height(self) -> float:
        """Measure from the top of the first line's ink to the bottom of the last one's."""
        if not self.lines:
            return 0.0
        fall = max(0.05, self.lines[-1].fall) * self.size
        return self.rise + self.leading * (len(self.lines) - 1) + fall

    def draw(self, image: Image.Image, at: tuple[float, float], *, width: float, ink: str) -> None:
        """Draw with the top left of the box at a point; what reads from the right starts there."""
        base = at[1] + self.rise
        for line in self.lines:
            x = at[0] + (width - line.width * self.size if self.rtl else 0)
            x += line.before * self.size
            for run in line.runs:
                paint(
                    image,
                    (x, base),
                    run.text,
                    face=run.face,
                    size=self.size,
                    style=self.style,
                    rtl=run.rtl,
                    ink=ink,
                )
                x += run.extent.advance * self.size
            base += self.leading


@dataclasses.dataclass(frozen=True, slots=True)
class Room:
    """How much space a text has, in pixels, and which sizes it may take."""

    width: float
    height: float
    largest: int
    smallest: int
    most_lines: int = 9
    step: int = 2

    def ems(self, size: int) -> float:
        """Measure the width in ems of a size."""
        return self.width / size / SAFETY


def fit(text: str, style: Style, room: Room) -> Block:
    """Set a text as large as it goes.

    A word is split only when it would have to be less than half as large as others; the end is
    cut when even the smallest size is too large.
    """
    text = tidy(text)
    rtl = reads_right_to_left(text)
    setter = _Setter(atoms(text), style, rtl)
    sizes = range(room.largest, room.smallest - 1, -room.step)
    for size in sizes:
        whole = setter.widest <= room.ems(size)
        if whole and (block := _block(setter, size, room)):
            return block
        if not whole and size < room.largest / 2:
            parted = _Setter(_splinters(text, style, room.ems(size), rtl), style, rtl)
            if block := _block(parted, size, room):
                return block
    return _cut(text, style, room, rtl)


def _block(setter: _Setter, size: int, room: Room) -> Block | None:
    block = Block(tuple(setter.balanced(room.ems(size))), size, setter.style, setter.rtl)
    fits = len(block.lines) <= room.most_lines and block.height <= room.height
    return block if fits else None


def _cut(text: str, style: Style, room: Room, rtl: bool) -> Block:
    """Set at the smallest size and leave out what is too much."""
    ems = room.ems(room.smallest)
    setter = _Setter(_splinters(text, style, ems, rtl), style, rtl)
    texts = setter.texts(ems)
    lines = [setter.lay(line) for line in texts]
    for count in range(min(len(lines), room.most_lines), 0, -1):
        kept = lines[:count]
        if count < len(lines):
            kept[-1] = _with_ellipsis(texts[count - 1], style, ems, rtl)
        block = Block(tuple(kept), room.smallest, style, rtl)
        if block.height <= room.height or count == 1:
            return block
    return Block((), room.smallest, style, rtl)


def _with_ellipsis(text: str, style: Style, ems: float, rtl: bool) -> Line:
    pieces = clusters(text)
    line = lay_line(text.rstrip() + ELLIPSIS, style, rtl=rtl)
    while pieces and line.width > ems:
        pieces.pop()
        line = lay_line("".join(pieces).rstrip() + ELLIPSIS, style, rtl=rtl)
    return line


def _splinters(text: str, style: Style, ems: float, rtl: bool) -> list[Atom]:
    """Split what is wider than a line into what is not."""
    found: list[Atom] = []
    for atom in atoms(text):
        piece, spaced = "", atom.spaced
        for cluster in clusters(atom.text):
            if piece and lay_line(piece + cluster, style, rtl=rtl).width > ems:
                found.append(Atom(piece, spaced))
                piece, spaced = "", False
            piece += cluster
        found.append(Atom(piece, spaced))
    return found


class _Setter:
    """Sets the same atoms in lines of different lengths, each atom measured once."""

    def __init__(self, pieces: Sequence[Atom], style: Style, rtl: bool) -> None:
        self.pieces = pieces
        self.style = style
        self.rtl = rtl
        self.space = lay_line("n n", style, rtl=False).width
        self.space -= lay_line("nn", style, rtl=False).width
        self.widths = [self.lay(piece.text).width for piece in pieces]

    @property
    def widest(self) -> float:
        return max(self.widths, default=0.0)

    def lay(self, text: str) -> Line:
        return lay_line(text, self.style, rtl=self.rtl)

    def texts(self, ems: float) -> list[str]:
        """Fill lines of this length, one after the other."""
        lines: list[str] = []
        used = 0.0
        for piece, width in zip(self.pieces, self.widths, strict=True):
            gap = self.space if piece.spaced else 0.0
            if lines and used + gap + width <= ems:
                lines[-1] += (" " if piece.spaced else "") + piece.text
                used += gap + width
            else:
                lines.append(piece.text)
                used = width
        return lines

    def balanced(self, ems: float) -> list[Line]:
        """Fill as few lines as this length needs, all about as long as each other."""
        count = len(self.texts(ems))
        least, most = self.widest, ems
        for _ in range(12):
            middle = (least + most) / 2
            if len(self.texts(middle)) > count:
                least = middle
            else:
                most = middle
        lines = [self.lay(text) for text in self.texts(most)]
        # joined words may be a little wider than the sum of them
        if max((line.width for line in lines), default=0.0) > ems:
            lines = [self.lay(text) for text in self.texts(ems * 0.97)]
        return lines
