"""What opens menus and changes colours is a button or a link with an address: a key reaches it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

# Alpine on what only closes a menu by a click beside it, or says what a click in it does, is fine
CLICKED = re.compile(r"<(\w+)\b[^>]*?\bx-on:click=", re.DOTALL)
LINK = re.compile(r"<a\b[^>]*>", re.DOTALL)


@pytest.mark.parametrize("address", ["/admin/", "/admin/editorial/post/", "/admin/search/"])
def test_all_that_is_clicked_is_reached_by_keyboard(mona, address: str) -> None:
    frame = mona.get(address).content.decode().partition("<main")[0]
    assert set(CLICKED.findall(frame)) <= {"button", "a"}
    assert not [link for link in LINK.findall(frame) if "href=" not in link]


def test_the_colours_are_buttons_that_say_which_is_chosen(mona) -> None:
    page = mona.get("/admin/").content.decode()
    for name in ("light", "dark", "auto"):
        assert f"switchTheme('{name}')\" x-bind:aria-pressed=\"adminTheme == '{name}'\"" in page


def test_the_colours_are_there_before_signing_in(db) -> None:
    page = Client().get("/accounts/login/").content.decode()
    assert page.count("switchTheme(") == 3
    assert not [link for link in LINK.findall(page) if "href=" not in link]


def test_the_account_and_the_menu_say_whether_they_are_open(mona) -> None:
    page = mona.get("/admin/").content.decode()
    for state in ("openUserLinks", "sidebarMobileOpen", "sidebarDesktopOpen"):
        assert f'x-bind:aria-expanded="{state}"' in page
