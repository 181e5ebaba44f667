"""The story of bad files: each is refused beside its field, and the rest of the form is kept."""

from __future__ import annotations

import struct
import zlib

import pytest
from playwright.sync_api import expect

from tests.browser.newsroom import draw_picture

pytestmark = pytest.mark.browser

BAD = {
    "empty.png": b"",
    "words.jpg": b"These are words and no picture.",
    "script.png": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "broken.png": draw_picture("Broken")[:900],
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_beside_its_field(house, visit, name: str) -> None:
    page = visit(house).sign_in("edith")
    page.goto("/admin/media/asset/add/")
    page.locator("#id_title").fill("A title that is kept")
    page.locator("#id_alt_text").fill("Words that are kept.")
    file = {"name": name, "mimeType": "image/png", "buffer": BAD[name]}
    page.locator("#id_upload").set_input_files(file)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist, [id$=_error], .text-red-600").first).to_be_visible()
    expect(page.locator("#id_title")).to_have_value("A title that is kept")
    expect(page.locator("#id_alt_text")).to_have_value("Words that are kept.")


def draw_bomb(side: int) -> bytes:
    """Pack a whole black picture of this many pixels a side in a file of a thousandth of them."""
    packer = zlib.compressobj()
    row = bytes(1 + (side + 7) // 8)
    packed = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_picture_that_would_burst_is_refused_in_words_beside_its_field(house, visit) -> None:
    bomb = draw_bomb(20_000)
    assert len(bomb) < 100_000
    page = visit(house).sign_in("edith")
    page.goto("/admin/media/asset/add/")
    page.locator("#id_title").fill("A small file")
    page.locator("#id_alt_text").fill("Four hundred million black pixels.")
    page.locator("#id_upload").set_input_files(
        {"name": "bomb.png", "mimeType": "image/png", "buffer": bomb}
    )
    page.get_by_role("button", name="Save", exact=True).click()
    field = page.locator(".field-upload")
    expect(field).to_contain_text("This picture has too many pixels")
    expect(page.locator("#id_title")).to_have_value("A small file")
    expect(page.locator("#id_alt_text")).to_have_value("Four hundred million black pixels.")
