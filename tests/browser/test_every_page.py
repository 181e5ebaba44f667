"""Every kind of page, by day on a wide screen and by night on a phone: axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.looking import BY_DAY, check, looking, violations
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.browser

SITE = (
    *("/", "/jazz/", "/jazz/night-bus/", "/artists/", "/artists/alma-reed/", "/genres/"),
    *("/genres/jazz/", "/tags/", "/tags/festival/", "/archive/", "/jazz/archive/", "/search/"),
    *("/search/?q=bus", "/search/?q=qqqqqq", "/nowhere/at-all/"),
)
DOOR = (
    *("/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"),
    "/accounts/inactive/",
)
ACCOUNT = (
    *("/accounts/", "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/sessions/"),
    "/accounts/password/change/",
)
WELCOME = tuple(f"/admin/welcome/{step}/" for step in ("hub", "genres", "spokes", "people", "done"))
PAGES = (
    *("/admin/", "/admin/delivery/delivery/upcoming/", "/admin/delivery/delivery/figures/"),
    *("/admin/delivery/delivery/upcoming/?view=month", "/admin/delivery/delivery/machine/"),
    *("/admin/coverage/", "/admin/channels/spoke/1/profile/", "/admin/channels/spoke/1/reasons/"),
    *("/preview/hub/", "/preview/jazz/?side=moments", "/preview/jazz/?side=widths"),
    *("/preview/jazz/?drafts=1", "/admin/preview/sharelink/add/", "/admin/auth/group/"),
)


@pytest.fixture(scope="module")
def reader(house, chromium: Browser) -> Iterator[Visitor]:
    """Somebody who is not signed in."""
    with looking(house, chromium) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def mona(house, chromium: Browser) -> Iterator[Visitor]:
    """The manager, who sees every page; one browser for all of them."""
    with looking(house, chromium) as manager:
        manager.sign_in("mona")
        yield manager


@pytest.mark.parametrize("path", [*SITE, *DOOR])
def test_a_page_for_all_is_clean(reader, path: str) -> None:
    check(reader, path, status=404 if "nowhere" in path else 200)


@pytest.mark.parametrize("path", [*PAGES, *ACCOUNT, *WELCOME])
def test_a_page_of_the_console_is_clean(mona, path: str) -> None:
    check(mona, path)


@pytest.mark.parametrize(("words", "answer"), [("bus", "[role=option]"), ("qqqqqq", ".find-none")])
def test_the_search_over_all_is_clean(mona, words: str, answer: str) -> None:
    mona.open("/admin/")
    mona.page.keyboard.press("Control+k")
    mona.page.locator("#find input").fill(words)
    mona.page.locator(f"#find-results {answer}").first.wait_for()
    assert not violations(mona.page, "with its answers", BY_DAY)
