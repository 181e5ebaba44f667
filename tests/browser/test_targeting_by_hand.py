"""The story of a manager's own word: over a name, over a tag that nobody asks for, over a post."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import BY_DAY, violations
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def mona(house, visit) -> Visitor:
    manager = visit(house)
    manager.sign_in("mona")
    return manager


def test_a_name_is_placed_remembered_and_let_wait_again(mona) -> None:
    page = mona.open("/admin/coverage/")
    page.get_by_role("link", name="jass", exact=True).click()
    page.get_by_role("link", name="Say which genre this is").click()
    page.locator(".select2-selection").click()
    page.locator(".select2-container--open .select2-search__field").press_sequentially("jaz")
    page.locator(".select2-results__option", has_text="Jazz").first.click()
    page.get_by_role("button", name="Say which genre this is").click()
    expect(page.get_by_text("“jass” means Jazz from now on.")).to_be_visible()
    assert violations(page, "with a name settled", BY_DAY) == []
    name = page.url
    # remembered: the field of an audience knows it, too
    mona.open("/admin/audiences/audience/add/?expression=genre:jass")
    expect(page.get_by_text("Posts of Jazz (or below it).")).to_be_visible()
    mona.open(name)
    expect(page.get_by_role("main").get_by_role("link", name="Jazz", exact=True)).to_be_visible()
    page.get_by_role("button", name="Let it wait again").click()
    expect(page.get_by_text("“jass” waits again.")).to_be_visible()
    expect(page.get_by_role("link", name="Say which genre this is")).to_be_visible()


def test_a_tag_that_nobody_asks_for_leads_to_an_audience_that_does(mona) -> None:
    page = mona.open("/admin/coverage/")
    page.get_by_role("link", name="0: ask for it (Vinyl)").click()
    expect(page.get_by_text("Posts tagged Vinyl.")).to_be_visible()
    expect(page.get_by_text("It takes nothing.")).to_be_visible()
    outdated = page.get_by_text("This is still the answer for the text before")
    page.locator("#id_expression").fill("tag:vinyl AND")
    expect(outdated).to_be_visible()
    assert violations(page, "with an answer that is outdated", BY_DAY) == []
    page.locator("#id_expression").fill("tag:vinyl OR genre:jazz")
    expect(outdated).to_be_hidden()
    expect(page.locator("[data-answer]")).to_contain_text("Newest that match")


def test_a_post_is_pinned_from_its_reasons_and_let_go(mona) -> None:
    page = mona.open("/admin/channels/spoke/3/reasons/")
    page.get_by_label("The post that you ask about").fill("night bus")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("This channel does not want it.")).to_be_visible()
    assert violations(page, "with an answer", BY_DAY) == []
    page.get_by_role("link", name="Night Bus").first.click()
    line = page.locator(".post-route", has=page.get_by_text("Techno site", exact=True))
    line.get_by_text("Pin or ban…").click()
    reason, address = line.get_by_label("Why pin or ban Techno site"), page.url.split("#")[0]
    reason.fill("They asked for it.")
    reason.press("Enter")
    expect(reason).to_have_value("They asked for it.")
    line.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_text("Pinned to Techno site. Nothing is planned for it")).to_be_visible()
    expect(page).to_have_url(address)
    expect(line).to_contain_text("They asked for it.")
    assert violations(page, "with a pin", BY_DAY) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Techno site follows its audience again.")).to_be_visible()
    expect(line).to_contain_text("no genre of it is Techno or below")
