"""Uploads as pictures: decoded whole, turned upright, and encoded anew with nothing but pixels.

Whatever else an upload carries (places, names, scripts, a second file) ends here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
from pathlib import PurePath

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from content.media.exceptions import UploadRefused

# format → the suffixes that may name it, the first one ours
SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "GIF": (".gif",),
}
# what a format is kept as: photographs stay lossy, drawings stay exact
KEPT_AS = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WEBP", "GIF": "PNG"}
KEEP_OPTIONS: dict[str, dict[str, int]] = {
    "JPEG": {"quality": 92, "subsampling": 0},
    "PNG": {},
    "WEBP": {"quality": 92},
}
DAMAGED = _("This file is damaged, or no picture at all; save it anew and try again.")
# what the boxes of phones' formats are called, at bytes 8 to 12
PHONE_FORMATS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}


@dataclasses.dataclass(frozen=True)
class Picture:
    """A clean file: ``data`` in the format of ``suffix``, sRGB, upright; sizes in pixels."""

    data: bytes
    suffix: str
    width: int
    height: int
    # SHA-256 of the upload, not of ``data``
    checksum: str


def read_upload(upload: File[bytes]) -> bytes:
    """Read the bytes of an upload; raises UploadRefused for an empty or too large one."""
    upload.seek(0)
    data: bytes = upload.read(settings.MAX_UPLOAD_BYTES + 1)
    if not data:
        raise UploadRefused(gettext("This file is empty."))
    if len(data) > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES / 1_000_000
        words = gettext("This file is too large; up to %(limit)s MB can be taken.")
        raise UploadRefused(words % {"limit": f"{limit:g}"})
    return data


def checksum_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_picture(data: bytes, name: str) -> Picture:
    """Make a clean picture of the bytes of an upload called ``name``; raises UploadRefused."""
    try:
        return _decode_and_encode(data, name)
    except UploadRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadRefused(_too_many_pixels()) from error
    except Exception as error:
        # Pillow's readers raise whatever a broken file leads them into, struct.error and
        # SyntaxError among them; a list of these would never be complete
        raise UploadRefused(str(DAMAGED)) from error


def _decode_and_encode(data: bytes, name: str) -> Picture:
    image = _open(data)
    kind = _kind_of(image)
    if PurePath(name).suffix.lower() not in SUFFIXES[kind]:
        words = gettext("This is a %(kind)s picture, so its name must end in %(suffixes)s.")
        suffixes = gettext(" or ").join(SUFFIXES[kind][:2])
        raise UploadRefused(words % {"kind": kind, "suffixes": suffixes})
    if image.width * image.height > settings.MAX_UPLOAD_PIXELS:
        raise UploadRefused(_too_many_pixels())
    if kind != "JPEG" and getattr(image, "is_animated", False):
        words = gettext("This picture moves, and only still ones can be shown; save one frame.")
        raise UploadRefused(words)
    image.load()
    clean = _in_srgb(ImageOps.exif_transpose(image))
    kept_as = KEPT_AS[kind]
    return Picture(
        data=encode(clean, kept_as, **KEEP_OPTIONS[kept_as]),
        suffix=SUFFIXES[kept_as][0],
        width=clean.width,
        height=clean.height,
        checksum=checksum_of(data),
    )


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=tuple(SUFFIXES))
    except UnidentifiedImageError as error:
        raise UploadRefused(_no_picture(data)) from error


def _no_picture(data: bytes) -> str:
    if data[4:8] == b"ftyp" and (kind := PHONE_FORMATS.get(data[8:12])):
        return gettext(
            "This is a %(kind)s picture, as phones make them; export it as JPEG and try again."
        ) % {"kind": kind}
    return gettext("This is not a picture that can be taken here: JPEG, PNG, WebP or GIF.")


def _kind_of(image: Image.Image) -> str:
    # phones write several pictures into one JPEG; its first one is the photograph
    return "JPEG" if image.format == "MPO" else str(image.format)


def _too_many_pixels() -> str:
    words = gettext("This picture has too many pixels; up to %(limit)s million can be taken.")
    return words % {"limit": f"{settings.MAX_UPLOAD_PIXELS / 1_000_000:g}"}


def encode(image: Image.Image, kind: str, **options: int) -> bytes:
    """Encode as JPEG (transparent turns white), PNG or WEBP, without any metadata."""
    if kind == "JPEG" and image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# --- colours ----------------------------------------------------------------------------------


def _in_srgb(image: Image.Image) -> Image.Image:
    """Give the pixels as RGB or RGBA in sRGB, free of metadata."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        # 16 bits a pixel; a plain conversion would cut, not scale
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode == "CMYK" or (mode == "RGB" and image.mode == "L"):
        plain = image
    else:
        plain = image.convert(mode)
    clean = (_by_profile(plain, profile) if profile else None) or plain.convert(mode)
    # what encoders would write along: profile, comment, density
    clean.info = {}
    return clean


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Turn the colours into sRGB; None when the profile is broken or for other colours."""
    colours = image.convert("RGB") if image.mode == "RGBA" else image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(colours, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    if turned and image.mode == "RGBA":
        turned.putalpha(image.getchannel("A"))
    return turned
