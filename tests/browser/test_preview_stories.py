"""The story of what is not published yet: looked at ahead of time, and shown to an outsider."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import open_post, press, write

pytestmark = pytest.mark.browser


@pytest.fixture
def edith(house, visit) -> Page:
    return visit(house).sign_in("edith")


def test_a_spoke_is_seen_as_it_will_be(edith) -> None:
    edith.goto("/preview/jazz/")
    frame = edith.frame_locator("iframe").first
    expect(frame.get_by_role("link", name="Night Bus").first).to_be_visible()
    expect(frame.get_by_text("Tomorrow Swing")).to_have_count(0)
    slider = edith.get_by_role("slider")
    slider.focus()
    slider.press("End")
    expect(edith).to_have_url(re.compile("at="))
    expect(frame.get_by_text("Tomorrow Swing").first).to_be_visible()
    expect(edith.locator("[data-live=when]")).to_contain_text("as it will be on")
    edith.get_by_label("Side by side").select_option("moments")
    edith.get_by_role("button", name="Show", exact=True).click()
    expect(edith.locator("iframe")).to_have_count(2)


def test_a_link_shows_a_draft_to_an_outsider_until_it_is_revoked(house, visit, edith) -> None:
    write(edith, "Under Wraps", body="It begins **slowly**.")
    address = share(edith, "Ada of Blue Label")
    outsider = visit(house)
    page = outsider.open(address)
    expect(page.get_by_role("heading", name="Under Wraps").first).to_be_visible()
    expect(page.get_by_text("For Ada of Blue Label")).to_be_visible()
    answer = outsider.context.request.get(address)
    assert "noindex" in answer.headers["x-robots-tag"]
    inside = [
        link.get_attribute("href") or ""
        for link in page.get_by_role("link").all()
        if not (link.get_attribute("href") or "").startswith(("#", "https://listen.example.org/"))
    ]
    assert inside == []
    edith.get_by_role("link", name="Its visits, and taking it back").click()
    expect(edith.get_by_role("main")).to_contain_text("Chrome")
    edith.get_by_role("button", name="Take it back").click()
    expect(edith.get_by_text("The link is closed.")).to_be_visible()
    closed = outsider.context.request.get(address)
    assert closed.status == 410
    assert "Under Wraps" not in closed.text()


def share(page: Page, label: str) -> str:
    """Make a link for the post that is open; give its address."""
    press(page, "Share")
    page.get_by_label("For whom").fill(label)
    page.get_by_role("button", name="Make the link").click()
    return page.get_by_label("Link", exact=True).input_value()


def test_what_waits_for_review_is_marked_in_the_preview(edith) -> None:
    open_post(edith, "Rain on Tin")
    edith.goto("/preview/jazz/?drafts=1")
    changes = edith.get_by_role("complementary", name="What changes")
    expect(changes).to_be_visible()
    frame = edith.frame_locator("iframe").first
    expect(frame.get_by_text("Rain on Tin").first).to_be_visible()
