"""The editor's and the approver's stories: from an empty page to what fans read, and back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.newsroom import ZONE, draw_picture
from tests.browser.visitors import (
    POST,
    approve,
    deliveries,
    open_post,
    pick,
    press,
    publish,
    save,
    schedule,
    write,
)

pytestmark = pytest.mark.browser

ADD = "/admin/editorial/post/add/"
KEPT = re.compile("Draft kept at")


@pytest.fixture
def edith(house, visit) -> Page:
    """The editor at work."""
    editor = visit(house)
    # an upload that is refused in words
    editor.expected.add(422)
    return editor.sign_in("edith")


@pytest.fixture
def anton(house, visit) -> Page:
    """The approver at work."""
    return visit(house).sign_in("anton")


# --- writing on one screen --------------------------------------------------------------------


def test_a_post_is_written_on_one_screen(edith) -> None:
    edith.goto(ADD)
    edith.locator("#id_title").fill("Blue Hour")
    edith.locator("#id_teaser").fill("A quiet record for loud days.")
    edith.locator("#id_body").fill("It begins **slowly**.")
    pick(edith, "artists", "alm", "Alma Reed")
    pick(edith, "tags", "fest", "Festival")
    routes = edith.locator("[data-outlook]")
    expect(routes.locator("li", has_text="Jazz site").first).to_contain_text("yes")
    routes.get_by_text("2 channels don’t get it").click()
    techno = routes.locator("li", has_text="Techno site")
    expect(techno).to_contain_text("no genre of it is Techno or below")
    expect(routes).to_contain_text("deep link")
    edith.locator("#id_cta_url").fill("https://listen.example.org/album/7")
    expect(routes).to_contain_text("Complete: it can be submitted.")
    edith.get_by_role("button", name="Side by side").click()
    preview = edith.get_by_role("region", name="Preview of the body")
    expect(preview.locator("strong")).to_have_text("slowly")
    press(edith, "Submit for review")
    expect(edith.get_by_text("Submitted. Someone else reviews it now.")).to_be_visible()


def test_a_picture_is_uploaded_in_place_and_gets_its_focal_point_by_a_click(edith) -> None:
    write(edith, "Round Moon")
    edith.get_by_role("button", name="Choose or upload").click()
    dialog = edith.get_by_role("dialog", name="Choose a picture")
    picture = {"name": "moon.png", "mimeType": "image/png", "buffer": draw_picture("Moon")}
    dialog.get_by_label("File").set_input_files(picture)
    dialog.get_by_role("button", name="Upload and use it").click()
    expect(dialog.locator("[data-errors-of=alt_text]")).to_contain_text("what")
    dialog.get_by_label("What it shows, for those who can’t see it").fill("An orange moon.")
    dialog.get_by_role("button", name="Upload and use it").click()
    expect(dialog).to_be_hidden()
    stage = edith.locator(".focal-stage")
    expect(stage.get_by_role("img", name="An orange moon.")).to_be_visible()
    size = stage.bounding_box()
    assert size is not None
    with edith.expect_response(re.compile(r"/post/pictures/\d+/")) as answered:
        stage.click(position={"x": size["width"] * 0.25, "y": size["height"] * 0.75})
    assert answered.value.ok
    # in small steps by keyboard
    with edith.expect_response(re.compile(r"/post/pictures/\d+/")) as answered:
        edith.get_by_role("button", name=re.compile("^Focal point")).press("ArrowRight")
    assert answered.value.ok
    save(edith)
    shown = json.loads(edith.locator("#post-hero-data").text_content() or "")
    assert shown["x"] == pytest.approx(0.26, abs=0.02)
    assert shown["y"] == pytest.approx(0.75, abs=0.02)


def test_a_closed_tab_loses_nothing(house, visit) -> None:
    edith = visit(house)
    page = edith.sign_in("theo")
    page.goto(ADD)
    page.locator("#id_title").fill("Left in the Middle")
    page.locator("#id_body").fill("A thought that was not finished")
    expect(page.locator("[data-said]")).to_have_text(KEPT)
    page.close()
    again = edith.context.new_page()
    again.goto(ADD)
    again.get_by_role("link", name="Bring them back").click()
    expect(again.locator("#id_title")).to_have_value("Left in the Middle")
    expect(again.locator("#id_body")).to_have_value("A thought that was not finished")
    again.locator("#id_title").fill("Left and Found")
    save(again)
    again.goto(ADD)
    expect(again.get_by_role("link", name="Bring them back")).to_have_count(0)


def test_two_revisions_are_compared_and_the_first_comes_back(edith) -> None:
    write(edith, "Second Thoughts", teaser="The first teaser.")
    edith.locator("#id_teaser").fill("The second teaser.")
    save(edith)
    expect(edith.locator("[data-said]")).to_contain_text("Revision 2")
    edith.locator("details.post-more summary").click()
    edith.get_by_role("link", name="Revisions").click()
    expect(edith.locator("del")).to_have_text("first")
    expect(edith.locator("ins")).to_have_text("second")
    edith.get_by_role("button", name="Bring back").last.click()
    expect(edith.get_by_text("Revision 1 is back.")).to_be_visible()
    expect(edith.locator("#id_teaser")).to_have_value("The first teaser.")


def test_who_saves_last_sees_both_and_loses_nothing(edith, anton) -> None:
    write(edith, "Two Pens")
    open_post(anton, "Two Pens")
    anton.locator("#id_teaser").fill("Anton’s teaser.")
    save(anton)
    expect(anton.locator("[data-said]")).to_contain_text("Revision 2")
    edith.locator("#id_title").fill("Two Pencils")
    edith.get_by_role("button", name="Save", exact=True).click()
    expect(edith.get_by_text("changed by someone else meanwhile")).to_be_visible()
    expect(edith.locator(".post-conflict")).to_contain_text("Anton’s teaser.")
    edith.get_by_role("button", name="Save my changes on top of theirs").click()
    expect(edith.locator("#id_title")).to_have_value("Two Pencils")
    expect(edith.locator("#id_teaser")).to_have_value("Anton’s teaser.")


# --- reviewing, scheduling, going live --------------------------------------------------------


def test_a_post_goes_live_is_read_everywhere_and_withdrawn(house, visit, edith, anton) -> None:
    publish(edith, anton, "Evening Tide")
    reader = visit(house)
    for path in ("/", "/jazz/", "/genres/jazz/", "/search/?q=evening"):
        stories = reader.open(path).get_by_role("main")
        expect(stories.get_by_role("link", name="Evening Tide").first).to_be_visible()
    follow_the_call(reader)
    withdraw(anton, "The label asked for it.")
    for path in ("/hub/evening-tide/", "/jazz/evening-tide/"):
        assert reader.ask(path)[0] == 410, path
    for path in ("/", "/jazz/", "/feed.json", "/jazz/feed.json", "/search/?q=evening"):
        assert "evening-tide" not in reader.ask(path)[1], path


def follow_the_call(reader) -> None:
    """Read that the call leads onward, each place with the marker of its own delivery."""
    markers = set()
    for path in ("/hub/evening-tide/", "/jazz/evening-tide/"):
        page = reader.open(path)
        expect(page.locator("article strong").first).to_have_text("slowly")
        call = page.get_by_role("article").locator("a[href*='listen.example.org']").first
        href = call.get_attribute("href") or ""
        found = re.fullmatch(
            r"https://listen\.example\.org/album/7\?from=backbeat&bb=([\w-]+)", href
        )
        assert found, href
        markers.add(found[1])
    assert len(markers) == 2


def withdraw(page: Page, reason: str) -> None:
    # the steps are those of when the page was loaded
    page.reload()
    press(page, "Withdraw")
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Being taken down on 2 channels.")).to_be_visible()
    for channel in ("Hub site", "Jazz site"):
        taken = deliveries(page, channel, "Live").filter(has_text="Publish")
        expect(taken).to_contain_text("taken down")


def test_a_post_that_is_sent_back_tells_its_author_why(edith, anton) -> None:
    write(edith, "Thin Ice")
    press(edith, "Submit for review")
    expect(edith.get_by_text("Submitted. Someone else reviews it now.")).to_be_visible()
    open_post(anton, "Thin Ice")
    press(anton, "Send back")
    anton.get_by_label("Note").fill("Say who plays.")
    anton.get_by_role("button", name="Send back").click()
    expect(anton.get_by_text("Sent back to its author with your note.")).to_be_visible()
    edith.reload()
    expect(edith.locator(".post-note", has_text="sent it back")).to_contain_text("Say who plays.")


def test_a_post_waits_for_a_time_in_a_zone_until_it_is_taken_off(edith, anton) -> None:
    write(edith, "Late Train")
    press(edith, "Submit for review")
    expect(edith.get_by_text("Submitted. Someone else reviews it now.")).to_be_visible()
    approve(anton, "Late Train")
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    plan = schedule(
        anton, "At a date and time", date=f"{day:%Y-%m-%d}", time="21:15", zone="Asia/Kathmandu"
    )
    jazz = plan.get_by_role("row").filter(has_text="Jazz site")
    # Nepal is 5:45 ahead of UTC all the year
    expect(jazz).to_contain_text("21:15 Asia/Kathmandu")
    expect(jazz).to_contain_text("15:30 UTC")
    anton.get_by_role("button", name="Schedule it").click()
    expect(deliveries(anton, "Jazz site", "Scheduled")).to_have_count(1)
    press(anton, "Take off the schedule")
    expect(anton.get_by_text("Taken off the schedule on 2 channels.")).to_be_visible()

    plan = schedule(anton, "In the next free slot")
    expect(plan.get_by_role("row").filter(has_text="Jazz site")).to_contain_text(f"18:30 {ZONE}")
    anton.get_by_role("button", name="Schedule it").click()
    expect(deliveries(anton, "Jazz site", "Scheduled")).to_contain_text(f"18:30 {ZONE}")
    press(anton, "Take off the schedule")
    expect(deliveries(anton, "Jazz site", "Cancelled")).to_have_count(2)
    expect(anton).to_have_url(POST)
