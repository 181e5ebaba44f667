"""The newcomer's story: from an empty house to a first live post."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import pick, press

pytestmark = pytest.mark.browser

LINK = re.compile(r"http://\S+/admin/welcome/start/\S+/")
PASSWORD = "a-quiet-river-42"


def test_a_newcomer_comes_from_an_empty_house_to_a_first_live_post(empty_house, visit) -> None:
    nina = visit(empty_house)
    found = LINK.search((empty_house.folder / "house.log").read_text())
    assert found, "the terminal shows no link"
    page = nina.open(found[0])
    become_administrator(page)
    name_the_hub(page)
    open_spokes(page)
    invitation = invite(page)
    post = write_first_post(page)
    ada = visit(empty_house).open(invitation)
    join(ada)
    go_live(ada, post)
    expect(
        visit(empty_house).open("/jazz/").get_by_role("link", name="Blue hour").first
    ).to_be_visible()
    # the link is used up
    assert "Make me the administrator" not in nina.ask(found[0])[1]


def become_administrator(page: Page) -> None:
    page.get_by_label("Your name").fill("Nina Berger")
    page.get_by_label("E-mail").fill("nina@example.org")
    page.get_by_label("User name").fill("nina")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make me the administrator").click()


def name_the_hub(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Night Train")
    page.get_by_label("Tagline").fill("Music for those who stay up.")
    page.get_by_role("button", name="Save and go on").click()


def open_spokes(page: Page) -> None:
    page.get_by_role("button", name="Plant these genres").click()
    for genre in ("Jazz", "Hip Hop"):
        page.get_by_label(genre, exact=True).check()
    page.get_by_role("button", name="Go on with these").click()
    page.get_by_role("button", name="Open these 2 spokes").click()


def invite(page: Page) -> str:
    page.get_by_label("Name", exact=True).fill("Ada Okoye")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_role("button", name="Invite").click()
    link = page.locator(".copy input").input_value()
    page.get_by_role("link", name="Go on", exact=True).click()
    return link


def write_first_post(page: Page) -> str:
    page.get_by_role("link", name="Write your first post").last.click()
    page.locator("#id_title").fill("Blue hour at the harbour")
    page.locator("#id_teaser").fill("A quiet record for loud days.")
    page.locator("#id_body").fill("It begins **slowly**.")
    page.locator("#id_cta_url").fill("https://listen.example.com/album/7")
    pick(page, "genres", "jazz", "Jazz")
    press(page, "Submit for review")
    expect(page).to_have_url(re.compile(r"/post/\d+/change/"))
    return page.url


def join(page: Page) -> None:
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("main button, form button").last.click()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.locator("#id_login").fill("ada@example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/admin/$"))


def go_live(page: Page, post: str) -> None:
    page.goto(post)
    press(page, "Approve")
    expect(page.get_by_text("Approved. It can be scheduled now.")).to_be_visible()
    press(page, "Schedule")
    page.get_by_label("Now").check()
    page.get_by_role("button", name="Show what happens").click()
    page.get_by_role("button", name="Schedule it").click()
    live = page.locator("#deliveries .console-state", has_text=re.compile("^Live$"))
    expect(live).to_have_count(2)
