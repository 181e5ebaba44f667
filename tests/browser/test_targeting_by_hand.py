"""The story of a manager's own word: over a name, over a tag that nobody asks for, over a post."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looking import BY_DAY, violations
from tests.browser.visitors import Visitor, open_post

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
    # whoever decides one decides those that look like it, and takes them back the same way
    alike = page.get_by_role("region", name="1 more name looks alike: decide it too")
    expect(alike.get_by_label("jass nights")).to_be_checked()
    alike.get_by_role("button", name="Let these mean Jazz too").click()
    expect(page.get_by_text("1 name is known from now on.")).to_be_visible()
    expect(alike).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 name waits again.")).to_be_visible()
    expect(page).to_have_url(name)
    # remembered: the field of an audience knows it, too
    mona.open("/admin/audiences/audience/add/?expression=genre:jass")
    expect(page.get_by_text("Posts of Jazz (or below it).")).to_be_visible()
    mona.open(name)
    expect(page.get_by_role("main").get_by_role("link", name="Jazz", exact=True)).to_be_visible()
    page.get_by_role("button", name="Let it wait again").click()
    expect(page.get_by_text("“jass” waits again.")).to_be_visible()
    expect(page.get_by_role("link", name="Say which genre this is")).to_be_visible()
    page.get_by_text("1 more name looks alike: decide it too").click()
    assert violations(page, "with a name that waits", BY_DAY) == []
    page.get_by_role("button", name="Decide these together with it").click()
    expect(page.get_by_role("heading", name="2 names become aliases of one genre.")).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page).to_have_url(name)


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


def test_a_pin_in_the_editor_leaves_the_editor_where_it_was(mona) -> None:
    page = mona.open("/admin/")
    open_post(page, "Unfinished Business")
    address = page.url
    page.get_by_label("Teaser", exact=True).fill("Typed, and not saved.")
    routes = page.locator("#routing")
    routes.get_by_text("don’t get it").click()
    line = routes.locator(".post-route", has=page.get_by_text("Techno site", exact=True))
    line.get_by_text("Pin or ban…").click()
    line.get_by_role("button", name="Pin", exact=True).click()
    expect(line).to_contain_text("Say in up to 300 characters why")
    reason = line.get_by_label("Why pin or ban Techno site")
    expect(reason).to_be_focused()
    reason.fill("They asked for it.")
    line.get_by_role("button", name="Pin", exact=True).click()
    expect(line).to_contain_text("pinned by mona: They asked for it.")
    told = line.get_by_text("Pinned to Techno site. It goes there once it is approved")
    expect(told).to_be_focused()
    expect(told).to_be_in_viewport()
    assert violations(page, "with a pin in the editor", BY_DAY) == []
    line.get_by_role("button", name="Undo").click()
    expect(line).to_contain_text("Techno site follows its audience again.")
    expect(line).to_contain_text("no genre of it is Techno or below")
    expect(page).to_have_url(address)
    expect(page.get_by_label("Teaser", exact=True)).to_have_value("Typed, and not saved.")


def test_what_is_live_can_be_read_beside_its_reason(mona) -> None:
    page = mona.open("/admin/channels/spoke/3/reasons/?q=warehouse")
    expect(page.locator(".audience-answers .console-state", has_text="Live")).to_be_visible()
    assert violations(page, "with something live", BY_DAY) == []


def test_a_word_without_an_end_makes_no_page_wider(mona) -> None:
    page = mona.open("/admin/audiences/audience/add/")
    page.locator("#id_expression").fill("x" * 8000)
    expect(page.get_by_text("1 thing is wrong")).to_be_visible()
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_without_javascript_the_console_is_there_all_the_same(house, visit, width) -> None:
    visitor = visit(house, java_script_enabled=False, viewport={"width": width, "height": 900})
    visitor.sign_in("mona")
    page = visitor.open("/admin/audiences/audience/add/")
    page.get_by_label("Expression").fill("genre:jaz AND tag:festival")
    page.get_by_role("button", name="Show what it takes, without saving").click()
    expect(page.get_by_text("Did you mean genre:Jazz?")).to_be_visible()
    page.get_by_role("link", name="Coverage").click()
    expect(page.get_by_role("heading", name="What each spoke gets")).to_be_visible()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
