"""The story of bad files: each is refused beside its field, and the rest of the form is kept."""

from __future__ import annotations

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
