"""A newsroom of real processes, and people who look at it with a real browser."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.services import conftest as services
from tests.services.conftest import Processes, fetch

CHROMIUM = ("chromium", "google-chrome")
QUIET = (
    *("--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`))
"""
# milliseconds; a delivery may have to wait for the next look of a busy runner
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

start_place = services.start_place


@pytest.fixture
def addresses(tmp_path: Path) -> tuple[str, str]:
    """Give a database and a broker: PostgreSQL and Redis where the environment names them."""
    if connection.vendor != "postgresql":
        return f"sqlite:///{tmp_path / 'db.sqlite3'}", "memory://"
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return url, settings.CELERY_BROKER_URL


@pytest.fixture
def newsroom(
    addresses: tuple[str, str], start_place: Callable[[str, str], Processes], tmp_path: Path
) -> Callable[..., Processes]:
    """Start the web server and the runner of a planted world, with posts by their titles."""

    def start(*titles: str) -> Processes:
        place = start_place(*addresses)
        place.environment["DJANGO_SETTINGS_MODULE"] = "tests.browser.browser_settings"
        place.environment["SHARED_MEDIA"] = str(tmp_path / "media")
        place.run("manage.py", "migrate", "--verbosity", "0")
        place.run("-m", "tests.browser.newsroom", *titles)
        place.start("web", "-m", "gunicorn", "-c", "python:hub.runtime.web", "hub.wsgi")
        place.start("runner", "manage.py", "runner")
        place.wait_until("ready", lambda: fetch(place, "/readyz")[0] == 200)
        return place

    return start


@pytest.fixture
def chromium(addresses: tuple[str, str]) -> Iterator[Browser]:
    """Open the browser; it closes before the database is emptied, for its loop is in the way."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("These tests need Chromium: install it, or run make services-test.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*QUIET])
        yield browser
        browser.close()


@dataclasses.dataclass
class Visitor:
    """One person's browser, and all that went wrong in it."""

    context: BrowserContext
    troubles: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH_POLICY)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        self.context.on("request", lambda request: self._check_address(request.url))
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"{message.page and message.page.url}: {message.text}")

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.troubles.append(f"asked elsewhere: {url}")

    def open(self, path: str) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        return self.page

    def ask(self, path: str) -> tuple[int, str]:
        """Ask as the browser does, but show nothing."""
        answer = self.context.request.get(path)
        return answer.status, answer.text()

    def sign_in(self, name: str) -> Page:
        page = self.open("/admin/")
        page.locator("#id_login").fill(name)
        page.locator("#id_password").fill(f"pass-word-{name}")
        page.get_by_role("button", name="Log in").click()
        return page


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Give someone a browser of their own; whatever went wrong in it fails the test."""
    visitors: list[Visitor] = []

    def visit(place: Processes, **options: Any) -> Visitor:
        address = f"http://127.0.0.1:{place.environment['PORT']}"
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        visitors.append(Visitor(chromium.new_context(base_url=address, **options)))
        return visitors[-1]

    yield visit
    troubles = [trouble for visitor in visitors for trouble in visitor.troubles]
    for visitor in visitors:
        visitor.context.close()
    assert troubles == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of every open page of a failed test, and name it beside the failure."""
    report = yield
    browser: Browser | None = getattr(item, "funcargs", {}).get("chromium")
    if report.when != "teardown" and report.failed and browser is not None:
        report.sections.append(("what the browser showed", "\n".join(_pictures(browser))))
    return report


def _pictures(browser: Browser) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="backbeat-browser-"))
    pages = [page for context in browser.contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        picture = folder / f"page-{number}.png"
        page.screenshot(path=picture, full_page=True)
        yield f"{page.url}: {picture}"
