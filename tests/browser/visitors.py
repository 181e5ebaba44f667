"""People with a browser: what they do in it, and all that goes wrong there."""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`))
"""
# milliseconds; a delivery may have to wait for the next look of a busy runner
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
POST = re.compile(r"/admin/editorial/post/\d+/change/")


@dataclasses.dataclass
class Visitor:
    """One person's browser, and all that went wrong in it."""

    context: BrowserContext
    troubles: list[str] = dataclasses.field(default_factory=list)
    # the browser's own lines on these answers are no trouble: a page that is gone, a refusal
    expected: set[int] = dataclasses.field(default_factory=set)

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH_POLICY)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.troubles.append(error.error.stack or ""))
        self.context.on("request", lambda request: self._check_address(request.url))
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        answered = re.search(r"responded with a status of (\d+)", message.text)
        if answered and int(answered[1]) in self.expected:
            return
        if message.type in {"error", "warning"}:
            self.troubles.append(f"{message.page and message.page.url}: {message.text}")

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.troubles.append(f"asked elsewhere: {url}")

    def open(self, path: str, *, status: int = 200) -> Page:
        self.expected |= {status} - {200}
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, (path, answer.status)
        return self.page

    def ask(self, path: str) -> tuple[int, str]:
        """Ask as the browser does, but show nothing."""
        answer = self.context.request.get(path)
        return answer.status, answer.text()

    def sign_in(self, name: str, password: str = "") -> Page:
        page = self.open("/admin/")
        page.locator("#id_login").fill(name)
        page.locator("#id_password").fill(password or f"pass-word-{name}")
        page.get_by_role("button", name="Sign in").click()
        return page


def pick(page: Page, field: str, typed: str, shown: str) -> None:
    """Choose in a field that looks up what one types."""
    box = page.locator(f"#id_{field} + .post-picker")
    box.get_by_role("combobox").press_sequentially(typed)
    box.get_by_role("option", name=shown).first.click()
    expect(box).to_contain_text(shown)


def pick_in_list(page: Page, field: str, typed: str, shown: str) -> None:
    """Choose in one of the lists of the console's other forms."""
    box = page.locator(f"#id_{field} + .select2")
    box.locator(".select2-selection").click()
    page.locator(".select2-container--open .select2-search__field").press_sequentially(typed)
    page.locator(".select2-results__option", has_text=shown).first.click()
    expect(box).to_contain_text(shown)


def press(page: Page, label: str) -> None:
    """Press one of the steps of a post; those that ask a question first are links."""
    # an address is there before its page: whether a step is hidden can be asked of a whole one
    page.wait_for_load_state("domcontentloaded")
    steps = page.get_by_role("group", name="What can be done now")
    step = steps.get_by_role("button", name=label).or_(steps.get_by_role("link", name=label))
    more = steps.locator("details.post-more:not([open]) summary")
    if not step.first.is_visible() and more.count():
        more.click()
    step.first.click()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(POST)


def write(page: Page, title: str, genre: str = "Jazz", **fields: str) -> None:
    """Write a whole post and save it."""
    page.goto("/admin/editorial/post/add/")
    page.locator("#id_title").fill(title)
    page.locator("#id_teaser").fill("A quiet record for loud days.")
    page.locator("#id_body").fill("It begins **slowly**, and stays.")
    page.locator("#id_cta_url").fill("https://listen.example.org/album/7?from=backbeat")
    for name, value in fields.items():
        page.locator(f"#id_{name}").fill(value)
    pick(page, "genres", genre[:3].lower(), genre)
    save(page)


def open_post(page: Page, title: str) -> None:
    page.goto(f"/admin/editorial/post/?q={title}")
    page.get_by_role("link", name=title).first.click()
    expect(page).to_have_url(POST)


def deliveries(page: Page, channel: str, state: str) -> Locator:
    """Find what the panel of deliveries, which renews itself, shows in this state."""
    rows = page.locator("#deliveries tbody tr", has=page.get_by_role("link", name=channel))
    shown = page.locator(".console-state", has_text=re.compile(f"^{state}$"))
    return rows.filter(has=shown)


def schedule(page: Page, when: str, **fields: str) -> Locator:
    """Ask for the plan of an approved post that is open; give the table that shows it."""
    press(page, "Schedule")
    page.get_by_label(when).check()
    for name, value in fields.items():
        if name == "zone":
            pick_in_list(page, name, value, value)
        else:
            page.locator(f"#id_{name}").fill(value)
    page.get_by_role("button", name="Show what happens").click()
    return page.get_by_role("table").last


def approve(page: Page, title: str) -> None:
    open_post(page, title)
    press(page, "Approve")
    expect(page.get_by_text("Approved. It can be scheduled now.")).to_be_visible()


def publish(editor: Page, approver: Page, title: str, genre: str = "Jazz") -> None:
    """Take a post the whole way, from an empty page to where fans see it."""
    write(editor, title, genre)
    press(editor, "Submit for review")
    expect(editor.get_by_text("Submitted. Someone else reviews it now.")).to_be_visible()
    approve(approver, title)
    schedule(approver, "Now")
    approver.get_by_role("button", name="Schedule it").click()
    for channel in ("Hub site", f"{genre} site"):
        expect(deliveries(approver, channel, "Live")).to_have_count(1)
