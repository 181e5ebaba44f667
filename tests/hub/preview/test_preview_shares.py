"""A share link shows one thing to whoever has it, and leads nowhere else."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.core.signing import Signer
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from content.audit.models import AuditEntry
from content.editorial.models import Post
from hub.delivery.models import Delivery
from hub.preview.actions import (
    NewShareLink,
    Window,
    create_share_link,
    record_visit,
    revoke_share_link,
)
from hub.preview.exceptions import ShareRefused
from hub.preview.models import ShareLink, ShareVisit
from hub.preview.visitors import network_of, short_agent
from spokes.channels.models import Channel, Spoke

MakePost = Callable[..., Post]
Plan = Callable[..., Delivery]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def draft(make_post: MakePost, jazz: Spoke, jazz_site: Channel) -> Post:
    return make_post(
        "Not yet public",
        [jazz.genre],
        state="draft",
        body_html='<p>Read <a href="/metal/">metal</a> or <a href="https://label.example/">us</a>'
        ' at <a href="http://127.0.0.1:8000/jazz/">home</a>.</p>',
    )


@pytest.fixture
def share(editor: User) -> Callable[..., NewShareLink]:
    def make(**words: object) -> NewShareLink:
        options: dict[str, object] = {"actor": editor, "label": "Ada of Blue Label", **words}
        return create_share_link(**options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def week(today: datetime) -> Window:
    return Window(today, today + timedelta(days=7))


def url_of(made: NewShareLink, page: str = "") -> str:
    return f"/share/{made.token}/{f'{page}/' if page else ''}"


class Links(HTMLParser):
    """Every address that a page names, by the element that names it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src", "action", "formaction"}:
                self.found.append((tag, value or ""))


def test_the_link_shows_the_newest_revision_of_the_post(
    client: Client, share: Callable[..., NewShareLink], draft: Post, jazz: Spoke
) -> None:
    made = share(post=draft, spoke=jazz)
    assert "Not yet public" in client.get(url_of(made)).content.decode()
    Post.objects.filter(pk=draft.pk).update(title="Better title", revision=4)
    page = client.get(url_of(made)).content.decode()
    assert "Better title" in page
    assert "number 4" in page
    assert "For Ada of Blue Label" in page


def test_nothing_else_can_be_reached_from_a_shared_post(
    client: Client, share: Callable[..., NewShareLink], draft: Post, jazz: Spoke, metal: Spoke
) -> None:
    made = share(post=draft, spoke=jazz)
    page = client.get(url_of(made)).content.decode()
    for tag, address in Links(page).found:
        if tag == "a":
            assert address == "#main" or address in {
                "https://listen.example.org/album/1",
                "https://label.example/",
            }
        elif address != "#":
            assert re.match(r"/(static|media)/|/spokes\.css\?", address), (tag, address)
    assert "/metal/" not in page
    assert "<script" not in page


def test_nothing_else_can_be_reached_from_a_shared_place(
    client: Client,
    share: Callable[..., NewShareLink],
    plan: Plan,
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
    draft: Post,
    week: Window,
) -> None:
    plan(make_post("In the week", [jazz.genre]), jazz_site, hours=48)
    plan(make_post("After the week", [jazz.genre]), jazz_site, hours=24 * 9)
    made = share(spoke=jazz, window=week)
    seen: set[str] = set()
    waiting = [url_of(made)]
    while waiting:
        address = waiting.pop()
        seen.add(address)
        response = client.get(address)
        assert response.status_code == 200
        page = response.content.decode()
        assert "After the week" not in page
        assert draft.title not in page
        for tag, found in Links(page).found:
            if tag == "a" and found.startswith("/") and found not in seen:
                waiting.append(found)
    assert seen == {url_of(made), url_of(made, "in-the-week")}
    assert client.get(url_of(made, "after-the-week")).status_code == 404
    assert client.get(url_of(made, draft.slug)).status_code == 404


def test_a_published_post_leads_to_its_public_page(
    client: Client,
    share: Callable[..., NewShareLink],
    put_live: Plan,
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
    week: Window,
) -> None:
    post = make_post("Out now", [jazz.genre])
    of_post, of_place = share(post=post, spoke=jazz), share(spoke=jazz, window=week)
    delivery = put_live(post, jazz_site)
    assert client.get(url_of(of_post))["Location"].endswith("/jazz/out-now/")
    # it went out before the window began
    assert client.get(url_of(of_place, "out-now")).status_code == 404
    assert delivery.state == "live"


def test_an_archived_post_is_not_shown(
    client: Client, share: Callable[..., NewShareLink], draft: Post
) -> None:
    made = share(post=draft)
    Post.objects.filter(pk=draft.pk).update(state="archived")
    response = client.get(url_of(made))
    assert response.status_code == 410
    assert "Not yet public" not in response.content.decode()


def test_a_revoked_link_opens_nothing(
    client: Client, share: Callable[..., NewShareLink], draft: Post, editor: User
) -> None:
    made = share(post=draft)
    revoke_share_link(link=made.link, actor=editor)
    response = client.get(url_of(made))
    assert response.status_code == 410
    assert "taken back" in response.content.decode()
    assert "Not yet public" not in response.content.decode()
    with pytest.raises(ShareRefused):
        revoke_share_link(link=made.link, actor=editor)


def test_an_expired_link_opens_nothing(
    client: Client, share: Callable[..., NewShareLink], draft: Post, today: datetime
) -> None:
    made = share(post=draft, days=2, now=today - timedelta(days=3))
    response = client.get(url_of(made))
    assert response.status_code == 410
    assert "expired" in response.content.decode()
    assert not ShareVisit.objects.exists()


def test_wrong_tokens_and_wrong_pages_read_the_same(
    client: Client, share: Callable[..., NewShareLink], draft: Post
) -> None:
    made = share(post=draft)
    secret, signature = made.token.rsplit(".", 1)
    signed = Signer(salt="hub.preview.share", sep=".").sign("another-secret")
    wrong = [
        f"{secret}x.{signature}",
        f"{secret}.{signature[:-1]}x",
        secret,
        "nothing",
        signed,
        "a" * 4000,
    ]
    answers = [client.get(f"/share/{token}/") for token in wrong]
    answers.append(client.get(url_of(made, "another-page")))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_guesses_do_not_reach_the_database(db: None, client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/share/guess.guess/")
    assert len(queries) == 0


def test_a_new_secret_key_closes_all_links(
    client: Client, share: Callable[..., NewShareLink], draft: Post
) -> None:
    made = share(post=draft)
    with override_settings(SECRET_KEY="another" * 10):
        assert client.get(url_of(made)).status_code == 404


def test_the_token_is_kept_nowhere(
    client: Client,
    share: Callable[..., NewShareLink],
    draft: Post,
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = share(post=draft)
    with caplog.at_level(logging.DEBUG):
        client.get(url_of(made))
        client.get(url_of(made, "no-such-page"))
    secret = made.token.split(".")[0]
    assert secret not in caplog.text
    assert secret not in str(list(ShareLink.objects.values()))
    assert secret not in str(list(ShareVisit.objects.values()))
    assert secret not in str(list(AuditEntry.objects.values()))


def test_no_answer_is_kept_indexed_or_told_to_the_next_site(
    client: Client, share: Callable[..., NewShareLink], draft: Post
) -> None:
    made = share(post=draft)
    for address in (url_of(made), "/share/wrong/"):
        response = client.get(address)
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Frame-Options"] == "DENY"
        assert "script-src 'none'" in response["Content-Security-Policy"]
        assert "noindex" in response.content.decode()
        assert not response.cookies
    assert client.post(url_of(made)).status_code == 405


def test_a_visit_is_noted_with_little(
    client: Client, share: Callable[..., NewShareLink], draft: Post
) -> None:
    made = share(post=draft)
    for _time in range(3):
        client.get(url_of(made), headers={"user-agent": FIREFOX}, REMOTE_ADDR="203.0.113.77")
    visit = ShareVisit.objects.get()
    assert visit.times == 3
    assert visit.agent == "Firefox on Windows"
    assert visit.address == "203.0.113.0"
    client.head(url_of(made))
    assert ShareVisit.objects.count() == 1
    codes = AuditEntry.objects.values_list("code", flat=True)
    assert list(codes).count("share_link.visited") == 1


def test_the_same_visitor_an_hour_later_is_another_visit(
    share: Callable[..., NewShareLink], draft: Post, today: datetime
) -> None:
    link = share(post=draft).link
    seen = {"link": link, "page": "", "agent": "Firefox", "address": "203.0.113.0"}
    for at in (today, today + timedelta(seconds=20), today + timedelta(hours=1)):
        record_visit(now=at, **seen)
    assert list(ShareVisit.objects.order_by("at").values_list("times", flat=True)) == [2, 1]
    counted = ShareLink.objects.with_visits().get()
    assert counted.visit_count == 3
    assert counted.last_visit_at == today + timedelta(hours=1)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2::3", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("no address", ""),
    ],
)
def test_addresses_are_cut_down_to_their_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_programs_are_told_from_people() -> None:
    assert short_agent("Slackbot-LinkExpanding 1.0") == "A program (Slackbot-LinkExpanding)"
    assert short_agent("/odd bot") == "A program ()"
    assert short_agent("") == ""


@pytest.mark.parametrize(
    "words",
    [
        {"label": "  "},
        {"days": 31},
        {"days": 0},
        {"post": None},
    ],
)
def test_what_cannot_be_shared_is_refused(
    words: dict[str, object], share: Callable[..., NewShareLink], draft: Post
) -> None:
    with pytest.raises(ShareRefused):
        share(**{"post": draft, **words})
    assert not ShareLink.objects.exists()


def test_a_window_is_no_longer_than_a_month(
    share: Callable[..., NewShareLink], jazz: Spoke, today: datetime
) -> None:
    for window in (
        Window(today, today),
        Window(today, today + timedelta(days=40)),
    ):
        with pytest.raises(ShareRefused):
            share(spoke=jazz, window=window)


def test_every_deed_is_in_the_log(
    share: Callable[..., NewShareLink], draft: Post, editor: User
) -> None:
    made = share(post=draft)
    revoke_share_link(link=made.link, actor=editor)
    codes = AuditEntry.objects.about(made.link).values_list("code", flat=True)
    assert set(codes) == {"share_link.created", "share_link.revoked"}
    assert AuditEntry.objects.about(draft).filter(code="post.shared").exists()
