"""The named sizes of a picture: a closed list, made ahead, so that no page view ever resizes."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import math
from collections.abc import Iterable
from typing import IO

from PIL import Image

from content.media.models import Asset, RenditionState
from content.media.pictures import encode


class Mode(enum.Enum):
    FIT = "fit"  # the whole picture within the box
    FILL = "fill"  # the box filled, the picture cut around its focal point


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """One named size, in pixels; smaller when the picture is, for nothing is blown up."""

    name: str
    width: int
    height: int
    mode: Mode = Mode.FILL
    kind: str = "WEBP"
    quality: int = 78

    @property
    def suffix(self) -> str:
        return ".jpg" if self.kind == "JPEG" else ".webp"


# our own pages show WebP, each shape in several widths; what others fetch is JPEG, which all
# of them take
SPECS: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(name="wide-1200", width=1200, height=630, kind="JPEG", quality=82),
        Spec(name="thumb-320", width=320, height=320, mode=Mode.FIT),
        Spec(name="card-320", width=320, height=180),
        Spec(name="card-640", width=640, height=360),
        Spec(name="card-960", width=960, height=540),
        Spec(name="wide-800", width=800, height=420),
        Spec(name="wide-1200w", width=1200, height=630),
        Spec(name="wide-1600", width=1600, height=840),
        Spec(name="square-1080", width=1080, height=1080, kind="JPEG", quality=82),
        Spec(name="story-1080x1920", width=1080, height=1920, kind="JPEG", quality=82),
    )
}

# kept on each asset: the list that its rows were made for
SPECS_VERSION = hashlib.sha256(repr(list(SPECS.values())).encode()).hexdigest()[:16]

Box = tuple[int, int, int, int]


def key_of(asset: Asset, spec: Spec) -> str:
    """Name this very rendition: another picture, size or (where it cuts) focus is another key."""
    parts = [asset.checksum, repr(spec)]
    if spec.mode is Mode.FILL:
        parts.append(f"{asset.focal_x:.4f} {asset.focal_y:.4f}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def urls_of(asset: Asset) -> dict[str, str]:
    """Give name → URL of what is ready, in the order of SPECS; reads prefetched renditions."""
    ready = {
        (rendition.name, rendition.key): rendition.file.url
        for rendition in asset.renditions.all()
        if rendition.state == RenditionState.READY
    }
    keys = {name: key_of(asset, spec) for name, spec in SPECS.items()}
    return {name: ready[name, key] for name, key in keys.items() if (name, key) in ready}


def crop_box(width: int, height: int, spec: Spec, focal_x: float, focal_y: float) -> Box:
    """Find the largest part of the spec's shape whose middle is nearest to the focal point."""
    if spec.mode is Mode.FIT:
        return (0, 0, width, height)
    if width * spec.height > height * spec.width:
        part = (max(1, round(height * spec.width / spec.height)), height)
    else:
        part = (width, max(1, round(width * spec.height / spec.width)))
    left = min(max(0, round(focal_x * width - part[0] / 2)), width - part[0])
    top = min(max(0, round(focal_y * height - part[1] / 2)), height - part[1])
    return (left, top, left + part[0], top + part[1])


def target_size(box: Box, spec: Spec) -> tuple[int, int]:
    """Shrink the part to the spec's size; never blow it up."""
    width, height = box[2] - box[0], box[3] - box[1]
    if spec.mode is Mode.FILL and width >= spec.width and height >= spec.height:
        return (spec.width, spec.height)
    scale = min(1.0, spec.width / width, spec.height / height)
    return (max(1, round(width * scale)), max(1, round(height * scale)))


def open_for(file: IO[bytes], specs: Iterable[Spec]) -> Image.Image:
    """Open a picture no larger than the specs need; JPEG is decoded at a fraction of its size."""
    image = Image.open(file)
    if image.format == "JPEG":
        share = max(_share(image, spec) for spec in specs)
        image.draft("RGB", (math.ceil(image.width * share), math.ceil(image.height * share)))
    return image


def _share(image: Image.Image, spec: Spec) -> float:
    """Tell how far the spec shrinks what it shows of the picture, wherever it is cut."""
    box = crop_box(image.width, image.height, spec, 0.5, 0.5)
    size = target_size(box, spec)
    return max(size[0] / (box[2] - box[0]), size[1] / (box[3] - box[1]))


def draw(
    image: Image.Image, spec: Spec, focal_x: float, focal_y: float, *, whole: tuple[int, int]
) -> Image.Image:
    """Draw the rendition of an RGB or RGBA picture, which is ``whole`` pixels when not shrunk."""
    box = crop_box(*whole, spec, focal_x, focal_y)
    across, down = image.width / whole[0], image.height / whole[1]
    part = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    return image.resize(
        target_size(box, spec), Image.Resampling.LANCZOS, box=part, reducing_gap=3.0
    )


def encode_for(image: Image.Image, spec: Spec) -> bytes:
    """Encode as the spec says, in bytes."""
    return encode(image, spec.kind, quality=spec.quality)
