"""The three shapes of a card, each laid out for where it is seen."""

from __future__ import annotations

import dataclasses
import functools
import io
from collections.abc import Callable, Mapping

import resvg_py
from PIL import Image, ImageDraw

from content.media.renditions import Mode, Spec, crop_box
from spokes.site import patterns
from spokes.site.cards.fitting import Room, fit
from spokes.site.cards.fonts import Style, Weight
from spokes.site.colours import ink_on
from spokes.site.models import CardShape

Box = tuple[int, int, int, int]

# how much larger than on a page the pattern is
TILE_ZOOM = 3
# of its two inks, in hex: faint, for words stand on it
TILE_OPACITIES = ("1e", "10")
# in ems: how high a capital is, and the air above and below one in a label
CAPITAL = 0.73
LABEL_AIR = 0.45

SIZES: Mapping[CardShape, tuple[int, int]] = {
    CardShape.WIDE: (1200, 630),
    CardShape.SQUARE: (1080, 1080),
    CardShape.STORY: (1080, 1920),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Words:
    """All that is drawn on a card but the picture."""

    brand: str
    # none on the hub's own
    spoke: str
    kind: str
    title: str
    artists: str
    lang: str
    # of the spoke: what its name in addresses is, its colour, and its motif (site.patterns)
    slug: str
    colour: str
    motif: str


@dataclasses.dataclass(frozen=True)
class Hero:
    """A picture, and the point to keep in sight as fractions of its sides."""

    image: Image.Image
    focal_x: float
    focal_y: float

    def cut(self, size: tuple[int, int]) -> Image.Image:
        """Cut to a size in pixels, blown up where the picture is too small."""
        shape = Spec(name="", width=size[0], height=size[1], mode=Mode.FILL)
        box = crop_box(*self.image.size, shape, self.focal_x, self.focal_y)
        return self.image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


@dataclasses.dataclass(frozen=True)
class Colours:
    """Of the panel that words stand on; ``shade`` lies further from the ink than ``ground``."""

    ground: str
    ink: str
    shade: str

    @classmethod
    def of(cls, colour: str) -> Colours:
        ink = ink_on(colour)
        # away from the ink: whatever is drawn in it makes the words only easier to read
        return cls(colour, ink, "#000000" if ink == "#ffffff" else "#ffffff")


@dataclasses.dataclass(frozen=True)
class Panel:
    """Where the words stand: the names of the house above; kind, title and artists at the end."""

    box: Box
    # sizes of the title, and of the other words
    largest: int
    smallest: int
    small: int

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]


def draw_card(shape: CardShape, words: Words, hero: Hero | None) -> Image.Image:
    """Draw a card in RGB, in the size of its shape."""
    return LAYOUTS[shape](words, hero)


def draw_wide(words: Words, hero: Hero | None) -> Image.Image:
    """Words on the left, the picture on the right."""
    edge = 704 if hero else 1200
    image = _ground(SIZES[CardShape.WIDE], words)
    if hero:
        image.paste(hero.cut((1200 - edge, 630)), (edge, 0))
    panel = Panel((60, 54, edge - 60, 576), largest=120, smallest=28, small=27)
    return _write(image, panel, words)


def draw_square(words: Words, hero: Hero | None) -> Image.Image:
    """The picture above, words below."""
    top = 486 if hero else 0
    image = _ground(SIZES[CardShape.SQUARE], words)
    if hero:
        image.paste(hero.cut((1080, top)), (0, 0))
    panel = Panel((72, top + 56, 1008, 1014), largest=132, smallest=34, small=34)
    return _write(image, panel, words)


def draw_story(words: Words, hero: Hero | None) -> Image.Image:
    """The same, tall; what apps lay over the first and last 250 pixels hides no word."""
    top = 940 if hero else 210
    image = _ground(SIZES[CardShape.STORY], words)
    if hero:
        image.paste(hero.cut((1080, top)), (0, 0))
    panel = Panel((80, top + 72, 1000, 1660), largest=150, smallest=40, small=42)
    return _write(image, panel, words)


LAYOUTS: Mapping[CardShape, Callable[[Words, Hero | None], Image.Image]] = {
    CardShape.WIDE: draw_wide,
    CardShape.SQUARE: draw_square,
    CardShape.STORY: draw_story,
}


def _ground(size: tuple[int, int], words: Words) -> Image.Image:
    """Fill with the spoke's colour and pattern."""
    colours = Colours.of(words.colour)
    image = Image.new("RGB", size, colours.ground)
    tile = _tile(words.motif, words.slug, colours)
    for left in range(0, size[0], tile.width):
        for top in range(0, size[1], tile.height):
            image.paste(tile, (left, top), tile)
    return image


@functools.lru_cache(maxsize=64)
def _tile(motif: str, slug: str, colours: Colours) -> Image.Image:
    """Draw the tile of the spoke's pattern, as its pages show it but larger."""
    svg = patterns.tile(motif, slug, *(colours.shade + opacity for opacity in TILE_OPACITIES))
    png = resvg_py.svg_to_bytes(svg_string=svg, zoom=TILE_ZOOM)
    with Image.open(io.BytesIO(png)) as tile:
        return tile.convert("RGBA")


def _write(image: Image.Image, panel: Panel, words: Words) -> Image.Image:
    """Set the words from the bottom up; the title takes what the others leave."""
    left, _, _, bottom = panel.box
    ink, width = Colours.of(words.colour).ink, panel.width
    names = fit(words.artists, _style(Weight.MEDIUM, words), _few_lines(width, panel.small + 4, 2))
    names_top = bottom - names.height
    names.draw(image, (left, names_top), width=width, ink=ink)
    top = _masthead(image, panel, words) + _label_height(panel) + 2.2 * panel.small
    title_bottom = names_top - (1.25 * panel.small if names.lines else 0)
    room = Room(width, title_bottom - top, panel.largest, panel.smallest, most_lines=7)
    title = fit(words.title, _style(Weight.BOLD, words), room)
    title_top = title_bottom - title.height
    title.draw(image, (left, title_top), width=width, ink=ink)
    _label(image, panel, words, bottom=title_top - panel.small, on_the_right=title.rtl)
    return image


def _masthead(image: Image.Image, panel: Panel, words: Words) -> float:
    """Name the house on the left and the spoke on the right; gives where that ends."""
    left, top, right, _ = panel.box
    ink, half = Colours.of(words.colour).ink, _few_lines(panel.width / 2 - 20, panel.small, 1)
    brand = fit(words.brand, _style(Weight.BOLD, words), half)
    brand.draw(image, (left, top), width=brand.width, ink=ink)
    dot, base = panel.small * 0.26, top + brand.rise
    after = left + brand.width + panel.small * 0.1
    ImageDraw.Draw(image).ellipse((after, base - dot, after + dot, base), fill=ink)
    spoke = fit(words.spoke, _style(Weight.MEDIUM, words), half)
    at = (right - spoke.width, top + brand.rise - spoke.rise)
    spoke.draw(image, at, width=spoke.width, ink=ink)
    return max(top + brand.height, at[1] + spoke.height)


def _label_height(panel: Panel) -> float:
    return (panel.small - 5) * (CAPITAL + 2 * LABEL_AIR)


def _label(
    image: Image.Image, panel: Panel, words: Words, *, bottom: float, on_the_right: bool
) -> None:
    """Put the kind into a pill, which ends at ``bottom``."""
    colours = Colours.of(words.colour)
    size = panel.small - 5
    kind = fit(words.kind, _style(Weight.BOLD, words), _few_lines(panel.width / 2, size, 1))
    if not kind.lines:
        return
    width, height = kind.width + 1.4 * size, _label_height(panel)
    left = panel.box[2] - width if on_the_right else panel.box[0]
    box = (left, bottom - height, left + width, bottom)
    ImageDraw.Draw(image).rounded_rectangle(box, height / 2, fill=colours.ink)
    at = (left + 0.7 * size, bottom - LABEL_AIR * size - kind.rise)
    kind.draw(image, at, width=kind.width, ink=colours.ground)


def _style(weight: Weight, words: Words) -> Style:
    return Style(weight, words.lang)


def _few_lines(width: float, size: int, lines: int) -> Room:
    return Room(width, size * lines * 1.5, size, max(14, size * 2 // 3), lines)
