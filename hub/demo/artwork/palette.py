"""Colours made from one: a spoke's own, and what goes with it."""

from __future__ import annotations

import colorsys
import dataclasses
import random
from typing import Self

Colour = tuple[int, int, int]

# where a hue begins (of 360), and what people call it
HUES = (
    (14, "red"),
    (40, "orange"),
    (66, "yellow"),
    (96, "lime"),
    (160, "green"),
    (190, "teal"),
    (215, "sky blue"),
    (250, "blue"),
    (288, "violet"),
    (330, "magenta"),
    (348, "pink"),
    (361, "red"),
)


@dataclasses.dataclass(frozen=True)
class Palette:
    """Five colours: a deep ground, the spoke's own, a warm or cold accent, a tint and paper."""

    deep: Colour
    main: Colour
    accent: Colour
    tint: Colour
    paper: Colour

    @classmethod
    def around(cls, colour: str, chance: random.Random) -> Self:
        """Build a palette round ``#rrggbb``; ``chance`` chooses the accent."""
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        hue, light, strength = colorsys.rgb_to_hls(red, green, blue)
        turn = chance.choice((0.08, -0.09, 0.45, 0.52, 0.38))
        accent_hue = hue + turn if strength > 0.12 else chance.choice((0.02, 0.11, 0.55, 0.9))
        return cls(
            deep=_colour(hue - 0.02, 0.1 + light * 0.08, min(1.0, strength * 0.8)),
            main=_colour(hue, light, strength),
            accent=_colour(accent_hue, 0.6, max(0.72, strength * 0.9)),
            tint=_colour(hue + 0.02, 0.76, max(0.3, strength * 0.7)),
            paper=_colour(accent_hue, 0.94, 0.45),
        )

    @property
    def inks(self) -> tuple[Colour, Colour, Colour]:
        """The colours that stand out from the deep ground."""
        return self.accent, self.tint, self.paper


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours; ``share`` 0 gives the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def name_of(colour: Colour) -> str:
    """Say a colour in a word or two, for those who can't see it."""
    hue, light, strength = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    if light > 0.9:
        return "cream"
    if strength < 0.13:
        return "dark grey" if light < 0.35 else "grey"
    name = next(word for limit, word in HUES if hue * 360 < limit)
    if light < 0.25:
        return f"dark {name}"
    return f"light {name}" if light > 0.7 else name


def _colour(hue: float, light: float, strength: float) -> Colour:
    red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue % 1, light, strength))
    return red, green, blue
