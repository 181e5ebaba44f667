"""Share links in the console: made, listed, taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content.editorial.models import Post
from hub.preview.actions import Window, create_share_link
from hub.preview.models import ShareLink
from spokes.channels.models import Channel, Spoke

MakePost = Callable[..., Post]
LIST = "/admin/preview/sharelink/"
ADD = "/admin/preview/sharelink/add/"


def token_in(page: str) -> str:
    found = re.search(r"/share/([^/\"]+)/", page)
    assert found
    return found[1]


def test_an_editor_shares_a_post_and_sees_the_link_once(
    sign_in: Callable[..., Client],
    editor: User,
    client: Client,
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
) -> None:
    post = make_post("Not yet public", [jazz.genre], state="draft")
    edith = sign_in(editor, "Editor")
    form = edith.get(ADD, {"post": post.pk})
    assert "Share “Not yet public”" in form.content.decode()
    answers = {"post": post.pk, "label": "Ada", "place": "jazz", "days": 3}
    response = edith.post(ADD, answers)
    assert "no-store" in response["Cache-Control"]
    token = token_in(response.content.decode())
    assert "Not yet public" in client.get(f"/share/{token}/").content.decode()
    link = ShareLink.objects.get()
    assert link.spoke == jazz
    assert link.expires_at - link.created_at == timedelta(days=3)
    page = edith.get(f"{LIST}{link.pk}/change/").content.decode()
    assert token not in page
    assert "Ada" in page


def test_a_place_is_shared_for_a_week(
    browser: Client, client: Client, jazz: Spoke, jazz_site: Channel
) -> None:
    answers = {"label": "The band", "place": "jazz", "window": 7, "days": 7}
    token = token_in(browser.post(ADD, answers).content.decode())
    assert "Coming on Jazz" in client.get(f"/share/{token}/").content.decode()


def test_taking_a_link_back_is_one_click(
    sign_in: Callable[..., Client], editor: User, client: Client, make_post: MakePost
) -> None:
    made = create_share_link(actor=editor, label="Ada", post=make_post(state="draft"))
    edith = sign_in(editor, "Editor")
    response = edith.post(f"{LIST}{made.link.pk}/step/revoke/", follow=True)
    assert "The link is closed" in response.content.decode()
    assert client.get(f"/share/{made.token}/").status_code == 410


def test_who_only_reads_makes_no_link(
    sign_in: Callable[..., Client], make_member: Callable[..., User], make_post: MakePost
) -> None:
    reader = sign_in(make_member("ana"), "Analyst")
    assert reader.get(LIST).status_code == 200
    assert reader.get(ADD).status_code == 403


def test_a_member_of_one_spoke_shares_that_spoke_alone(
    sign_in: Callable[..., Client],
    make_member: Callable[..., User],
    manager: User,
    make_post: MakePost,
    jazz: Spoke,
    metal: Spoke,
) -> None:
    now = timezone.now()
    window = Window(now, now + timedelta(days=7))
    create_share_link(actor=manager, label="Of the metal label", spoke=metal, window=window)
    foreign = make_post(genres=[metal.genre], state="draft")
    mia = sign_in(make_member("mia", jazz), "Editor")
    answers = {"label": "x", "place": "metal", "window": 7, "days": 7}
    assert "/share/" not in mia.post(ADD, answers).content.decode()
    assert mia.get(ADD, {"post": foreign.pk}).status_code == 404
    assert "Of the metal label" not in mia.get(LIST).content.decode()
    assert not ShareLink.objects.filter(label="x").exists()


def test_the_list_asks_as_much_for_many_links_as_for_one(
    browser: Client, manager: User, make_post: MakePost
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(LIST).status_code == 200
        return len(queries)

    create_share_link(actor=manager, label="One", post=make_post(state="draft"))
    # the first page of a process reads what is kept from then on
    count()
    few = count()
    for number in range(6):
        create_share_link(actor=manager, label=f"{number}", post=make_post(state="draft"))
    assert count() == few
