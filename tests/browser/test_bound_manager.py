"""The story of a manager of one spoke: she steers Hip Hop, and no other spoke is there for her."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import Visitor

pytestmark = pytest.mark.browser

OTHERS = ("Jazz site", "Techno site", "Night Bus", "Tomorrow Swing", "Tomorrow Drums")


@pytest.fixture
def hanna(house, visit) -> Visitor:
    manager = visit(house)
    manager.sign_in("hanna")
    return manager


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/admin/", "Hip Hop"),
        ("/admin/editorial/post/", "Low Tide"),
        ("/admin/delivery/delivery/", "Hip Hop site"),
        ("/admin/delivery/delivery/upcoming/?view=month", "Hip Hop"),
        ("/admin/channels/channel/", "Hip Hop site"),
        ("/admin/schedule/slot/", "Hip Hop site"),
        ("/admin/delivery/delivery/figures/", "Hip Hop"),
    ],
)
def test_she_sees_hip_hop_and_nothing_else(hanna, path: str, own: str) -> None:
    page = hanna.open(path)
    content = page.get_by_role("main")
    expect(content).to_contain_text(own)
    for other in OTHERS:
        expect(content).not_to_contain_text(other)


def test_no_search_finds_what_is_not_hers(hanna) -> None:
    page = hanna.open("/admin/editorial/post/?q=Tomorrow")
    main = page.get_by_role("main")
    expect(main.get_by_role("link", name="Tomorrow Rhymes").first).to_be_visible()
    expect(main).not_to_contain_text("Tomorrow Swing")
    hanna.open("/admin/schedule/slot/add/")
    box = page.locator("#id_channel + .select2")
    box.locator(".select2-selection").click()
    offers = page.locator(".select2-results__option")
    expect(offers.filter(has_text="Hip Hop site")).to_have_count(1)
    expect(offers.filter(has_text=re.compile("Jazz|Techno|Hub"))).to_have_count(0)


def test_a_guessed_address_leads_nowhere(house, visit, hanna) -> None:
    mona = visit(house).sign_in("mona")
    mona.goto("/admin/editorial/post/?q=Night Bus")
    mona.get_by_role("link", name="Night Bus").first.click()
    expect(mona).to_have_url(re.compile("/change/"))
    address = urlsplit(mona.url).path
    shown = hanna.page.goto(address)
    assert shown is not None
    hanna.expected |= {403, 404}
    expect(hanna.page.get_by_role("main")).not_to_contain_text("Night Bus")
    for guessed in ("/preview/jazz/", "/preview/hub/", address.replace("change", "schedule")):
        assert hanna.ask(guessed)[0] in {403, 404}, guessed


def test_her_editor_offers_hip_hop_channels_alone(hanna) -> None:
    page = hanna.open("/admin/editorial/post/add/")
    page.locator("#id_title").fill("Only Ours")
    fill_genre(page)
    routes = page.locator("[data-outlook]")
    expect(routes).to_contain_text("Hip Hop site")
    expect(routes).not_to_contain_text("Jazz site")
    expect(routes).not_to_contain_text("Hub site")


def fill_genre(page: Page) -> None:
    box = page.locator("#id_genres + .post-picker")
    box.get_by_role("combobox").press_sequentially("hip")
    box.get_by_role("option", name="Hip Hop").first.click()
