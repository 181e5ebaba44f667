"""People keep a list with its filters under a name, and find it above the list."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hub.console.models import SavedView

LIST = "admin:delivery_delivery_changelist"


def keep(client: Client, name: str, query: str, **more: str) -> str:
    address = reverse("admin:delivery_delivery_view_save")
    said = client.post(address, {"name": name, "query": query, **more}, follow=True)
    return said.content.decode()


def shown(client: Client, query: str = "?q=") -> str:
    return client.get(reverse(LIST) + query).content.decode()


def change(client: Client, what: str, view: SavedView, **answers: str) -> int:
    address = reverse(f"admin:delivery_delivery_view_{what}")
    return client.post(address, {"view": view.pk, **answers}).status_code


def test_a_view_is_kept_and_stands_above_the_list(mona) -> None:
    assert "Keep this view" in shown(mona, "?kind__exact=edit")
    keep(mona, "Edits", "kind__exact=edit")
    assert 'href="?kind__exact=edit" aria-current="page">Edits' in shown(mona, "?kind__exact=edit")


def test_there_is_nothing_to_keep_of_a_whole_list(mona) -> None:
    assert "Keep this view" not in shown(mona)


def test_a_view_is_its_owners_own_unless_it_is_shared(mona, edith) -> None:
    keep(mona, "My edits", "kind__exact=edit")
    keep(mona, "For all", "kind__exact=withdraw", shared="on")
    seen = shown(edith)
    assert "My edits" not in seen
    assert "For all" in seen


def test_nobody_changes_the_view_of_somebody_else(mona, edith) -> None:
    keep(mona, "For all", "kind__exact=edit", shared="on")
    view = SavedView.objects.get()
    assert [change(edith, name, view, name="X") for name in ("rename", "delete", "default")] == [
        404,
        404,
        404,
    ]


def test_a_view_is_renamed_and_deleted(mona) -> None:
    keep(mona, "Edits", "kind__exact=edit")
    view = SavedView.objects.get()
    change(mona, "rename", view, name="Corrections")
    assert "Corrections" in shown(mona)
    change(mona, "delete", view)
    assert not SavedView.objects.exists()


def test_two_views_of_one_name_are_refused_with_words(mona) -> None:
    keep(mona, "Edits", "kind__exact=edit")
    keep(mona, "Others", "kind__exact=withdraw")
    other = SavedView.objects.get(name="Others")
    change(mona, "rename", other, name="Edits")
    assert "You have another view of this name." in shown(mona)


def test_the_same_name_again_keeps_the_newer_question(mona) -> None:
    keep(mona, "Mine", "kind__exact=edit")
    keep(mona, "Mine", "kind__exact=withdraw")
    assert SavedView.objects.get().query == "kind__exact=withdraw"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_name_that_can_not_be_is_refused(mona, name: str) -> None:
    keep(mona, name, "kind__exact=edit")
    assert not SavedView.objects.exists()


def test_a_list_opens_with_the_view_that_its_owner_chose(mona, edith) -> None:
    keep(mona, "Edits", "kind__exact=edit", shared="on")
    change(mona, "default", SavedView.objects.get(), default="1")
    assert mona.get(reverse(LIST))["Location"] == "?kind__exact=edit"
    assert mona.get(reverse(LIST) + "?q=").status_code == 200
    assert edith.get(reverse(LIST)).status_code == 200
    change(mona, "default", SavedView.objects.get())
    assert mona.get(reverse(LIST)).status_code == 200


def test_the_address_of_a_view_leads_nowhere_else(mona) -> None:
    keep(mona, "Bad", "//evil.example.org/?kind__exact=edit&p=3")
    assert SavedView.objects.get().query.startswith("%2F%2Fevil")
