"""The pictures of docs/start, taken by a walk from an empty house to a first live post.

Run it with ``make pictures``; it needs Chromium, and ends all that it starts.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.services.conftest import ROOT, Processes, fetch, free_port

IMAGES = ROOT / "docs" / "images" / "start"
CHROMIUM = ("chromium", "google-chrome")
QUIET = (
    *("--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SIZE = {"width": 1280, "height": 800}
COLOURS = 128
LINK = re.compile(r"http://\S+/admin/welcome/start/\S+/")
PASSWORD = "a-quiet-river-42"  # of a house that lives for a minute
WAIT_SECONDS = 60


class Walk:
    """One person's way through a house, with a picture wherever it is worth one."""

    def __init__(self, browser: Browser, base: str) -> None:
        context = browser.new_context(
            base_url=base, viewport=SIZE, locale="en-GB", timezone_id="Europe/Berlin"
        )
        self.page: Page = context.new_page()

    def picture(self, name: str) -> None:
        """Keep what the window shows, in few colours: small enough for a page of text."""
        self.page.wait_for_load_state("networkidle")
        shot = Image.open(io.BytesIO(self.page.screenshot(animations="disabled")))
        IMAGES.mkdir(parents=True, exist_ok=True)
        target = IMAGES / f"{name}.png"
        shot.convert("RGB").quantize(COLOURS).save(target, optimize=True)
        sys.stdout.write(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1000} kB\n")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()


def start_house(folder: Path) -> tuple[Processes, str]:
    """Start an empty house as ``make start`` does; give it and the link that its terminal shows."""
    port = str(free_port())
    place = Processes(
        folder,
        {
            "DJANGO_SETTINGS_MODULE": "tests.browser.browser_settings",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "SHARED_MEDIA": str(folder / "media"),
            "CELERY_BROKER_URL": "memory://",
            "HOST": "127.0.0.1",
            "PORT": port,
            "SITE_URL": f"http://127.0.0.1:{port}",
            "PYTHONPATH": str(ROOT),
        },
    )
    place.start("house", "manage.py", "up", "--migrate")
    log = folder / "house.log"
    until = time.monotonic() + WAIT_SECONDS
    while not (found := LINK.search(log.read_text())) or fetch(place, "/readyz")[0] != 200:
        if time.monotonic() > until:
            sys.exit(f"The house did not start:\n{place.logs()}")
        time.sleep(0.2)
    return place, found[0]


def set_up(nina: Walk, link: str) -> str:
    """Go through the wizard; give the link that invites Ada."""
    page = nina.page
    page.goto(link)
    page.get_by_label("Your name").fill("Nina Berger")
    page.get_by_label("E-mail").fill("nina@example.org")
    page.get_by_label("User name").fill("nina")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    nina.picture("administrator")
    nina.press("Make me the administrator")
    page.get_by_label("Name", exact=True).fill("Night Train")
    page.get_by_label("Tagline").fill("Music for those who stay up.")
    page.get_by_label("Colour").fill("#0b7285")
    nina.picture("name")
    nina.press("Save and go on")
    nina.press("Plant these genres")
    for genre in ("Jazz", "Hip Hop", "Electronic"):
        page.get_by_label(genre, exact=True).check()
    nina.picture("genres")
    nina.press("Go on with these")
    nina.picture("spokes")
    nina.press("Open these 3 spokes")
    page.get_by_label("Name", exact=True).fill("Ada Okoye")
    page.get_by_label("E-mail").fill("ada@example.org")
    nina.press("Invite")
    invitation = page.locator(".copy input").input_value()
    nina.picture("people")
    page.get_by_role("link", name="Go on", exact=True).click()
    nina.picture("ready")
    return invitation


def write(nina: Walk) -> str:
    """Write a first post and submit it; give its address."""
    page = nina.page
    page.get_by_role("link", name="Write your first post").last.click()
    page.locator("#id_title").fill("Blue hour at the harbour")
    page.locator("#id_teaser").fill("A quiet record for loud days, played on the last ferry home.")
    page.locator("#id_body").fill("It begins **slowly**, and stays.\n\n- side one: the sea\n")
    page.locator("#id_cta_url").fill("https://listen.example.com/album/7")
    pick(page, "genres", "jazz", "Jazz")
    page.locator("#id_title").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, 0)")
    nina.picture("write")
    nina.press("Submit for review")
    expect(page).to_have_url(re.compile(r"/post/\d+/change/"))
    return page.url


def pick(page: Page, field: str, typed: str, shown: str) -> None:
    """Choose in a field that looks up what one types."""
    box = page.locator(f"#id_{field} + .post-picker")
    box.get_by_role("combobox").press_sequentially(typed)
    box.get_by_role("option", name=shown).first.click()
    expect(box).to_contain_text(shown)


def publish(ada: Walk, invitation: str, post: str) -> None:
    """Join by the invitation, approve the post, and send it out at once."""
    page = ada.page
    page.goto(invitation)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("main button[type=submit], form button").last.click()
    page.wait_for_url(re.compile(r"(?!.*reset/key/)"))
    if "/accounts/login" in page.goto("/admin/").url:  # type: ignore[union-attr]
        page.locator("[name=login]").fill("ada")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url("**/admin/")
    page.goto(post)
    ada.picture("review")
    ada.press("Approve")
    expect(page.get_by_text("Approved. It can be scheduled now.")).to_be_visible()
    page.get_by_role("link", name="Schedule…").first.click()
    page.get_by_label("Now").check()
    ada.press("Show what happens")
    ada.picture("schedule")
    ada.press("Schedule it")
    live = page.locator(".console-state", has_text=re.compile("^Live$"))
    expect(live).to_have_count(2, timeout=30_000)
    live.first.scroll_into_view_if_needed()
    ada.picture("live")
    page.goto("/jazz/")
    expect(page.get_by_role("link", name="Blue hour at the harbour").first).to_be_visible()
    page.mouse.wheel(0, 380)
    page.wait_for_timeout(300)
    ada.picture("site")


def main() -> None:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        sys.exit("This needs Chromium.")
    with tempfile.TemporaryDirectory(prefix="backbeat-pictures-") as folder, sync_playwright() as p:
        place, link = start_house(Path(folder))
        browser = p.chromium.launch(executable_path=found, args=[*QUIET])
        try:
            base = place.environment["SITE_URL"]
            nina, ada = Walk(browser, base), Walk(browser, base)
            invitation = set_up(nina, link)
            publish(ada, invitation, write(nina))
        finally:
            browser.close()
            place.stop("house")


if __name__ == "__main__":
    main()
