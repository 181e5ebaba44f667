"""Colours for new spokes: far from each other to the eye, and readable on the site's paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from spokes.site.colours import LIGHT_PAPER, readable

HUES = 36
# OKLab lightness and chroma of the candidates (Björn Ottosson, 2020)
TONES = ((0.5, 0.16), (0.42, 0.11), (0.56, 0.13))

Lab = tuple[float, float, float]


def suggest_colours(count: int, *, taken: Iterable[str] = ()) -> list[str]:
    """Suggest ``count`` colours, each as unlike the ones before it and ``taken`` as can be."""
    near = [_lab(colour) for colour in taken]
    pool = [(colour, _lab(colour)) for colour in _candidates()]
    chosen: list[str] = []
    for _number in range(count):
        colour, lab = max(pool, key=lambda one: _gap(one[1], near))
        chosen.append(colour)
        near.append(lab)
    return chosen


def _candidates() -> Sequence[str]:
    made = (
        readable(_hex(tone, chroma, 2 * math.pi * step / HUES + 0.5), LIGHT_PAPER)
        for tone, chroma in TONES
        for step in range(HUES)
    )
    return tuple(dict.fromkeys(made))


def _gap(lab: Lab, others: Sequence[Lab]) -> float:
    return min((math.dist(lab, other) for other in others), default=0.0)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """Give the colour as #rrggbb, with as much of the chroma as a screen can show."""
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
        amount = chroma * share
        rgb = _rgb(lightness, amount * math.cos(hue), amount * math.sin(hue))
        if all(-0.001 <= channel <= 1.001 for channel in rgb):
            break
    return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in rgb)


def _rgb(lightness: float, a: float, b: float) -> Lab:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _lab(colour: str) -> Lab:
    red, green, blue = (_decoded(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _encoded(channel: float) -> float:
    channel = min(max(channel, 0.0), 1.0)
    return 12.92 * channel if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def _decoded(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
