"""The stories of lists: a view that is kept, many rows at once with undo, the calendar, the log."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import approve, deliveries, press, schedule, write

pytestmark = pytest.mark.browser


@pytest.fixture
def mona(house, visit) -> Page:
    return visit(house).sign_in("mona")


def test_a_view_is_kept_opened_and_deleted(mona) -> None:
    mona.goto("/admin/editorial/post/?state__exact=in_review&q=Tin")
    views = mona.get_by_role("navigation", name="Views of this list")
    views.get_by_text("Keep this view").click()
    views.get_by_label("Name").fill("Tin in review")
    views.get_by_role("button", name="Keep", exact=True).click()
    mona.goto("/admin/editorial/post/")
    views.get_by_role("link", name="Tin in review").click()
    expect(mona.get_by_role("link", name="Rain on Tin").first).to_be_visible()
    expect(mona.get_by_role("link", name="Night Bus")).to_have_count(0)
    views.get_by_text("Change this view").click()
    views.get_by_role("button", name="Delete the view").click()
    expect(views.get_by_role("link", name="Tin in review")).to_have_count(0)


def test_many_deliveries_are_cancelled_after_a_look_and_brought_back(house, visit, mona) -> None:
    edith = visit(house).sign_in("edith")
    write(edith, "Twice Told")
    press(edith, "Submit for review")
    expect(edith.get_by_text("Submitted. Someone else reviews it now.")).to_be_visible()
    approve(mona, "Twice Told")
    schedule(mona, "In the next free slot")
    mona.get_by_role("button", name="Schedule it").click()
    expect(deliveries(mona, "Jazz site", "Scheduled")).to_have_count(1)
    take_together(mona, "Twice Told", "cancel", "This cancels 2 deliveries on 2 channels.")
    expect(mona.get_by_text("2 deliveries were cancelled.")).to_be_visible()
    take_together(mona, "Twice Told", "plan_again", "This plans 2 deliveries on 2 channels again")
    expect(mona.get_by_text("2 deliveries are planned again.")).to_be_visible()
    mona.goto("/admin/delivery/delivery/?q=Twice Told&state__exact=scheduled")
    expect(mona.locator("#result_list tbody tr")).to_have_count(2)
    take_together(mona, "Twice Told", "cancel", "This cancels 2 deliveries")
    expect(mona.get_by_text("2 deliveries were cancelled.")).to_be_visible()


def take_together(page: Page, words: str, step: str, effect: str) -> None:
    """Tick all that a search finds, read what the step would do, and do it."""
    state = "cancelled" if step == "plan_again" else "scheduled"
    page.goto(f"/admin/delivery/delivery/?q={words}&state__exact={state}")
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(2)
    for row in rows.all():
        row.locator("input.action-select").check()
    page.locator("select[name=action]").select_option(step)
    page.get_by_role("button", name=re.compile("Run|Go")).click()
    expect(page.get_by_role("heading", name=effect)).to_be_visible()
    expect(page.locator(".bulk-sample li")).to_have_count(2)
    page.locator("form.console-form .console-actions button").click()


def test_the_calendar_shows_what_comes_and_lets_it_be_moved(mona) -> None:
    mona.goto("/admin/delivery/delivery/upcoming/?view=month")
    entry = mona.locator(".calendar-entry", has_text="Tomorrow Rhymes").first
    expect(entry).to_be_visible()
    later = mona.get_by_role("link", name="Later")
    mona.goto("/admin/delivery/delivery/upcoming/?view=week")
    if not entry.is_visible():
        later.click()
    entry.get_by_role("link", name="Move Tomorrow Rhymes").click()
    expect(mona.get_by_role("main")).to_contain_text("Tomorrow Rhymes")
    mona.goto("/admin/delivery/delivery/upcoming/?view=month")
    mona.get_by_label("Spoke").select_option("hub")
    mona.get_by_role("button", name="Show", exact=True).click()
    expect(mona.locator(".calendar-where", has_text="Jazz site")).to_have_count(0)


def test_the_log_is_filtered_and_taken_along(mona) -> None:
    mona.goto("/admin/audit/auditentry/?q=Night Bus")
    expect(mona.locator("#result_list")).to_contain_text("Night Bus")
    with mona.expect_download() as download:
        mona.get_by_role("link", name=re.compile("CSV")).click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert len(rows) > 2
    assert any("post.approved" in row for row in rows)
    assert all("Night Bus" in " ".join(row) for row in rows[1:])
