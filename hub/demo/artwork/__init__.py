"""The demo's pictures: drawn here, the same for the same seed, in the colours of a spoke."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

from hub.demo.artwork import objects, patterns
from hub.demo.artwork.canvas import Canvas
from hub.demo.artwork.palette import Palette

Motif = Callable[[Canvas], str]

# what suits each kind of post
MOTIFS: dict[str, tuple[Motif, ...]] = {
    "release": (objects.vinyl, objects.sleeve, patterns.halftone, patterns.rainbow),
    "interview": (patterns.dialogue, objects.microphones, patterns.ripples),
    "tour": (patterns.stage, patterns.rays, patterns.strips, objects.speakers),
    "playlist": (patterns.tiles, objects.cassette, patterns.lamps, patterns.rainbow),
    "feature": (patterns.ridges, patterns.ripples, patterns.halftone, patterns.strips),
    "video": (objects.film, patterns.waveform, patterns.lamps, patterns.stage),
}
# what suits a spoke beside that, by its slug
AT_HOME: dict[str, tuple[Motif, ...]] = {
    "classical": (objects.keys, objects.strings),
    "jazz": (objects.keys, objects.vinyl),
    "rb-soul": (objects.keys, objects.vinyl),
    "country": (objects.strings, patterns.rays),
    "folk": (objects.strings, patterns.tiles),
    "blues": (objects.strings, objects.cassette),
    "reggae": (objects.speakers, patterns.rainbow),
    "drum-bass": (objects.speakers, patterns.waveform),
    "techno": (objects.speakers, patterns.lamps),
    "electronic": (patterns.lamps, patterns.waveform),
    "hip-hop": (objects.vinyl, objects.cassette),
    "rock": (objects.strings, objects.sleeve),
}


@dataclasses.dataclass(frozen=True)
class Picture:
    jpeg: bytes
    alt_text: str


def draw(*, motif: Motif, colour: str, seed: int) -> Picture:
    """Draw a picture round ``#rrggbb``; the same seed gives the same bytes."""
    chance = random.Random(seed)  # noqa: S311  # art, no secret
    canvas = Canvas(Palette.around(colour, chance), chance)
    alt_text = motif(canvas)
    return Picture(canvas.jpeg(), alt_text)


def motifs_for(*, kind: str, spoke: str) -> tuple[Motif, ...]:
    """List what may be drawn for a kind of post on a spoke (its slug)."""
    return MOTIFS[kind] + AT_HOME.get(spoke, ())
