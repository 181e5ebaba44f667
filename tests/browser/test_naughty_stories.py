"""A story of naughty strings: they go live; nothing of them runs, nothing is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import deliveries, press, schedule, write

pytestmark = pytest.mark.browser

TITLE = (
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "مرحبا بالعالم",
    "“Q” 'q' \"q\"",
)
TEASER = (
    "<img src=x onerror=alert(1)>",
    "Z̸̡̛͈̠͓̈́̽a̷̧̝̋̀l̶̰̈́g̵͙̈o̶͉͒",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👋🏿",
    "' OR 1=1 --",
)
BODY = (
    "</script><svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "{% debug %} %(name)s {0}",
    "שלום עולם &lt;b&gt; 田中さん",
)


def readable(text: str) -> str:
    return " ".join(text.split())


def test_what_an_editor_types_is_read_as_it_was_typed(house, visit) -> None:
    ran: list[str] = []

    def watch(page: Page) -> Page:
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        return page

    editor = watch(visit(house).sign_in("edith"))
    title, teaser = " ".join(TITLE), " ".join(TEASER)
    write(editor, title, teaser=teaser, body="\n\n".join(BODY))
    expect(editor.locator("#id_title")).to_have_value(title)
    expect(editor.locator("#id_teaser")).to_have_value(teaser)
    expect(editor.locator("#id_body")).to_have_value("\n\n".join(BODY))
    press(editor, "Submit for review")
    expect(editor.get_by_text("Submitted. Someone else reviews it now.")).to_be_visible()

    approver = watch(visit(house).sign_in("anton"))
    approver.goto(editor.url)
    press(approver, "Approve")
    expect(approver.get_by_text("Approved. It can be scheduled now.")).to_be_visible()
    schedule(approver, "Now")
    approver.get_by_role("button", name="Schedule it").click()
    expect(deliveries(approver, "Jazz site", "Live")).to_have_count(1)

    reader = watch(visit(house).open("/jazz/"))
    card = reader.get_by_role("link", name=title, exact=True).first
    expect(card).to_be_visible()
    assert readable(teaser) in readable(reader.locator("main").inner_text())
    card.click()
    expect(reader.get_by_role("heading", level=1)).to_have_text(title)
    shown = readable(reader.locator("main").inner_text())
    # signs of HTML that were spelt out are read as what they spell
    for text in (teaser, *BODY[:3], "שלום עולם <b> 田中さん"):
        assert readable(text) in shown
    assert reader.locator("meta[property='og:title']").get_attribute("content") == title
    assert not ran
