"""The editor's and the reader's stories, in a real browser before real processes."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from tests.browser.newsroom import ZONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DRAFT, POST = "/admin/editorial/post/add/", re.compile(r"/admin/editorial/post/\d+/change/$")
READ_AT = ("/", "/jazz/", "/artists/alma-reed/", "/genres/jazz/", "/search/?q=blue")


def pick(page: Page, field: str, typed: str, shown: str) -> None:
    """Choose in a field that looks up what one types."""
    box = page.locator(f"#id_{field} + .select2")
    box.locator(".select2-selection").click()
    page.locator(".select2-container--open .select2-search__field").press_sequentially(typed)
    page.locator(".select2-results__option", has_text=shown).first.click()
    expect(box).to_contain_text(shown)


def press(page: Page, label: str) -> None:
    """Press one of the steps of a row; those that ask a question first are links."""
    steps = page.get_by_role("group", name="What can be done now")
    steps.get_by_role("button", name=label).or_(steps.get_by_role("link", name=label)).click()


def row(page: Page, table: str, channel: str) -> Locator:
    return page.locator(f"#{table} tbody tr", has=page.get_by_role("link", name=channel))


def deliveries(page: Page, channel: str, state: str) -> Locator:
    """Find what the panel of deliveries, which renews itself, shows in this state."""
    return row(page, "deliveries", channel).filter(
        has=page.locator(".console-state", has_text=re.compile(f"^{state}$"))
    )


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def open_post(page: Page, title: str) -> None:
    page.goto("/admin/editorial/post/")
    page.get_by_role("link", name=title).click()
    expect(page).to_have_url(POST)


def draw_picture() -> bytes:
    picture = Image.new("RGB", (1400, 800), "#17324d")
    ImageDraw.Draw(picture).ellipse((400, 100, 1000, 700), fill="#e0a030")
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def upload_picture(page: Page, title: str) -> None:
    page.goto("/admin/media/asset/add/")
    picture = {"name": "moon.png", "mimeType": "image/png", "buffer": draw_picture()}
    page.locator("input[type=file]").set_input_files(picture)
    page.locator("#id_title").fill(title)
    page.locator("#id_alt_text").fill("An orange moon over a blue night.")
    save(page)
    expect(page.get_by_text("was added successfully")).to_be_visible()


def write(page: Page, title: str) -> None:
    """Write a post with everything that a reader sees."""
    page.goto(DRAFT)
    page.locator("#id_title").fill(title)
    page.locator("#id_kind").select_option(label="Feature")
    page.locator("#id_teaser").fill("A quiet record for loud days.")
    page.locator("#id_body").fill("It begins **slowly**, and stays.")
    expect(page.locator("[data-preview-of=id_body] strong")).to_have_text("slowly")
    pick(page, "artists", "alm", "Alma Reed")
    pick(page, "genres", "jaz", "Jazz")
    pick(page, "tags", "fest", "Festival")
    page.locator("#id_cta_label").fill("Hear it")
    page.locator("#id_cta_url").fill("https://listen.example.org/album/7?from=backbeat")


def approve(page: Page, title: str) -> None:
    open_post(page, title)
    press(page, "Approve")
    expect(page.get_by_text("Approved. It can be scheduled now.")).to_be_visible()


def ask_for_plan(page: Page, title: str, when: str) -> Locator:
    """Choose when a post goes out; return what the console says would happen."""
    open_post(page, title)
    press(page, "Schedule…")
    page.get_by_label(when).check()
    return page.locator("#plan")


def show_plan(page: Page) -> None:
    page.get_by_role("button", name="Show what happens").click()


def go_ahead(page: Page) -> None:
    page.get_by_role("button", name="Schedule it").click()
    expect(page.get_by_text("Scheduled on 2 channels.")).to_be_visible()


@pytest.fixture
def desk(newsroom, visit):
    """Give a newsroom, Edith at work, and Anton at work."""
    place = newsroom()
    edith, anton = visit(place), visit(place)
    edith.sign_in("edith")
    anton.sign_in("anton")
    return place, edith.page, anton.page


def test_a_post_is_written_reviewed_published_read_and_withdrawn(desk, visit) -> None:
    place, edith, anton = desk
    upload_picture(edith, "Moon")
    write(edith, "Blue Hour")
    pick(edith, "hero", "moo", "Moon")
    save(edith)
    see_where_it_goes(edith, "Blue Hour")
    press(edith, "Submit for review")
    expect(edith.get_by_text("Submitted. Someone else reviews it now.")).to_be_visible()
    press(edith, "Approve")
    expect(edith.get_by_text("You wrote “Blue Hour”; someone else has to")).to_be_visible()
    approve(anton, "Blue Hour")
    publish_now(anton, "Blue Hour")
    reader = visit(place)
    read_everywhere(reader)
    follow_the_call(reader)
    withdraw(anton, "Blue Hour", "The label asked for it.")
    miss_everywhere(reader)


def see_where_it_goes(page: Page, title: str) -> None:
    open_post(page, title)
    expect(row(page, "routing", "Jazz site")).to_contain_text(re.compile(r"yes\s.*genre: Jazz"))
    expect(row(page, "routing", "Hub site")).to_contain_text("yes")
    page.get_by_text("1 channel doesn’t want it").click()
    techno = row(page, "routing", "Techno site")
    expect(techno).to_contain_text(re.compile(r"no\s.*no genre of it is Techno or below"))


def publish_now(page: Page, title: str) -> None:
    plan = ask_for_plan(page, title, "Now")
    expect(page.locator("label", has_text="Jazz site")).to_contain_text(ZONE)
    show_plan(page)
    expect(plan.get_by_role("row").filter(has_text="Jazz site")).to_contain_text("at once")
    go_ahead(page)
    # without loading the page again
    for channel in ("Hub site", "Jazz site"):
        expect(deliveries(page, channel, "Live")).to_have_count(1)


def read_everywhere(reader) -> None:
    for path in READ_AT:
        page = reader.open(path)
        expect(page.get_by_role("main").get_by_role("link", name="Blue Hour").first).to_be_visible()
    page.get_by_role("main").get_by_role("heading", name="Blue Hour").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Blue Hour")
    expect(page.locator("article strong")).to_have_text("slowly")
    picture = page.get_by_role("img", name="An orange moon over a blue night.")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") >= 1200
    for spoke in ("", "/jazz"):
        [item] = json.loads(reader.ask(f"{spoke}/feed.json")[1])["items"]
        assert item["title"] == "Blue Hour"
    assert "/blue-hour/" in whole_sitemap(reader)
    assert "Blue Hour" not in reader.ask("/techno/")[1]


def whole_sitemap(reader) -> str:
    parts = re.findall(r"<loc>(.+?)</loc>", reader.ask("/sitemap.xml")[1])
    return "".join(reader.ask(part)[1] for part in parts)


def follow_the_call(reader) -> None:
    """Read that the call leads onward, each place with the marker of its own delivery."""
    markers = set()
    for path in ("/hub/blue-hour/", "/jazz/blue-hour/"):
        call = reader.open(path).get_by_role("article").get_by_role("link", name="Hear it")
        href = call.get_attribute("href") or ""
        found = re.fullmatch(
            r"https://listen\.example\.org/album/7\?from=backbeat&bb=([\w-]+)", href
        )
        assert found, href
        markers.add(found[1])
    assert len(markers) == 2


def withdraw(page: Page, title: str, reason: str) -> None:
    open_post(page, title)
    press(page, "Withdraw…")
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Being taken down on 2 channels.")).to_be_visible()
    for channel in ("Hub site", "Jazz site"):
        taken = deliveries(page, channel, "Live").filter(has_text="Publish")
        expect(taken).to_contain_text("taken down")
    page.reload()
    expect(page.locator("#history")).to_contain_text(reason)


def miss_everywhere(reader) -> None:
    for path in ("/hub/blue-hour/", "/jazz/blue-hour/"):
        assert reader.ask(path)[0] == 410, path
    for path in (*READ_AT, "/feed.json", "/jazz/feed.json"):
        status, text = reader.ask(path)
        # an artist or a genre of no post may have no page any more
        assert status in {200, 404}, path
        assert "blue-hour" not in text, path
    assert "blue-hour" not in whole_sitemap(reader)


def test_a_post_waits_for_a_time_or_for_its_slots_until_it_is_taken_off(desk) -> None:
    _, edith, anton = desk
    write(edith, "Late Train")
    save(edith)
    open_post(edith, "Late Train")
    press(edith, "Submit for review")
    approve(anton, "Late Train")
    day = (datetime.now(UTC) + timedelta(days=9)).date()

    plan = ask_for_plan(anton, "Late Train", "At a date and time")
    anton.locator("#id_date").fill(f"{day:%Y-%m-%d}")
    anton.locator("#id_time").fill("21:15")
    pick(anton, "zone", "Kathm", "Asia/Kathmandu")
    show_plan(anton)
    jazz = plan.get_by_role("row").filter(has_text="Jazz site")
    # Nepal is 5:45 ahead of UTC all the year
    expect(jazz).to_contain_text(f"{day.day} {day:%b %Y}, 21:15 Asia/Kathmandu")
    expect(jazz).to_contain_text(f"{day.day} {day:%b %Y}, 15:30 UTC")
    go_ahead(anton)
    planned = deliveries(anton, "Jazz site", "Scheduled")
    expect(planned).to_have_count(1)
    expect(anton.get_by_text("This post is locked since")).to_be_visible()
    press(anton, "Take off the schedule")
    expect(anton.get_by_text("Taken off the schedule on 2 channels.")).to_be_visible()

    plan = ask_for_plan(anton, "Late Train", "In the next free slot")
    show_plan(anton)
    expect(plan.get_by_role("row").filter(has_text="Jazz site")).to_contain_text(
        re.compile(rf"Fri \d+ \w+ \d+, 18:30 {ZONE}")
    )
    go_ahead(anton)
    expect(planned).to_contain_text(f"18:30 {ZONE}")
    press(anton, "Take off the schedule")
    expect(planned).to_have_count(0)
    expect(deliveries(anton, "Jazz site", "Cancelled")).to_have_count(2)


PAGES = (
    "/",
    "/jazz/",
    "/jazz/night-bus/",
    "/artists/alma-reed/",
    "/genres/jazz/",
    "/search/?q=bus",
)


def test_the_site_suits_a_phone_a_keyboard_and_the_night(newsroom, visit, tmp_path: Path) -> None:
    place = newsroom("Night Bus")
    person = visit(place, viewport={"width": 360, "height": 740})
    place.wait_until("live", lambda: person.ask("/jazz/night-bus/")[0] == 200)
    for path in PAGES:
        page = person.open(path)
        widest = page.evaluate("document.documentElement.scrollWidth")
        assert widest <= 360, (path, widest)
    check_skip_link(person.open("/jazz/"))
    by_day, by_night = (visit(place, color_scheme=scheme) for scheme in ("light", "dark"))
    assert brightness(by_day.open("/jazz/")) > 150
    assert brightness(by_night.open("/jazz/")) < 80


def check_skip_link(page: Page) -> None:
    skip = page.get_by_role("link", name="Skip to the stories")
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def brightness(page: Page) -> float:
    """Measure how bright a page is on the whole, from 0 to 255."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("L").resize((1, 1))
    return float(picture.getpixel((0, 0)))
