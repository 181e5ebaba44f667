"""A preview shows the site as it will be, if nobody changes anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from content.editorial.models import Post
from hub.delivery.models import Delivery, Hold
from spokes.channels.connectors.base import Envelope
from spokes.channels.connectors.registry import connector_for
from spokes.channels.models import Channel, Spoke

See = Callable[..., str]
Plan = Callable[..., Delivery]
MakePost = Callable[..., Post]


def test_a_planned_post_stands_there_from_its_time_on(
    see: See, plan: Plan, make_post: MakePost, jazz: Spoke, jazz_site: Channel
) -> None:
    plan(make_post("Blue Train at 70", [jazz.genre]), jazz_site, hours=24)
    assert "Blue Train at 70" not in see("jazz/", hours=23)
    page = see("jazz/", hours=25)
    assert "Blue Train at 70" in page
    assert "Scheduled" in page


def test_the_page_is_what_the_connector_would_publish(
    see: See, plan: Plan, make_post: MakePost, jazz: Spoke, jazz_site: Channel
) -> None:
    post = make_post("Blue Train", [jazz.genre], cta_url="https://listen.example.org/blue?a=1")
    post.variants.create(target="network:site", title="Blue Train, for the site")
    plan(post, jazz_site, marker="abc123")
    page = see("jazz/blue-train/", hours=25)
    assert "Blue Train, for the site" in page
    assert "https://listen.example.org/blue?a=1&amp;bb=abc123" in page
    assert "<p>The body of <strong>Blue Train</strong>.</p>" in page


def test_a_frozen_payload_is_shown_as_it_will_be_sent(
    see: See, plan: Plan, make_post: MakePost, jazz: Spoke, jazz_site: Channel
) -> None:
    post = make_post("Blue Train", [jazz.genre])
    delivery = plan(post, jazz_site)
    payload = connector_for(jazz_site).prepare(
        post, Envelope(key=delivery.key, marker=delivery.marker, due_at=delivery.due_at)
    )
    Delivery.objects.update(payload={**payload, "title": "Frozen words"})
    assert "Frozen words" in see("jazz/", hours=25)


def test_what_expires_until_then_is_gone(
    see: See,
    put_live: Plan,
    plan: Plan,
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
    today: datetime,
) -> None:
    over = today + timedelta(hours=5)
    put_live(make_post("Here today", [jazz.genre], expires_at=over), jazz_site)
    plan(make_post("Short life", [jazz.genre], expires_at=over), jazz_site, hours=2)
    assert "Here today" in see("jazz/")
    before, after = see("jazz/", hours=4), see("jazz/", hours=6)
    assert "Here today" in before
    assert "Short life" in before
    assert "Here today" not in after
    assert "Short life" not in after


def test_a_planned_withdrawal_takes_the_post_away(
    see: See, put_live: Plan, plan: Plan, make_post: MakePost, jazz: Spoke, jazz_site: Channel
) -> None:
    post = make_post("Gone by Friday", [jazz.genre])
    live = put_live(post, jazz_site)
    plan(post, jazz_site, kind="withdraw", target=live, hours=3)
    assert "Gone by Friday" in see("jazz/", hours=2)
    assert "Gone by Friday" not in see("jazz/", hours=4)


def test_a_planned_edit_shows_the_new_words_at_the_old_address(
    see: See, put_live: Plan, plan: Plan, make_post: MakePost, jazz: Spoke, jazz_site: Channel
) -> None:
    post = make_post("Old words", [jazz.genre])
    live = put_live(post, jazz_site)
    Post.objects.filter(pk=post.pk).update(title="New words", revision=2)
    plan(post, jazz_site, kind="edit", target=live, post_revision=2, hours=3)
    assert "Old words" in see("jazz/", hours=2)
    after = see("jazz/", hours=4)
    assert "New words" in after
    assert ">Old words<" not in after
    assert "/preview/jazz/old-words/" in after


def test_a_held_post_is_left_out_and_marked_where_asked(
    see: See,
    plan: Plan,
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
    manager: User,
    today: datetime,
    browser: Client,
) -> None:
    post = make_post("On hold", [jazz.genre])
    plan(post, jazz_site)
    Hold.objects.create(scope="post", post=post, reason="wait", by=manager, since=today)
    assert "On hold" not in see("jazz/", hours=25)
    assert "Will not go out" in see("jazz/", hours=25, drafts="1")
    assert "It is on hold." in browser.get("/preview/jazz/").content.decode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "draft"}, "The post is not approved any more."),
        ({"revision": 7}, "The post was changed after it was scheduled."),
    ],
)
def test_what_will_be_stopped_at_send_time_is_told(
    change: dict[str, Any],
    reason: str,
    see: See,
    plan: Plan,
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
    browser: Client,
) -> None:
    post = make_post("Stopped", [jazz.genre])
    plan(post, jazz_site)
    Post.objects.filter(pk=post.pk).update(**change)
    assert "Stopped" not in see("jazz/", hours=25)
    assert reason in browser.get("/preview/jazz/").content.decode()


def test_a_post_that_routing_lets_go_no_more_is_told(
    see: See,
    plan: Plan,
    make_post: MakePost,
    metal: Spoke,
    jazz: Spoke,
    jazz_site: Channel,
    browser: Client,
) -> None:
    plan(make_post("Astray", [metal.genre]), jazz_site)
    assert "Astray" not in see("jazz/", hours=25)
    assert "The channel does not want it any more" in browser.get("/preview/jazz/").content.decode()


def test_drafts_and_posts_in_review_are_shown_where_routing_would_put_them(
    see: See, make_post: MakePost, jazz: Spoke, jazz_site: Channel, metal: Spoke, today: datetime
) -> None:
    make_post("A draft", [jazz.genre], state="draft", cta_url="")
    make_post("Under review", [jazz.genre], state="in_review")
    make_post("Of another place", [metal.genre], state="draft")
    later = today + timedelta(hours=9)
    make_post("Not before", [jazz.genre], state="draft", embargo_until=later)
    assert "A draft" not in see("jazz/", hours=5)
    page = see("jazz/", hours=5, drafts="1")
    assert "A draft" in page
    assert "In review" in page
    assert "Of another place" not in page
    assert "Not before" not in page
    assert "Not before" in see("jazz/", hours=10, drafts="1")


def test_the_hub_shows_what_its_spokes_bring(
    see: See,
    plan: Plan,
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
    hub_site: Channel,
) -> None:
    plan(make_post("From the spoke", [jazz.genre]), jazz_site)
    plan(make_post("Of the hub"), hub_site)
    page = see("hub/", hours=25)
    assert "From the spoke" in page
    assert "Of the hub" in page


def test_a_draft_is_shown_whole_by_its_id_and_says_why_it_would_not_come(
    see: See, make_post: MakePost, jazz: Spoke, jazz_site: Channel, metal: Spoke
) -> None:
    post = make_post("Half written", [metal.genre], state="draft", cta_url="")
    page = see(f"jazz/{post.pk}/")
    assert "Half written" in page
    assert "The body of <strong>Half written</strong>" in page
    assert "It would not come to this place" in page


def test_a_post_before_its_time_says_when_it_comes(
    see: See, plan: Plan, make_post: MakePost, jazz: Spoke, jazz_site: Channel
) -> None:
    plan(make_post("Blue Train", [jazz.genre]), jazz_site, hours=24)
    page = see("jazz/blue-train/", hours=2)
    assert "Not on this page yet" in page
    assert "Planned here for" in page


def test_links_stay_in_the_preview_at_the_same_moment(
    see: See, plan: Plan, make_post: MakePost, jazz: Spoke, jazz_site: Channel, today: datetime
) -> None:
    plan(make_post("Blue Train", [jazz.genre]), jazz_site)
    page = see("jazz/", hours=25)
    at = f"{today + timedelta(hours=25):%Y-%m-%dT%H:%M}"
    assert f'href="/preview/jazz/blue-train/?at={at}' in page
    assert f'href="/preview/hub/?at={at}' in page
    assert 'href="/jazz/' not in page
    assert "<script" not in page


def test_the_number_of_queries_does_not_grow_with_the_plan(
    browser: Client,
    see: See,
    plan: Plan,
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
) -> None:
    def count(hours: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            see("jazz/", hours=hours)
        return len(queries)

    plan(make_post(genres=[jazz.genre]), jazz_site)
    # the first page of a session and a process reads what is kept from then on
    count(30)
    few = count(30)
    for _number in range(15):
        plan(make_post(genres=[jazz.genre]), jazz_site)
    assert count(30) == few
    assert few <= 22


def test_a_moment_that_cannot_be_is_told_and_shown_as_now(browser: Client, jazz: Spoke) -> None:
    def told(**query: str) -> str:
        response = browser.get("/preview/jazz/", query)
        assert response.status_code == 200
        return response.content.decode()

    assert "is no moment" in told(at="soon")
    assert "is over" in told(at="2001-01-01T10:00")
    assert "more than a year away" in told(at="2199-01-01T10:00")
    assert "is no time zone that we know" in told(zone="Mars/Crater")
    assert "as it is now" in told(at="<script>")
    assert "<script>alert" not in told(at="<script>alert(1)</script>")


def test_the_slider_works_as_a_form(browser: Client, jazz: Spoke) -> None:
    response = browser.get("/preview/jazz/", {"ahead": "600", "zone": "Europe/Berlin"})
    assert response.status_code == 302
    assert "at=" in response["Location"]
    assert "zone=Europe/Berlin" in response["Location"]
    assert browser.get(response["Location"]).status_code == 200


def test_only_previews_may_be_framed_and_nothing_is_kept(browser: Client, jazz: Spoke) -> None:
    shell = browser.get("/preview/jazz/")
    frame = browser.get("/preview/jazz/", {"frame": "1"})
    for response in (shell, frame):
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in frame["Content-Security-Policy"]
    assert "script-src 'none'" in frame["Content-Security-Policy"]
    assert "noindex" in frame.content.decode()
    for response in (shell, browser.get("/jazz/"), browser.get("/")):
        assert response["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_a_member_of_one_spoke_previews_that_spoke_alone(
    sign_in: Callable[..., Client],
    make_member: Callable[..., User],
    make_post: MakePost,
    jazz: Spoke,
    jazz_site: Channel,
    metal: Spoke,
) -> None:
    foreign = make_post("Of metal", [metal.genre], state="draft")
    client = sign_in(make_member("mia", jazz), "Editor")
    assert client.get("/preview/")["Location"] == "/preview/jazz/"
    page = client.get("/preview/jazz/")
    assert page.status_code == 200
    assert "/preview/metal/" not in page.content.decode()
    assert "/preview/metal/" not in client.get("/preview/jazz/?frame=1").content.decode()
    assert client.get("/preview/metal/").status_code == 404
    assert client.get("/preview/hub/").status_code == 404
    assert client.get("/preview/metal/?frame=1").status_code == 404
    assert "Of metal" not in client.get(f"/preview/jazz/{foreign.pk}/?frame=1").content.decode()
    assert client.get(f"/preview/?post={foreign.pk}").status_code == 404


def test_a_post_leads_to_the_place_where_it_is_planned(
    browser: Client, plan: Plan, make_post: MakePost, jazz: Spoke, jazz_site: Channel
) -> None:
    post = make_post("Blue Train", [jazz.genre])
    plan(post, jazz_site)
    response = browser.get("/preview/", {"post": str(post.pk), "drafts": "1"})
    assert response["Location"] == "/preview/jazz/blue-train/?drafts=1"


def test_nobody_without_leave_sees_a_preview(
    client: Client, sign_in: Callable[..., Client], make_member: Callable[..., User], jazz: Spoke
) -> None:
    assert client.get("/preview/jazz/").status_code == 302
    assert client.get("/preview/jazz/?frame=1").status_code == 302
    assert sign_in(make_member("nora")).get("/preview/jazz/").status_code == 403


def test_who_must_have_a_second_factor_previews_nothing_without(
    browser: Client, jazz: Spoke, settings: Any
) -> None:
    settings.REQUIRE_TWO_FACTOR = ["everyone"]
    response = browser.get("/preview/jazz/")
    assert response.status_code == 302
    assert "2fa" in response["Location"]
