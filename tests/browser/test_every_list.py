"""Every list of the console, a row of each, and every empty form: axe finds nothing.

They stand apart from the other pages, so that two browsers can look at the same time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.looking import check, looking
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.browser

LISTS = (
    *("audiences/audience", "audit/auditentry", "auth/user", "catalogue/artist"),
    *("catalogue/genre", "catalogue/track", "catalogue/unresolvedgenre", "channels/channel"),
    *("channels/spoke", "delivery/delivery", "delivery/hold", "editorial/audiencetag"),
    *("editorial/post", "media/asset", "preview/sharelink", "schedule/slot"),
)
ADDED = (
    *("audiences/audience", "auth/user", "catalogue/artist", "catalogue/genre"),
    *("catalogue/track", "channels/channel", "channels/spoke", "delivery/hold"),
    *("editorial/audiencetag", "editorial/post", "media/asset", "schedule/slot"),
)
STATES = ("draft", "in_review", "approved")


@pytest.fixture(scope="module")
def mona(house, chromium: Browser) -> Iterator[Visitor]:
    """The manager, who sees every page; one browser for all of them."""
    with looking(house, chromium) as manager:
        manager.sign_in("mona")
        yield manager


@pytest.mark.parametrize("model", LISTS)
def test_a_list_and_a_row_of_it_are_clean(mona, model: str) -> None:
    check(mona, f"/admin/{model}/")
    row = mona.page.locator("#result_list tbody a[href*='/change/']").first
    if row.count():
        check(mona, row.get_attribute("href") or "")


@pytest.mark.parametrize("model", ADDED)
def test_an_empty_form_is_clean(mona, model: str) -> None:
    check(mona, f"/admin/{model}/add/")


@pytest.mark.parametrize("state", STATES)
def test_a_post_is_clean_at_every_stage(mona, state: str) -> None:
    mona.open(f"/admin/editorial/post/?state__exact={state}")
    link = mona.page.locator("#result_list tbody a[href*='/change/']").first
    path = re.sub(r"\?.*", "", link.get_attribute("href") or "")
    check(mona, path)
    check(mona, path.replace("/change/", "/revisions/"))
    if state == "approved":
        check(mona, path.replace("/change/", "/schedule/"))
