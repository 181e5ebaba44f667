"""A look at one page, by day on a wide screen and by night on a phone: axe finds nothing.

A page's own width, what the console says, and the content policy are held by each look, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.visitors import Visitor

BY_DAY: dict[str, Any] = {"resultTypes": ["violations"]}
# what the colours and the width change; the rest is the same page
BY_NIGHT: dict[str, Any] = {
    **BY_DAY,
    "runOnly": ["color-contrast", "target-size", "scrollable-region-focusable", "button-name"],
}
GO_DARK = "document.querySelector('html[x-data]')?.classList.add('dark')"


@contextmanager
def looking(house: Any, chromium: Browser) -> Iterator[Visitor]:
    """Give somebody one browser for many pages."""
    address = f"http://127.0.0.1:{house.environment['PORT']}"
    context = chromium.new_context(base_url=address, reduced_motion="reduce", viewport=DESKTOP)
    yield Visitor(context)
    context.close()


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
    ]
