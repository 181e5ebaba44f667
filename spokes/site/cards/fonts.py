"""Fonts for card images: the console's own first, then the system's by script, never a blank box.

A face is asked for each sign by drawing it: no table of the font has to be read, and what the
face would draw in its place is known.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import itertools
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict, cast

from anyascii import anyascii
from django.contrib.staticfiles import finders
from PIL import Image, ImageDraw, ImageFont

# lengths are measured at this size and scaled; glyphs are not hinted, so that is exact enough
MEASURE_SIZE = 100
PROBE_SIZE = 24
# sizes at which bitmaps of colour fonts exist
BITMAP_SIZES = (109, 160, 136, 128, 96, 64)
# U+10FFFF is no character: what is drawn for it is drawn for all that is missing
MISSING = chr(0x10FFFF)
MOST_MARKS = 4


class Weight(enum.Enum):
    BOLD = "Bold"
    MEDIUM = "Medium"


@dataclasses.dataclass(frozen=True, slots=True)
class Face:
    """A font file, and which of its fonts; an empty path is Pillow's own font."""

    path: str
    index: int = 0
    # emoji in bitmaps of one size: drawn at that and scaled
    bitmap_size: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Style:
    weight: Weight
    # BCP 47; chooses between the regional forms of Han signs
    lang: str = "en"


PILLOWS_OWN = Face("")

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
SUFFIXES = {".ttf", ".ttc", ".otf", ".otc"}
# the first word of a sign's Unicode name → words in names of files that have its script
HINTS: dict[str, tuple[str, ...]] = {
    "CJK": ("sanscjk", "pingfang", "hiragino", "msyh", "yugoth", "malgun", "wqy", "fallback"),
    "EMOJI": ("coloremoji", "color emoji", "seguiemj", "emoji"),
    "ARABIC": ("sansarabic", "geezapro", "segoeui", "arabic"),
    "DEVANAGARI": ("sansdevanagari", "kohinoor", "nirmala", "devanagari"),
}
HINTS.update(
    dict.fromkeys(("HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "FULLWIDTH"), HINTS["CJK"])
)
# what makes a face a worse choice for a headline, the worst last
FAULTS = ("ui", "display", "semi", "extra", "condensed", "narrow", "serif", "light", "thin")
WORSE_FAULTS = ("mono", "italic", "oblique", "rashi", "nastaliq", "kufi", "looped", "unjoined")
REGIONS = {"ja": "JP", "ko": "KR", "zh-tw": "TC", "zh-hant": "TC", "zh-hk": "HK"}


@functools.lru_cache(maxsize=48)
def load(face: Face, size: int) -> ImageFont.FreeTypeFont:
    if not face.path:
        # an old bitmap font only where Pillow was built without FreeType
        return cast("ImageFont.FreeTypeFont", ImageFont.load_default(size))
    return ImageFont.truetype(face.path, face.bitmap_size or size, face.index)


@functools.cache
def base_faces(weight: Weight) -> tuple[Face, ...]:
    """List what every machine has: the font of the console's pages, and Pillow's own."""
    found = finders.find(f"unfold/fonts/inter/Inter-{weight.value}.woff2")
    return (*((Face(found),) if isinstance(found, str) else ()), PILLOWS_OWN)


# --- which face draws what -----------------------------------------------------------------------


@functools.lru_cache(maxsize=8192)
def choose(cluster: str, style: Style) -> tuple[Face, str]:
    """Find a face for a grapheme cluster, and what of it to draw; spelt out when there is none."""
    for face in _candidates(cluster, style):
        if all(has_glyph(face, sign) for sign in cluster):
            return face, cluster
    # a base sign without a mark that no face has is better than another script
    for face in _candidates(cluster[0], style):
        if has_glyph(face, cluster[0]):
            return face, "".join(sign for sign in cluster if has_glyph(face, sign))
    return base_faces(style.weight)[0], anyascii(cluster)


def _candidates(cluster: str, style: Style) -> Iterator[Face]:
    if is_emoji(cluster):
        yield from emoji_faces()
    yield from base_faces(style.weight)
    script = script_of(cluster)
    for path in ranked_files(script, style.weight):
        if face := _face_in(path, style.lang if script in HINTS else "", cluster):
            yield face


@functools.lru_cache(maxsize=16384)
def has_glyph(face: Face, sign: str) -> bool:
    """Tell whether the face draws the sign; one that nobody sees is never missing."""
    if unicodedata.category(sign) in {"Cf", "Zs", "Zl"} or 0xFE00 <= ord(sign) <= 0xFE0F:
        return True
    return _drawn(face, sign) not in {_drawn(face, MISSING), None}


@functools.lru_cache(maxsize=1024)
def _drawn(face: Face, sign: str) -> bytes | None:
    """Draw one sign without any shaping; None when nothing comes out."""
    size = face.bitmap_size or PROBE_SIZE
    font = _load_plain(face, size)
    image = Image.new("RGBA", (size * 3, size * 3))
    try:
        ImageDraw.Draw(image).text((size, size), sign, "white", font, embedded_color=True)
    except OSError:
        return None
    return hashlib.sha256(image.tobytes()).digest() if image.getbbox() else None


@functools.lru_cache(maxsize=16)
def _load_plain(face: Face, size: int) -> ImageFont.FreeTypeFont:
    if not face.path:
        return load(face, size)
    return ImageFont.truetype(face.path, size, face.index, layout_engine=ImageFont.Layout.BASIC)


def script_of(cluster: str) -> str:
    """Give the first word of the sign's Unicode name, like ARABIC or HIRAGANA."""
    return "EMOJI" if is_emoji(cluster) else unicodedata.name(cluster[0], "UNKNOWN").split()[0]


def is_emoji(cluster: str) -> bool:
    first = ord(cluster[0])
    if "\ufe0e" in cluster:
        return False
    return "\ufe0f" in cluster or 0x1F1E6 <= first <= 0x1FAFF or first in _EMOJI_BY_DEFAULT


_EMOJI_BY_DEFAULT = {
    *(0x231A, 0x231B, 0x23E9, 0x23EA, 0x23EB, 0x23EC, 0x23F0, 0x23F3, 0x25FD, 0x25FE),
    *(0x2614, 0x2615, 0x267F, 0x2693, 0x26A1, 0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5),
    *(0x26CE, 0x26D4, 0x26EA, 0x26F2, 0x26F3, 0x26F5, 0x26FA, 0x26FD, 0x2705, 0x270A, 0x270B),
    *(0x2728, 0x274C, 0x274E, 0x2753, 0x2754, 0x2755, 0x2757, 0x2795, 0x2796, 0x2797, 0x27B0),
    *(0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B55, *range(0x2648, 0x2654)),
}


# --- the system's fonts --------------------------------------------------------------------------


@functools.cache
def system_files() -> tuple[str, ...]:
    """List the font files in the folders where systems keep them."""
    more = os.environ.get("XDG_DATA_DIRS", "").split(os.pathsep)
    folders = {Path(name).expanduser() for name in FOLDERS} | {
        Path(name, "fonts") for name in more if name
    }
    found = itertools.chain.from_iterable(
        folder.rglob("*") for folder in sorted(folders) if folder.is_dir()
    )
    return tuple(sorted({str(path) for path in found if path.suffix.lower() in SUFFIXES}))


@functools.lru_cache(maxsize=128)
def ranked_files(script: str, weight: Weight) -> tuple[str, ...]:
    """Order the system's fonts by how well they suit a headline in the script."""
    hints = HINTS.get(script, (f"sans{script.lower()}", script.lower()))

    def rank(path: str) -> tuple[int, int, int, str]:
        stem = Path(path).stem.lower().replace(" ", "").replace("_", "")
        by_script = next((n for n, hint in enumerate(hints) if hint in stem), len(hints))
        faults = sum(fault in stem for fault in FAULTS)
        faults += 5 * sum(fault in stem for fault in WORSE_FAULTS)
        bold = "bold" in stem or stem.endswith("bd")
        return (by_script, faults, bold != (weight is Weight.BOLD), stem)

    return tuple(sorted((path for path in system_files() if "emoji" not in path.lower()), key=rank))


@functools.lru_cache(maxsize=512)
def _open(path: str, index: int) -> str | None:
    """Give the family of a font in a file; None when there is no such."""
    try:
        return ImageFont.truetype(path, PROBE_SIZE, index).getname()[0] or ""
    except OSError:
        return None


def _face_in(path: str, lang: str, cluster: str) -> Face | None:
    """Take the font of a file; in a collection, the one for the language."""
    if _open(path, 0) is None:
        return None
    if not path.lower().endswith(("c",)) or not lang:
        return Face(path)
    wanted = _region(lang.lower(), cluster)
    for index in range(10):
        family = _open(path, index)
        if family is None:
            break
        if family.endswith(wanted):
            return Face(path, index)
    return Face(path)


def _region(lang: str, cluster: str) -> str:
    script = script_of(cluster)
    if script == "HANGUL":
        return "KR"
    if script in {"HIRAGANA", "KATAKANA"}:
        return "JP"
    known = (region for prefix, region in REGIONS.items() if lang.startswith(prefix))
    return next(known, "SC" if lang.startswith("zh") else "JP")


@functools.cache
def emoji_faces() -> tuple[Face, ...]:
    """List the colour fonts of the system that can be drawn."""
    faces = (
        _bitmap_face(path)
        for path in system_files()
        if any(hint in Path(path).stem.lower() for hint in HINTS["EMOJI"])
    )
    return tuple(face for face in faces if face)


def _bitmap_face(path: str) -> Face | None:
    for size in BITMAP_SIZES:
        try:
            ImageFont.truetype(path, size)
        except OSError:
            continue
        face = Face(path, bitmap_size=size)
        return face if _drawn(face, "\U0001f600") else None
    return None


# --- drawing -------------------------------------------------------------------------------------


class Shaping(TypedDict, total=False):
    """What a shaper is told."""

    direction: str
    language: str


def _options(font: ImageFont.FreeTypeFont, style: Style, rtl: bool) -> Shaping:
    """Tell direction and language, where there is a shaper to listen (Pillow's own font: none)."""
    if font.layout_engine != ImageFont.Layout.RAQM:
        return {}
    return {"direction": "rtl" if rtl else "ltr", "language": style.lang}


@dataclasses.dataclass(frozen=True, slots=True)
class Extent:
    """The measures of a run in ems: its advance, and how far ink goes beyond, where it does."""

    advance: float
    # above and below the base line
    rise: float
    fall: float
    # to the left of the start and to the right of the advance
    before: float
    after: float


@functools.lru_cache(maxsize=8192)
def extent(text: str, face: Face, style: Style, rtl: bool) -> Extent:
    size = face.bitmap_size or MEASURE_SIZE
    font = load(face, size)
    options = _options(font, style, rtl)
    advance = font.getlength(text, **options)
    left, top, right, bottom = font.getbbox(text, anchor="ls", **options)
    return Extent(
        advance=advance / size,
        rise=-top / size,
        fall=bottom / size,
        before=max(0, -left) / size,
        after=max(0, right - advance) / size,
    )


def paint(
    image: Image.Image,
    at: tuple[float, float],
    text: str,
    *,
    face: Face,
    size: int,
    style: Style,
    rtl: bool,
    ink: str,
) -> None:
    """Draw a run with the left end of its base line at a point, in pixels."""
    font = load(face, size)
    options = _options(font, style, rtl)
    if not face.bitmap_size:
        ImageDraw.Draw(image).text(at, text, ink, font, "ls", **options)
        return
    left, top, right, bottom = font.getbbox(text, anchor="ls", **options)
    if right <= left or bottom <= top:
        return
    stamp = Image.new("RGBA", (int(right - left), int(bottom - top)))
    ImageDraw.Draw(stamp).text((-left, -top), text, ink, font, "ls", embedded_color=True, **options)
    scale = size / face.bitmap_size
    small = stamp.resize(
        (max(1, round(stamp.width * scale)), max(1, round(stamp.height * scale))),
        Image.Resampling.LANCZOS,
    )
    image.paste(small, (round(at[0] + left * scale), round(at[1] + top * scale)), small)
