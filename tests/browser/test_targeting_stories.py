"""The story of an audience: built with a mistake, mended, tried and saved; and its reasons."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import BY_DAY, violations
from tests.browser.visitors import Visitor, open_post

pytestmark = pytest.mark.browser


@pytest.fixture
def mona(house, visit) -> Visitor:
    manager = visit(house)
    manager.sign_in("mona")
    return manager


def mend(page: Page, label: str) -> None:
    page.get_by_role("button", name=f"Write {label}", exact=True).click()


def test_a_manager_builds_an_audience_and_is_helped(mona) -> None:
    page = mona.open("/admin/audiences/audience/add/")
    page.get_by_label("Name").fill("Jazz on stage")
    field = page.locator("#id_expression")
    field.fill("gener:jazz and tag:festval")
    page.get_by_label("Name").focus()
    expect(page.get_by_text("3 things are wrong")).to_be_visible()
    assert violations(page, "with faults", BY_DAY) == []
    page.get_by_role("button", name="Show the place: festval").click()
    assert page.evaluate("getSelection().toString()") == "festval"
    mend(page, "genre:")
    mend(page, "AND")
    mend(page, "tag:Festival")
    expect(page.get_by_text("It can be read.")).to_be_visible()
    expect(page.get_by_text("Posts of Jazz (or below it), and tagged Festival.")).to_be_visible()
    answer = page.locator("[data-answer]")
    expect(answer).to_contain_text("Night Bus")
    expect(answer.get_by_text("Just missed")).to_be_visible()
    assert violations(page, "with an answer", BY_DAY) == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Jazz on stage").first).to_be_visible()


def say(page: Page, text: str) -> None:
    page.locator("#id_expression").fill(text)
    page.get_by_label("Name").focus()


def test_an_audience_goes_from_a_sentence_to_a_channel_and_its_reasons(mona) -> None:
    page = mona.open("/admin/audiences/audience/add/")
    page.get_by_label("Name").fill("Jazz or techno")
    field = page.locator("#id_expression")
    say(page, "people who like jazz or techno")
    mend(page, "genre:jazz OR genre:techno")
    expect(page.get_by_text("Posts of Jazz or Techno (or below it).")).to_be_visible()
    say(page, "(genre:jazzz OR genre:techno")
    expect(page.get_by_text("2 things are wrong")).to_be_visible()
    mend(page, "genre:Jazz")
    mend(page, "Close it at the end")
    expect(field).to_have_value("(genre:Jazz OR genre:techno)")
    expect(page.locator("[data-answer]")).to_contain_text("Low Tide")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. It decides nothing until")).to_be_visible()
    assert violations(page, "with places", BY_DAY) == []
    page.get_by_role("link", name="Techno site channel").click()
    expect(page.get_by_role("heading", name="If you save this")).to_be_visible()
    expect(page.locator(".audience-in").first).to_be_visible()
    assert violations(page, "with an audience tried", BY_DAY) == []
    channel = page.url.split("change/")[0]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    try:
        mona.open(f"{channel}reasons/")
        expect(page.get_by_text("Posts of Jazz or Techno (or below it).")).to_be_visible()
        expect(page.get_by_role("listitem").filter(has_text="Night Bus").first).to_be_visible()
        rules = page.locator(".audience-rules")
        expect(rules).to_contain_text("Low Tide")
        address = rules.locator("a", has_text="Low Tide").first.get_attribute("href") or ""
        mona.open(address)
        expect(page.locator("body")).to_contain_text("no genre of it is Jazz or below")
    finally:
        # the house is shared: the channel goes by its spoke again
        mona.open(f"{channel}change/")
        page.locator("#id_audience").evaluate("(field) => { field.value = ''; }")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("was changed successfully")).to_be_visible()


def test_the_keys_complete_what_is_typed(mona) -> None:
    page = mona.open("/admin/audiences/audience/add/")
    field = page.locator("#id_expression")
    field.press_sequentially("gen")
    options = page.get_by_role("listbox", name="Suggestions")
    expect(options.get_by_role("option").first).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("genre:")
    field.press_sequentially("tec")
    expect(options.get_by_role("option", name=re.compile("Techno"))).to_be_visible()
    field.press("Tab")
    expect(field).to_have_value(re.compile(r"^genre:techno\s*$"))
    field.press("Control+Space")
    expect(options.get_by_role("option").first).to_be_visible()
    field.press("Escape")
    expect(options).to_be_hidden()


def test_a_post_says_why_it_goes_where_it_goes(mona) -> None:
    open_post(mona.page, "Night Bus")
    page = mona.open(f"{mona.page.url.split('/change/')[0]}/route/")
    line = page.get_by_role("listitem").filter(has=page.get_by_text("Jazz site", exact=True)).first
    expect(line).to_contain_text("genre: Jazz")
    address = page.get_by_role("link", name="As JSON").get_attribute("href") or ""
    status, told = mona.ask(address)
    assert status == 200
    assert '"goes": true' in told


def test_a_floor_says_what_it_would_move_before_it_is_saved(mona) -> None:
    page = mona.open("/admin/channels/spoke/3/profile/")
    page.get_by_role("slider").fill("0.8")
    expect(page.locator("#id_genre_floor")).to_have_value("0.8")
    expect(page.get_by_role("heading", name="If you save this")).to_be_visible()
    assert violations(page, "with a floor", BY_DAY) == []
    # nothing is saved: the page comes as it was
    page.reload()
    expect(page.locator("#id_genre_floor")).to_have_value(re.compile(r"^0(\.0)?$"))
