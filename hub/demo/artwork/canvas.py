"""A sheet to draw on, at twice the size and then reduced, so that edges are smooth."""

from __future__ import annotations

import functools
import io
import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw

from hub.demo.artwork.palette import Colour, Palette, blend

WIDTH, HEIGHT = 1280, 800
SCALE = 2
MAX_BYTES = 240_000
# tried in this order until the file is small enough
QUALITIES = (84, 72, 55)

Point = tuple[float, float]


class Canvas:
    """All lengths in pixels of the finished picture."""

    def __init__(self, palette: Palette, chance: random.Random) -> None:
        self.palette = palette
        self.chance = chance
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), palette.deep)
        self.pen = ImageDraw.Draw(self.image)

    def slope(self, start: Colour, end: Colour, *, tilt: float = 0) -> None:
        """Fill the sheet with a gradient, from top to bottom; tilt 1 turns it left to right."""
        down = Image.linear_gradient("L")
        mask = Image.blend(down, down.rotate(90), tilt)
        self.image.paste(start, (0, 0, *self.image.size))
        self.image.paste(end, (0, 0), mask.resize(self.image.size, Image.Resampling.BILINEAR))

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float = 0.8) -> None:
        """Put a soft light on the sheet; ``strength`` 0..1."""
        size = round(radius * 2 * SCALE)
        mask = _soft_disc().point([round(value * strength) for value in range(256)])
        corner = (round((centre[0] - radius) * SCALE), round((centre[1] - radius) * SCALE))
        self.image.paste(colour, corner, mask.resize((size, size), Image.Resampling.BILINEAR))

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        self.pen.ellipse(_ring(centre, radius), fill=colour)

    def ring(self, centre: Point, radius: float, colour: Colour, width: float = 2) -> None:
        self.pen.ellipse(_ring(centre, radius), outline=colour, width=_wide(width))

    def wedge(self, centre: Point, radius: float, start: float, end: float, colour: Colour) -> None:
        """Fill a slice of a disc; degrees clockwise from three o'clock."""
        self.pen.pieslice(_ring(centre, radius), start, end, fill=colour)

    def arc(self, centre: Point, radius: float, turn: tuple[float, float], colour: Colour) -> None:
        """Draw a thin part of a ring; ``turn`` from and to, in degrees as for ``wedge``."""
        self.pen.arc(_ring(centre, radius), *turn, fill=colour, width=_wide(3))

    def box(self, corner: Point, size: Point, colour: Colour, *, round_by: float = 0) -> None:
        left, top = corner
        shape = (left * SCALE, top * SCALE, (left + size[0]) * SCALE, (top + size[1]) * SCALE)
        self.pen.rounded_rectangle(shape, radius=round_by * SCALE, fill=colour)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        self.pen.polygon(_scaled(points), fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float = 3) -> None:
        self.pen.line(_scaled(points), fill=colour, width=_wide(width), joint="curve")

    def ink(self, step: int, of: int) -> Colour:
        """Give one of ``of`` colours on the way from the spoke's own to the accent."""
        return blend(self.palette.main, self.palette.accent, step / max(1, of - 1))

    def jpeg(self) -> bytes:
        """Finish the picture: reduce it, and lay a grain over it as print has."""
        small = self.image.reduce(SCALE)
        small = ImageChops.overlay(small, _grain())
        for quality in QUALITIES:
            out = io.BytesIO()
            small.save(out, "JPEG", quality=quality)
            if out.tell() <= MAX_BYTES:
                break
        return out.getvalue()


def _ring(centre: Point, radius: float) -> tuple[float, float, float, float]:
    across, down = centre
    return (
        (across - radius) * SCALE,
        (down - radius) * SCALE,
        (across + radius) * SCALE,
        (down + radius) * SCALE,
    )


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(across * SCALE, down * SCALE) for across, down in points]


def _wide(width: float) -> int:
    return max(1, round(width * SCALE))


@functools.cache
def _soft_disc() -> Image.Image:
    disc = ImageChops.invert(Image.radial_gradient("L"))
    edge = int(disc.getpixel((128, 0)) or 0)  # type: ignore[arg-type]  # one band: a number
    return disc.point([max(0, (value - edge) * 255 // (255 - edge)) for value in range(256)])


@functools.cache
def _grain() -> Image.Image:
    """Make a light paper grain, the same in every run."""
    chance = random.Random(1877)  # noqa: S311  # a texture, not a secret
    side = 160
    dots = bytes(120 + chance.randrange(17) for _ in range(side * side))
    tile = Image.frombytes("L", (side, side), dots)
    sheet = Image.new("L", (WIDTH, HEIGHT))
    for left in range(0, WIDTH, side):
        for top in range(0, HEIGHT, side):
            sheet.paste(tile, (left, top))
    return sheet.convert("RGB")
