"""The reader's stories: on a phone or a wide screen, by keyboard, in the dark, without scripts."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.visitors import publish

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "device",
    [
        pytest.param({}, id="on a wide screen"),
        pytest.param({"viewport": PHONE, "has_touch": True}, id="on a phone"),
        pytest.param({"java_script_enabled": False}, id="without scripts"),
    ],
)
def test_a_reader_walks_through_the_whole_site(house, visit, device) -> None:
    reader = visit(house, **device)
    page = reader.open("/")
    expect(page.get_by_role("main").get_by_role("link", name="Night Bus").first).to_be_visible()
    page.get_by_role("navigation", name="Spokes", exact=True).get_by_role(
        "link", name="Jazz"
    ).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Jazz")
    page.get_by_role("main").get_by_role("link", name="Night Bus").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Night Bus")
    story = page.get_by_role("main")
    story.get_by_role("link", name="Alma Reed").first.click()
    expect(page).to_have_url(re.compile("/artists/alma-reed/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Alma Reed")
    story.get_by_role("link", name="Jazz", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Jazz")
    for path, words in (
        ("/tags/festival/", "Festival"),
        ("/archive/", "Archive"),
        ("/genres/", "Genres"),
        ("/artists/", "Artists"),
    ):
        expect(reader.open(path).get_by_role("heading", level=1)).to_contain_text(words)
    reader.open("/archive/").get_by_role("main").get_by_role(
        "link", name=re.compile("20")
    ).first.click()
    expect(story.get_by_role("link", name="Night Bus").first).to_be_visible()
    search(page, "Alma Rede")
    story.get_by_role("link", name="Alma Reed").click()
    expect(story.get_by_role("link", name="Night Bus").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert reader.context.cookies() == []


def search(page: Page, words: str) -> None:
    page.goto("/search/")
    page.get_by_label("Words").fill(words)
    page.get_by_role("main").get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile("q="))


def test_the_keyboard_is_enough(house, visit) -> None:
    page = visit(house).open("/jazz/")
    skip = page.get_by_role("link", name="Skip to the stories")
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.goto("/jazz/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        assert is_marked(page), page.evaluate("document.activeElement.outerHTML")
    story = page.get_by_role("main").get_by_role("link", name="Night Bus").first
    story.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Night Bus")


def is_marked(page: Page) -> bool:
    """Tell whether the focus can be seen: an outline, on it or on the card that it is in."""
    return bool(
        page.evaluate("""() => {
            const seen = (node) => {
              for (const part of [null, "::before", "::after"]) {
                const style = getComputedStyle(node, part);
                const width = parseFloat(style.outlineWidth);
                if (style.outlineStyle !== "none" && width > 0) return true;
              }
              return false;
            };
            let node = document.activeElement;
            for (let up = 0; node && up < 4; up++, node = node.parentElement)
              if (seen(node)) return true;
            return false;
        }""")
    )


def test_nothing_moves_for_those_who_asked_for_calm(house, visit) -> None:
    page = visit(house, reduced_motion="reduce").open("/")
    moving = page.evaluate("""() => document.getAnimations().filter(
        (one) => one.effect.getTiming().duration > 1).length""")
    assert moving == 0


def test_print_has_the_story_and_no_navigation(house, visit) -> None:
    page = visit(house).open("/jazz/night-bus/")
    page.emulate_media(media="print")
    for navigation in page.get_by_role("navigation", include_hidden=True).all():
        expect(navigation).to_be_hidden()
    expect(page.get_by_role("search")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("The teaser of Night Bus.").first).to_be_visible()


def test_the_site_is_light_by_day_and_dark_by_night(house, visit) -> None:
    by_day, by_night = (visit(house, color_scheme=scheme) for scheme in ("light", "dark"))
    assert brightness(by_day.open("/archive/")) > 150
    assert brightness(by_night.open("/archive/")) < 80


def brightness(page: Page) -> float:
    """Measure how bright a page is on the whole, from 0 to 255."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("L").resize((1, 1))
    return float(picture.getpixel((0, 0)))


def test_an_open_page_tells_of_what_went_live_since(house, visit) -> None:
    reader = visit(house)
    # the page's own clock: what it asks for every ten seconds comes at once
    reader.page.clock.install()
    page = reader.open("/hip-hop/")
    edith, anton = (visit(house).sign_in(name) for name in ("edith", "anton"))
    publish(edith, anton, "Fresh Paint", "Hip Hop")
    page.clock.fast_forward("00:30")
    pill = page.locator(".live a")
    expect(pill).to_have_text(re.compile("1 new"))
    pill.click()
    expect(page.get_by_role("main").get_by_role("link", name="Fresh Paint").first).to_be_visible()
    expect(pill).to_be_hidden()


# --- what the browser is told -----------------------------------------------------------------

PUBLIC = (
    *("/", "/jazz/", "/jazz/night-bus/", "/artists/", "/artists/alma-reed/", "/genres/"),
    *(
        "/genres/jazz/",
        "/tags/",
        "/tags/festival/",
        "/archive/",
        "/search/?q=bus",
        "/nowhere/at-all/",
    ),
    *("/feed.rss", "/feed.json", "/sitemap.xml", "/robots.txt", "/site.webmanifest"),
)


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_answer_sets_no_cookie_and_allows_no_inline_code(house, visit, path) -> None:
    answer = visit(house).context.request.get(path)
    told = answer.headers
    assert "set-cookie" not in told
    policy = told["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    for rule in ("base-uri", "frame-ancestors", "object-src", "form-action"):
        assert rule in policy or "default-src 'none'" in policy, rule
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"]
    if told["content-type"].startswith("text/html"):
        page = answer.text()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)", page)
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page)
