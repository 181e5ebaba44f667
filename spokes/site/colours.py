"""Each spoke's colour and pattern as CSS: one class a spoke, with inks that can be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from spokes.site import patterns
from spokes.site.places import Place

# the harder of the style sheet's two papers to write on, in each scheme
LIGHT_PAPER = "#f5f2ea"
DARK_PAPER = "#1e1d22"
# WCAG 2.2, success criterion 1.4.3: text of normal size
READABLE_CONTRAST = 4.5

HEX_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
FALLBACK_COLOUR = "#444444"
# contrast with black up to which a colour's pattern is drawn in lighter inks
DARK_ENOUGH = 4.0


def stylesheet(places: Iterable[Place]) -> str:
    places = list(places)
    motifs = patterns.assign(places)
    light = "".join(_light_rule(place, motifs[place.slug]) for place in places)
    dark = "".join(_dark_rule(place) for place in places)
    return f"{light}@media (prefers-color-scheme:dark){{{dark}}}"


def version(places: Iterable[Place]) -> str:
    """Give a short name that changes when any spoke's class or colour does."""
    facts = repr([(place.css_class, place.slug, place.colour) for place in places])
    return hashlib.sha256(facts.encode()).hexdigest()[:10]


def contrast(one: str, other: str) -> float:
    """Compare two colours as WCAG 2.2 does: 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, paper: str) -> str:
    """Mix the colour with black or white, no more than needed to be read on the paper."""
    goal = "#000000" if contrast("#000000", paper) > contrast("#ffffff", paper) else "#ffffff"
    for step in range(20):
        mixed = _mix(colour, goal, step / 20)
        if contrast(mixed, paper) >= READABLE_CONTRAST:
            return mixed
    return goal


def ink_on(colour: str) -> str:
    """Give white, else near-black, else black: the first that can be read on the colour."""
    inks = ("#ffffff", "#111111", "#000000")
    return next((ink for ink in inks if contrast(ink, colour) >= READABLE_CONTRAST), "#000000")


def _light_rule(place: Place, motif: str) -> str:
    colour = _safe(place.colour)
    text = readable(colour, LIGHT_PAPER)
    # a dark colour is patterned lighter, a light one darker
    goal = "#ffffff" if contrast(colour, "#000000") < DARK_ENOUGH else "#000000"
    deep, faint = _mix(colour, goal, 0.34), _mix(colour, goal, 0.16)
    pattern = patterns.css_address(patterns.tile(motif, place.slug, deep, faint))
    return (
        f".{place.css_class}{{--spoke:{colour};--on-spoke:{ink_on(colour)};--spoke-text:{text};"
        f"--pattern:{pattern}}}\n"
    )


def _dark_rule(place: Place) -> str:
    return f".{place.css_class}{{--spoke-text:{readable(_safe(place.colour), DARK_PAPER)}}}\n"


def _safe(colour: str) -> str:
    """Let nothing but a colour into the stylesheet."""
    return colour if HEX_COLOUR.match(colour) else FALLBACK_COLOUR


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: str, goal: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(goal), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(value / 255) for value in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
