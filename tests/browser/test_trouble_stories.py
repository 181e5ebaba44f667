"""The stories of a network that hangs and of a broker that is lost: the pages tell the truth.

What they say is held against the rows, and against what the network itself has counted.
"""

from __future__ import annotations

import dataclasses
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.houses import house_of_its_own, is_ready
from tests.browser.visitors import open_post, schedule
from tests.browser.wires import AFTERWARDS, CUT_OFF, HUNG, SLOW, UNPLANNED, WIRES
from tests.faults.servers import Redis
from tests.services.conftest import Processes
from tests.services.slow_network import Receiver, receiving

pytestmark = pytest.mark.browser

CELERY = ("-m", "celery", "-A", "hub", "--quiet")
WORKER = (*CELERY, "worker", "--pool", "threads", "--concurrency", "2")
HEALTH, TODAY, DELIVERIES = "/admin/health/", "/admin/", "/admin/delivery/delivery/"
# milliseconds after which a page is said to hang: one that waits for a silent broker never comes
HANGS = 10_000

QUEUES = """
    SELECT channel.name, state, next_try_at <= now(), count(*)
    FROM delivery_delivery JOIN channels_channel channel ON channel.id = channel_id
    GROUP BY 1, 2, 3
"""
ROWS = """
    SELECT key, channel.name, delivery.state, post.title
    FROM delivery_delivery delivery
    JOIN channels_channel channel ON channel.id = channel_id
    JOIN editorial_post post ON post.id = post_id
"""
WORKERS = """
    SELECT DISTINCT split_part(worker, '@', 1) FROM delivery_attempt
    JOIN delivery_delivery delivery ON delivery.id = delivery_id
    JOIN editorial_post post ON post.id = post_id WHERE title = ANY(%s)
"""
MAKE_DUE = """
    UPDATE delivery_delivery SET due_at = now(), next_try_at = now()
    WHERE post_id IN (SELECT id FROM editorial_post WHERE title = ANY(%s))
"""


@dataclasses.dataclass(frozen=True)
class Newsroom:
    place: Processes
    redis: Redis
    network: Receiver
    # runs a statement on its database
    ask: Callable[..., Any]

    def make_due(self, titles: list[str]) -> None:
        self.ask(MAKE_DUE, [titles])

    def queues(self) -> dict[str, list[str]]:
        """Say what the rows hold for each wire, in the words of the health page."""
        numbers: dict[str, Counter[str]] = {wire: Counter() for wire in WIRES}
        for wire, state, is_time, number in self.ask(QUEUES).fetchall():
            numbers[wire][state] += number
            if is_time and state in {"scheduled", "waiting"}:
                numbers[wire]["due"] += number
        return {wire: _in_words(of_wire) for wire, of_wire in numbers.items()}

    def counted(self) -> dict[str, int]:
        """Say how many posts the network has taken from each wire; it drops copies."""
        wire_of = {key: wire for key, wire, *_ in self.ask(ROWS).fetchall()}
        return Counter(wire_of[key] for key in set(self.network.ended))

    def live(self, titles: list[str]) -> dict[str, int]:
        """Say how many of these posts the rows call live on each wire."""
        rows = self.ask(ROWS).fetchall()
        return Counter(wire for _, wire, state, of in rows if state == "live" and of in titles)

    def calls(self, titles: list[str], wires: Iterable[str]) -> set[int]:
        """Say how often the network was called for each of these posts."""
        calls = Counter(self.network.began)
        rows = self.ask(ROWS).fetchall()
        return {calls[key] for key, wire, _, of in rows if of in titles and wire in wires}

    @contextmanager
    def broker_falls_silent(self) -> Iterator[None]:
        """Let Redis answer nothing more; in the end it is back, and empty."""
        self.redis.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            if self.redis.process.poll() is None:
                self.redis.kill(wipe=True)
            self.redis.start()


def _in_words(numbers: Counter[str]) -> list[str]:
    said = {
        "due": numbers["due"],
        "being sent": numbers["claimed"] + numbers["sending"],
        "looked up": numbers["accepted"] + numbers["unknown"],
        "to try again": numbers["waiting"],
    }
    return [f"{number} {what}" for what, number in said.items() if number] or ["empty"]


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Start web, workers and beat on PostgreSQL, and on a Redis that may be killed."""
    if connection.vendor != "postgresql" or not settings.CELERY_BROKER_URL.startswith("redis"):
        pytest.fail("These tests need PostgreSQL and Redis: run make services-test.")
    import psycopg  # only those who run PostgreSQL have it

    folder = tmp_path_factory.mktemp("newsroom")
    with house_of_its_own(folder) as place, receiving(0) as network:
        redis = Redis(folder)
        try:
            place.environment |= {"CELERY_BROKER_URL": redis.url, "ALLOW_PRIVATE_ADDRESSES": "true"}
            place.run("-m", "tests.browser.wires", network.url)
            place.start("web", "-m", "gunicorn", "-c", "python:hub.runtime.web", "hub.wsgi")
            for name in ("one", "two"):
                place.start(name, *WORKER, "--hostname", f"{name}@%h")
            place.start("beat", *CELERY, "beat")
            place.wait_until("ready", lambda: is_ready(place), within=PATIENCE)
            with psycopg.connect(place.environment["DATABASE_URL"], autocommit=True) as rows:
                yield Newsroom(place, redis, network, rows.execute)
        finally:
            redis.stop()


def row_of(page: Page, wire: str) -> Locator:
    rows = page.get_by_role("region", name="Channels").locator("tbody tr")
    return rows.filter(has=page.get_by_role("link", name=wire))


def queues_on(page: Page) -> dict[str, list[str]]:
    queues = {wire: row_of(page, wire).locator("td").nth(2) for wire in WIRES}
    return {wire: queue.locator("li, span").all_inner_texts() for wire, queue in queues.items()}


def sent_on(page: Page) -> dict[str, int]:
    """Read how many calls of the last hour worked, where any did."""
    said = {wire: row_of(page, wire).locator("td").nth(3).inner_text() for wire in WIRES}
    found = {wire: re.search(r"(\d+) sent", words) for wire, words in said.items()}
    return {wire: int(number[1]) for wire, number in found.items() if number}


def look_until(newsroom: Newsroom, page: Page, path: str, found: Callable[[], object]) -> None:
    """Open the page again until it shows what is so by now."""
    newsroom.place.wait_until(
        f"{path} shows it", lambda: page.goto(path) and found(), within=PATIENCE
    )


def check_figures(newsroom: Newsroom, page: Page) -> None:
    """Hold the health page against the rows and the network, as soon as they stand still."""

    def agree() -> bool:
        before = newsroom.queues()
        page.goto(HEALTH)
        return queues_on(page) == before and sent_on(page) == newsroom.counted()

    newsroom.place.wait_until(f"{HEALTH} has the figures", agree)


def verdict(page: Page) -> Locator:
    return page.locator("#health-verdict")


def test_one_network_hangs_and_the_pages_say_which(newsroom, visit) -> None:
    page = visit(newsroom.place).sign_in("anton")
    others = {wire: len(HUNG) for wire in WIRES if wire != SLOW}
    with newsroom.network.hangs(WIRES[SLOW]):
        newsroom.make_due(HUNG)
        newsroom.place.wait_until("the others have all", lambda: newsroom.live(HUNG) == others)
        check_figures(newsroom, page)
        expect(row_of(page, SLOW)).to_contain_text("1 being sent")
        # what is planned for some far day is not what comes next
        expect(verdict(page)).not_to_contain_text("the next is at")
        sending = page.locator("#result_list tbody tr", has_text=SLOW)
        look_until(newsroom, page, f"{DELIVERIES}?state__exact=sending", sending.count)
        expect(sending).to_contain_text("Being sent")
        expect(sending).to_contain_text("It is with its network now.")
        page.goto(HEALTH)
        # it renews itself
        expect(row_of(page, SLOW)).to_contain_text("its network answers slowly or not at all")
        expect(verdict(page)).to_contain_text("1 channel waits for its network")
        assert newsroom.live(HUNG) == others
    every = {wire: len(HUNG) for wire in WIRES}
    newsroom.place.wait_until("all are live", lambda: newsroom.live(HUNG) == every)
    check_figures(newsroom, page)
    expect(verdict(page)).to_contain_text("All well: ")
    assert newsroom.calls(HUNG, others) == {1}


def test_the_broker_is_lost_and_the_pages_say_that_all_goes_out(newsroom, visit) -> None:
    anton = visit(newsroom.place)
    page = anton.page
    page.set_default_navigation_timeout(HANGS)
    titles = [*CUT_OFF, UNPLANNED]
    trouble = page.get_by_text("The broker can't be reached: ")
    with newsroom.broker_falls_silent():
        newsroom.make_due(CUT_OFF)
        anton.sign_in("anton")
        page.wait_for_url(re.compile(rf"^[^?]+{TODAY}$"))
        look_until(newsroom, page, HEALTH, trouble.count)
        open_post(page, UNPLANNED)
        schedule(page, "Now")
        page.get_by_role("button", name="Schedule it").click()
        expect(page.get_by_text(f"Scheduled on {len(WIRES)} channels.")).to_be_visible()
        newsroom.redis.kill(wipe=True)
        page.goto(TODAY)
        banner = page.locator(".console-banner", has_text="The broker can’t be reached: ")
        expect(banner).to_contain_text("It goes out later than planned; nothing is lost.")
        every = {wire: len(titles) for wire in WIRES}
        newsroom.place.wait_until("all went out", lambda: newsroom.live(titles) == every)
        assert newsroom.ask(WORKERS, [titles]).fetchall() == [("dispatch",)]
        check_figures(newsroom, page)
        expect(verdict(page)).to_have_text("1 thing is wrong.")
        expect(trouble).to_be_visible()
    newsroom.make_due(AFTERWARDS)
    look_until(newsroom, page, HEALTH, verdict(page).get_by_text("All well: ").count)
    every = {wire: len(AFTERWARDS) for wire in WIRES}
    newsroom.place.wait_until("it goes on", lambda: newsroom.live(AFTERWARDS) == every)
    check_figures(newsroom, page)
    expect(trouble).to_have_count(0)
    expect(verdict(page)).to_contain_text(f"All well: {len(set(newsroom.network.ended))} ")
    assert newsroom.calls([*titles, *AFTERWARDS], WIRES) == {1}
