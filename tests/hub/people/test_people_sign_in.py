"""Signing in: by either name, with a second factor, throttled, and written down."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from content.audit.models import AuditEntry

LOGIN = "account_login"


@pytest.fixture(autouse=True)
def _fresh_counts(db: None) -> None:
    cache.clear()


def sign_in(client: Client, name: str, password: str = "", **extra: str) -> object:
    password = password or f"pass-word-{name}"
    return client.post(reverse(LOGIN), {"login": name, "password": password, **extra})


def codes(person: object) -> list[str]:
    return [row.code for row in AuditEntry.objects.about(person).order_by("id")]


def is_in(client: Client) -> bool:
    return client.get(reverse("account_profile")).status_code == 200


@pytest.mark.parametrize("name", ["edith", "edith@example.org", "EDITH@example.org"])
def test_people_sign_in_by_username_or_e_mail(client, editor, name: str) -> None:
    answer = sign_in(client, name, "pass-word-edith")
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))
    assert codes(editor) == ["user.signed_in"]


def test_signing_in_leads_back_to_the_page_that_was_asked_for(client, editor) -> None:
    asked = client.get("/admin/upcoming/", follow=True)
    assert asked.request["PATH_INFO"] == reverse(LOGIN)
    answer = sign_in(client, "edith", next="/admin/upcoming/")
    assert answer["Location"] == "/admin/upcoming/"


def test_signing_in_leads_to_no_other_house(client, editor) -> None:
    assert sign_in(client, "edith", next="https://evil.example/")["Location"] == "/admin/"


def test_a_wrong_password_says_nothing_about_who_is_known(client, editor) -> None:
    known = sign_in(client, "edith", "wrong").context["form"].non_field_errors()
    unknown = sign_in(client, "nobody", "wrong").context["form"].non_field_errors()
    assert known == unknown
    assert codes(editor) == ["user.sign_in_failed"]


def test_both_names_count_for_the_same_lock(client, editor) -> None:
    for name in ("edith", "edith@example.org") * 4:
        answer = sign_in(client, name, "wrong")
    assert answer.status_code == 429
    assert sign_in(client, "edith").status_code == 429
    assert not is_in(client)
    assert codes(editor).count("user.locked_out") == 1


def test_a_lock_holds_in_every_process_and_for_this_person_alone(editor, approver) -> None:
    for _ in range(8):
        sign_in(Client(), "edith", "wrong")
    assert sign_in(Client(), "edith").status_code == 429
    assert sign_in(Client(), "anton").status_code == 302


def test_nobody_signs_up(client, db: None) -> None:
    assert client.get("/accounts/signup/").status_code == 404


def test_a_closed_account_stays_closed(client, editor) -> None:
    editor.is_active = False
    editor.save(update_fields=["is_active"])
    sign_in(client, "edith")
    assert not is_in(client)


def test_an_account_that_may_not_enter_the_console_is_told_so(client, editor) -> None:
    editor.is_staff = False
    editor.save(update_fields=["is_staff"])
    sign_in(client, "edith")
    assert client.get("/admin/", follow=True).status_code == 403


# --- passwords --------------------------------------------------------------------------------


def test_the_rules_are_told_before_one_types(client, editor) -> None:
    sign_in(client, "edith")
    assert (
        "at least 10 characters" in client.get(reverse("account_change_password")).content.decode()
    )


def test_a_password_is_changed_and_other_devices_are_out(client, editor) -> None:
    other = Client()
    sign_in(other, "edith")
    sign_in(client, "edith")
    new = "another-pass-word-7"
    fields = {"oldpassword": "pass-word-edith", "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), fields).status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert "user.password_changed" in codes(editor)


def test_a_password_is_reset_by_mail_once(client, editor) -> None:
    client.post(reverse("account_reset_password"), {"email": "edith@example.org"})
    link = next(line for line in mail.outbox[0].body.splitlines() if "/accounts/" in line)
    path = link[link.index("/accounts/") :]
    form = client.get(path, follow=True)
    new = "another-pass-word-7"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert sign_in(Client(), "edith", new).status_code == 302
    assert "no longer works" in Client().get(path, follow=True).content.decode()
    assert "user.password_reset" in codes(editor)


def test_no_mail_goes_to_strangers_and_the_page_is_the_same(client, editor) -> None:
    known = client.post(reverse("account_reset_password"), {"email": "edith@example.org"})
    mail.outbox.clear()
    unknown = client.post(reverse("account_reset_password"), {"email": "no@example.org"})
    assert unknown["Location"] == known["Location"]
    assert mail.outbox == []


# --- the second factor ------------------------------------------------------------------------


def digits(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06d}"


@pytest.fixture
def secret(editor) -> str:
    made = generate_totp_secret()
    TOTP.activate(editor, made)
    return str(made)


def test_the_secret_is_not_readable_in_the_database(secret: str, editor) -> None:
    assert secret not in str(Authenticator.objects.get(user=editor).data)


def test_the_second_factor_is_asked_for(client, editor, secret: str) -> None:
    answer = sign_in(client, "edith")
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": digits(secret)})
    assert is_in(client)


def test_digits_can_not_be_guessed(client, editor, secret: str) -> None:
    sign_in(client, "edith")
    for _ in range(11):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    client.post(reverse("mfa_authenticate"), {"code": digits(secret)})
    assert not is_in(client)
    assert "user.two_factor_failed" in codes(editor)


def test_it_is_set_up_by_hand_with_recovery_codes(
    client, editor, django_capture_on_commit_callbacks
) -> None:
    sign_in(client, "edith")
    page = client.get(reverse("mfa_activate_totp"))
    code = digits(page.context["form"].secret)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    assert "user.two_factor_added" in codes(editor)
    assert len(client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]) == 10


@pytest.mark.parametrize(
    ("wanted", "led"), [(["Editor"], True), (["everyone"], True), (["Analyst"], False)]
)
def test_a_house_may_ask_groups_for_it(
    client, editor, settings, wanted: list[str], led: bool
) -> None:
    from hub.people.roles import EDITOR, set_up_roles

    editor.groups.add(next(group for group in set_up_roles() if group.name == EDITOR))
    settings.REQUIRE_TWO_FACTOR = wanted
    sign_in(client, "edith")
    answer = client.get(reverse("admin:index"))
    assert (answer.status_code == 302) is led
    if led:
        assert answer["Location"] == reverse("mfa_activate_totp")
        assert client.get(answer["Location"]).status_code == 200


# --- sessions ---------------------------------------------------------------------------------


def test_a_person_signs_out_everywhere_else(client, editor) -> None:
    other = Client(headers={"User-Agent": "The old phone"})
    sign_in(other, "edith")
    sign_in(client, "edith")
    assert "The old phone" in client.get(reverse("usersessions_list")).content.decode()
    client.post(reverse("usersessions_list"))
    assert is_in(client)
    assert not is_in(other)
    assert UserSession.objects.count() == 1
    assert "user.session_ended" in codes(editor)


def test_signing_out_is_written_down(client, editor) -> None:
    sign_in(client, "edith")
    client.post(reverse("admin:logout"))
    assert codes(editor) == ["user.signed_in", "user.signed_out"]


# --- the profile ------------------------------------------------------------------------------


def test_a_person_chooses_a_language_and_the_console_speaks_it(client, editor) -> None:
    sign_in(client, "edith")
    fields = {"first_name": "Edith", "last_name": "Novak", "lang": "de", "zone": "Europe/Berlin"}
    assert client.post(reverse("account_profile"), fields).status_code == 302
    assert 'lang="de"' in client.get(reverse("account_profile")).content.decode()
    editor.refresh_from_db()
    assert editor.get_full_name() == "Edith Novak"


def test_the_choice_holds_when_one_signs_in_again(client, editor) -> None:
    from hub.people.models import Profile

    Profile.objects.create(user=editor, lang="de")
    sign_in(client, "edith")
    assert 'lang="de"' in client.get(reverse("account_profile")).content.decode()


def test_the_browser_is_asked_by_those_who_chose_nothing(client, db: None) -> None:
    page = client.get(reverse(LOGIN), headers={"Accept-Language": "de"})
    assert 'lang="de"' in page.content.decode()


# --- the site knows nothing of it -------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/search/", "/robots.txt", "/no-such-page/"])
def test_the_site_has_no_cookies_and_one_language(client, db: None, path: str) -> None:
    german = client.get(path, headers={"Accept-Language": "de"})
    assert not german.cookies
    assert "Cookie" not in german.get("Vary", "")
    assert "Accept-Language" not in german.get("Vary", "")
    assert german.content == client.get(path, headers={"Accept-Language": "en"}).content


def test_the_sign_in_page_leads_to_a_new_password_once(db) -> None:
    page = Client().get(reverse("account_login")).content.decode()
    assert page.count(reverse("account_reset_password")) == 1


def test_the_menu_of_the_console_leads_to_the_own_account(editor) -> None:
    browser = Client()
    browser.post(reverse("account_login"), {"login": "edith", "password": "pass-word-edith"})
    page = browser.get(reverse("admin:index")).content.decode()
    for name in ("account_profile", "mfa_index", "usersessions_list"):
        assert f'href="{reverse(name)}"' in page


def test_the_own_zone_is_used_for_sessions_and_the_log(manager) -> None:
    browser = Client()
    browser.post(reverse("account_login"), {"login": "mona", "password": "pass-word-mona"})
    choice = {"first_name": "Mona", "last_name": "", "lang": "", "zone": "Asia/Kolkata"}
    browser.post(reverse("account_profile"), choice)
    for name in ("usersessions_list", "admin:audit_auditentry_changelist"):
        assert "Asia/Kolkata" in browser.get(reverse(name)).content.decode()
