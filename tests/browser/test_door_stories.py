"""The stories of the door: wrong passwords, a second factor, other devices, another language."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

WRONG = "not-the-pass-word"


def code_for(secret: str) -> str:
    """Compute what an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def sign_in(page: Page, name: str, password: str) -> None:
    page.locator("#id_login").fill(name)
    page.locator("#id_password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_too_many_wrong_passwords_close_the_door_for_a_while(house, visit) -> None:
    guesser = visit(house)
    guesser.expected |= {403, 429}
    page = guesser.open("/accounts/login/")
    sign_in(page, "lotte", WRONG)
    expect(page.get_by_text(re.compile("not correct"))).to_be_visible()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        if page.locator("#id_login").count() == 0:
            break
        sign_in(page, "lotte", WRONG)
        page.wait_for_load_state()
    expect(page.get_by_role("heading", name="Too many tries")).to_be_visible()
    # the right one does not help, either
    guesser.page.goto("/accounts/login/")
    sign_in(page, "lotte", "pass-word-lotte")
    expect(page.get_by_role("heading", name="Too many tries")).to_be_visible()


def test_a_second_factor_is_set_up_and_asked_for(house, visit) -> None:
    page = visit(house).sign_in("theo")
    page.goto("/accounts/2fa/totp/activate/")
    secret = page.locator("code").first.inner_text()
    page.get_by_label(re.compile("code", re.IGNORECASE)).fill(code_for(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.goto("/accounts/2fa/")
    expect(page.get_by_text("On", exact=True)).to_be_visible()
    phone = visit(house)
    elsewhere = phone.sign_in("theo")
    expect(elsewhere.get_by_label(re.compile("code", re.IGNORECASE))).to_be_visible()
    assert phone.context.request.get("/admin/", max_redirects=0).status == 302
    elsewhere.get_by_label(re.compile("code", re.IGNORECASE)).fill("000000")
    elsewhere.get_by_role("button", name="Sign in").click()
    expect(elsewhere.get_by_text(re.compile("ncorrect code"))).to_be_visible()
    turn_it_off(page, secret)


def turn_it_off(page: Page, secret: str) -> None:
    page.goto("/accounts/2fa/totp/deactivate/")
    page.get_by_role("button", name=re.compile("off")).click()
    page.goto("/accounts/2fa/")
    expect(page.get_by_role("link", name="Set it up")).to_be_visible()


def test_other_devices_are_listed_and_signed_out(house, visit) -> None:
    here, there = visit(house), visit(house)
    here.sign_in("theo")
    there.sign_in("theo")
    page = here.open("/accounts/sessions/")
    expect(page.locator(".account-sessions li")).not_to_have_count(1)
    expect(page.get_by_text("This device")).to_have_count(1)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.locator(".account-sessions li")).to_have_count(1)
    assert there.context.request.get("/admin/", max_redirects=0).status == 302


def test_the_console_speaks_the_language_that_one_chooses(house, visit) -> None:
    if not (settings.LOCALE_PATHS[0] / "de" / "LC_MESSAGES" / "django.po").exists():
        pytest.skip("no translation is here yet")
    page = visit(house).sign_in("theo")
    page.goto("/accounts/")
    page.locator("#id_lang").select_option("de")
    page.get_by_role("button", name="Save").click()
    page.goto("/admin/editorial/post/add/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("button", name="Speichern")).to_be_visible()
    page.goto("/accounts/")
    page.locator("#id_lang").select_option("en")
    page.locator("button.account-button.main").click()
