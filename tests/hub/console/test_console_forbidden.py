"""Who may not do something is told so on a page of the house, with a way back."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse


def test_whoever_may_not_open_a_page_is_told_whom_to_ask(edith: Client) -> None:
    answer = edith.get(reverse("admin:channels_channel_add"))
    assert answer.status_code == 403
    assert "A manager can put you into a group" in answer.content.decode()
    assert f'href="{reverse("admin:index")}"' in answer.content.decode()


def test_a_form_without_its_token_says_that_nothing_was_changed(db: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(reverse("account_login"), {"login": "editor", "password": "x"})
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.content.decode()
