from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from content.media.actions import store_upload
from content.media.models import Asset


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path) -> Path:
    """Give each test its own empty place for files."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def drawn() -> Callable[..., Image.Image]:
    """Draw a picture whose quarters differ: red, green, blue and black."""

    def draw(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
        image = Image.new("RGB", (width, height))
        image.paste("red", (0, 0, width // 2, height // 2))
        image.paste("lime", (width // 2, 0, width, height // 2))
        image.paste("blue", (0, height // 2, width // 2, height))
        return image.convert(mode)

    return draw


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    return encode


@pytest.fixture
def make_asset(db, drawn) -> Callable[..., Asset]:
    """Upload a picture as an editor does; by default the drawn one."""

    def make(data: bytes | None = None, name: str = "picture.png", **fields: Any) -> Asset:
        upload = SimpleUploadedFile(name, encode(drawn()) if data is None else data)
        return store_upload(upload=upload, **{"title": "T", "alt_text": "Quarters", **fields})

    return make


@pytest.fixture
def stored_files(media_root) -> Callable[[], list[str]]:
    def names() -> list[str]:
        return sorted(path.name for path in media_root.rglob("*") if path.is_file())

    return names
