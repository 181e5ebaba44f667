"""A newsroom of real processes, and people who look at it with a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.houses import house_of_its_own, is_ready
from tests.browser.newsroom import LIVE_AT
from tests.browser.visitors import Visitor
from tests.services.conftest import Processes, fetch

CHROMIUM = ("chromium", "google-chrome")
QUIET = (
    *("--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# seconds that a house may take to open; beside others, an empty one migrates for half a minute
PATIENCE = 180.0


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Start the web server and the runner of the planted world, once for all tests.

    They share it: each writes posts of its own, and leaves those of the others alone.
    """
    with house_of_its_own(tmp_path_factory.mktemp("house")) as place:
        place.run("-m", "tests.browser.newsroom")
        place.start("web", "-m", "gunicorn", "-c", "python:hub.runtime.web", "hub.wsgi")
        place.start("runner", "manage.py", "runner")
        place.wait_until("ready", lambda: is_ready(place), within=PATIENCE)
        place.wait_until(
            "live", lambda: all(fetch(place, path)[0] == 200 for path in LIVE_AT), within=PATIENCE
        )
        yield place


@pytest.fixture(scope="session")
def empty_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Start a house with nobody in it, as ``make start`` does."""
    with house_of_its_own(tmp_path_factory.mktemp("empty-house"), empty=True) as place:
        place.start("house", "manage.py", "up", "--migrate")
        place.wait_until("ready", lambda: is_ready(place), within=PATIENCE)
        yield place


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Open the browser; it closes with the module, for its loop is in the way of other tests."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("These tests need Chromium: install it, or run make services-test.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Give someone a browser of their own; whatever went wrong in it fails the test."""
    visitors: list[Visitor] = []

    def visit(place: Processes, **options: Any) -> Visitor:
        address = f"http://127.0.0.1:{place.environment['PORT']}"
        options = {"viewport": DESKTOP, "reduced_motion": "reduce", **options}
        visitors.append(Visitor(chromium.new_context(base_url=address, **options)))
        return visitors[-1]

    yield visit
    troubles = [trouble for visitor in visitors for trouble in visitor.troubles]
    for visitor in visitors:
        visitor.context.close()
    assert not troubles, "\n".join(troubles)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of every open page of a failed test, and name it beside the failure."""
    report = yield
    browser: Browser | None = getattr(item, "funcargs", {}).get("chromium")
    if report.when != "teardown" and report.failed and browser is not None:
        # pytest keeps the folders of its last three runs
        factory: pytest.TempPathFactory = item.config._tmp_path_factory
        pictures = _pictures(browser, factory.mktemp("browser"))
        report.sections.append(("what the browser showed", "\n".join(pictures)))
    return report


def _pictures(browser: Browser, folder: Path) -> Iterator[str]:
    pages = [page for context in browser.contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        picture = folder / f"page-{number}.png"
        page.screenshot(path=picture, full_page=True)
        yield f"{page.url}: {picture}"
