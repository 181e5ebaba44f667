"""Every kind of page, by day on a wide screen and by night on a phone: axe finds nothing.

A page's own width, what the console says, and the content policy are held by each visit, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.browser

BY_DAY: dict[str, Any] = {"resultTypes": ["violations"]}
# what the colours and the width change; the rest is the same page
BY_NIGHT: dict[str, Any] = {
    **BY_DAY,
    "runOnly": ["color-contrast", "target-size", "scrollable-region-focusable", "button-name"],
}
# what is not ours and can't be mended from here: the rule, and where
NOT_OURS = {
    # select2 puts the button that empties a list among its list items
    "list": ".select2-selection__rendered",
}

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
GO_DARK = "document.querySelector('html[x-data]')?.classList.add('dark')"
STATES = ("draft", "in_review", "approved")


@pytest.fixture(scope="module")
def reader(house, chromium: Browser) -> Iterator[Visitor]:
    """Somebody who is not signed in."""
    yield from _visitor(house, chromium)


@pytest.fixture(scope="module")
def mona(house, chromium: Browser) -> Iterator[Visitor]:
    """The manager, who sees every page; one browser for all of them."""
    for manager in _visitor(house, chromium):
        manager.sign_in("mona")
        yield manager


def _visitor(house: Any, chromium: Browser) -> Iterator[Visitor]:
    address = f"http://127.0.0.1:{house.environment['PORT']}"
    context = chromium.new_context(base_url=address, reduced_motion="reduce", viewport=DESKTOP)
    yield Visitor(context)
    context.close()


@pytest.mark.parametrize("path", [*SITE, *DOOR])
def test_a_page_for_all_is_clean(reader, path: str) -> None:
    check(reader, path, status=404 if "nowhere" in path else 200)


@pytest.mark.parametrize("path", [*PAGES, *ACCOUNT, *WELCOME])
def test_a_page_of_the_console_is_clean(mona, path: str) -> None:
    check(mona, path)


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


@pytest.mark.parametrize(("words", "answer"), [("bus", "[role=option]"), ("qqqqqq", ".find-none")])
def test_the_search_over_all_is_clean(mona, words: str, answer: str) -> None:
    mona.open("/admin/")
    mona.page.keyboard.press("Control+k")
    mona.page.locator("#find input").fill(words)
    mona.page.locator(f"#find-results {answer}").first.wait_for()
    assert not violations(mona.page, "with its answers", BY_DAY)


def check(visitor: Visitor, path: str, *, status: int = 200) -> None:
    """Look at one page by day and by night, and tell all that is wrong with it."""
    page = visitor.page
    visitor.troubles.clear()
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESKTOP)
    visitor.open(path, status=status)
    page.wait_for_load_state("networkidle")
    # what is being asked for is pale
    page.wait_for_function("!document.querySelector('[aria-busy=true]')")
    wrong = violations(page, "by day", BY_DAY)
    page.emulate_media(color_scheme="dark")
    # the console looks at what the system likes when a page is opened, and not again
    page.evaluate(GO_DARK)
    page.set_viewport_size(PHONE)
    wrong += violations(page, "by night, on a phone", BY_NIGHT)
    if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
        wrong.append("wider than a phone")
    assert not wrong + visitor.troubles, "\n".join([path, *wrong, *visitor.troubles])


def violations(page: Page, when: str, options: dict[str, Any]) -> list[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{when}: {rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
        if not is_not_ours(rule["id"], str(node["target"]))
    ]


def is_not_ours(rule: str, target: str) -> bool:
    return rule in NOT_OURS and NOT_OURS[rule] in target
