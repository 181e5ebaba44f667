"""The search over all: what it finds, for whom, and how much it asks."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.catalogue.actions import add_artist
from hub.delivery.actions import plan_delivery
from spokes.audiences.models import Audience
from spokes.channels.models import Spoke

MOST_QUERIES = 12


def found(browser: Client, text: str) -> list[str]:
    """Give the names that the dialog would list."""
    answer = browser.get("/admin/search/", {"q": text}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 200
    page = answer.content.decode()
    return [html.unescape(name) for name in re.findall(r'class="find-name">([^<]*)<', page)]


@pytest.fixture
def house(make_genre, make_spoke, make_channel, make_post, now):
    jazz = make_genre("Jazz")
    channel = make_channel(make_spoke(jazz), name="Blue note")
    artist = add_artist(name="Alma Reed", genres=[jazz])
    post = make_post("Velvet nights", genres=[jazz], artists=[artist])
    plan_delivery(post=post, channel=channel, due_at=now, actor=None, by_hand=True, now=now)
    Audience.objects.create(name="Night owls", slug="owls", expression="explicit:no")
    return post


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("velvet", ["Velvet nights", "Velvet nights"]),
        # by its artist, and the artist; the delivery comes with the post
        ("alma reed", ["Velvet nights", "Alma Reed", "Velvet nights"]),
        ("jazz", ["Jazz", "Jazz"]),
        ("blue NOTE", ["Blue note"]),
        ("owls", ["Night owls"]),
        ("calend", ["Calendar"]),
        ("nobody is called so", []),
        # in every name: nothing is read for it
        ("z", []),
        ("  ", []),
    ],
)
def test_rows_are_found_by_their_names(edith, house, text: str, names: list[str]) -> None:
    assert found(edith, text) == names


def test_a_person_is_found_by_whoever_looks_after_people(mona, edith, house) -> None:
    User.objects.create(username="zora", first_name="Zora", last_name="Neale", is_staff=True)
    User.objects.create(username="zorro", is_staff=True)
    assert found(mona, "zor") == ["Zora Neale · zora", "zorro"]
    assert found(edith, "zor") == []


def test_what_there_is_more_of_is_a_click_away(edith, make_post) -> None:
    for number in range(8):
        make_post(f"Velvet {number}")
    page = edith.get("/admin/search/", {"q": "velvet"}).content.decode()
    assert found(edith, "velvet") == [f"Velvet {number}" for number in range(7, 1, -1)]
    more = reverse("admin:editorial_post_changelist") + "?q=velvet"
    assert more in page
    assert "All that match" in page


def test_the_page_works_without_scripts(edith, house) -> None:
    page = edith.get("/admin/search/", {"q": "<b>velvet"}).content.decode()
    assert 'value="&lt;b&gt;velvet"' in page
    assert 'href="/admin/search/" data-opens-find' in page
    assert "Search by words of a title" in edith.get("/admin/search/").content.decode()


def test_nothing_is_remembered_of_what_somebody_was_allowed_before(
    roles, signed_in, make_member, house
) -> None:
    """A search once answered is not answered from memory after the person's spokes changed."""
    hanna = make_member("hanna", Spoke.objects.get())
    hanna.groups.add(roles["Community manager"])
    browser = signed_in(hanna)
    assert "Blue note" in found(browser, "blue")
    hanna.memberships.all().delete()
    assert found(browser, "blue") == []


@pytest.mark.parametrize("who", ["editor", "manager of one spoke"])
def test_it_asks_little_however_much_there_is(
    roles, signed_in, make_member, house, editor, approver, who: str
) -> None:
    call_command("fill", posts=300, artists=60, deliveries=900, quiet=True, yes=True)
    person = make_member("hanna", *([] if who == "editor" else [Spoke.objects.get()]))
    person.groups.add(roles["Editor" if who == "editor" else "Community manager"])
    browser = signed_in(person)
    found(browser, "velvet")
    with CaptureQueriesContext(connection) as seen:
        assert len(found(browser, "velvet")) > 3
    assert len(seen) <= MOST_QUERIES
    assert not [one["sql"] for one in seen if "COUNT(" in one["sql"]]
