from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from standardwebhooks import Webhook, WebhookVerificationError

from content.editorial.models import Post, Variant
from content.media.models import Asset
from spokes.channels.connectors.base import (
    AuthLost,
    Dedupe,
    Envelope,
    Letter,
    Outcome,
    Refused,
    RetryAfter,
    Sent,
    Unknown,
)
from spokes.channels.connectors.webhook.connector import WebhookConnector
from spokes.channels.exceptions import ContentRefused
from spokes.channels.fields import Sealed
from spokes.channels.models import Channel

Make = Callable[..., Any]

SECRET = "whsec_bm90LWEtc2VjcmV0LWJ1dC1sb25nLWVub3VnaA=="


@pytest.fixture
def hook(make_channel: Make, receiver: Any, settings: Any) -> WebhookConnector:
    """A webhook channel of the hub that sends to the receiver."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    channel = make_channel(
        name="Partner",
        slug="partner",
        network="webhook",
        settings={"url": receiver.url},
        credentials={"secret": SECRET},
    )
    return WebhookConnector(channel)


@pytest.fixture
def letter(hook: WebhookConnector, write_letter: Make, make_post: Make) -> Letter:
    written: Letter = write_letter(hook, make_post("Minus"), key="key-1")
    return written


@pytest.fixture
def answered(hook: WebhookConnector, receiver: Any, letter: Letter) -> Make:
    """Send a letter to a receiver that answers with a status, a body and headers."""

    def send(status: int, body: bytes = b"", **headers: str) -> Outcome:
        receiver.answer = receiver.says(status, body, **headers)
        return hook.commit(letter)

    return send


def event_of(receiver: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(receiver.requests[-1].body)
    return event


# --- the event ------------------------------------------------------------------------------


def test_the_event_is_signed_as_standard_webhooks_says(
    hook: WebhookConnector, receiver: Any, letter: Letter
) -> None:
    hook.commit(letter)
    request = receiver.requests[0]
    event = Webhook(SECRET).verify(request.body, request.headers)
    assert event["type"] == "post.published"
    assert request.headers["webhook-id"] == "key-1"
    assert request.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_YW5vdGhlcg==").verify(request.body, request.headers)


@override_settings(SITE_URL="https://music.example")
def test_the_event_tells_all_of_the_post(
    hook: WebhookConnector, receiver: Any, write_letter: Make, make_post: Make, now: datetime
) -> None:
    asset = Asset.objects.create(
        title="Stage", file="a/b.jpg", width=8, height=6, alt_text="A stage", uploaded_at=now
    )
    post = make_post("Minus", hero=asset, expires_at=now + timedelta(days=1))
    Variant.objects.create(post=post, target="channel:partner", teaser="Only for partners.")
    hook.commit(write_letter(hook, post, key="key-1"))
    assert event_of(receiver) == {
        "type": "post.published",
        "timestamp": "2026-06-15T12:00:00+00:00",
        "data": {
            "id": "key-1",
            "post": post.pk,
            "slug": "minus",
            "kind": "feature",
            "title": "Minus",
            "teaser": "Only for partners.",
            "body_html": "<p>The body of <strong>Minus</strong>.</p>",
            "lang": "en",
            "explicit": False,
            "link": {"label": "Listen now", "url": "https://listen.example.org/album/1?bb=m1"},
            "hero": {
                "url": "https://music.example/media/a/b.jpg",
                "width": 8,
                "height": 6,
                "alt": "A stage",
                "credit": "",
            },
            "artists": [],
            "genres": [],
            "tags": [],
            "channel": {"name": "Partner", "slug": "partner"},
            "spoke": None,
            "expires_at": "2026-06-16T12:00:00+00:00",
        },
    }


def test_the_event_names_the_spoke(
    hook: WebhookConnector,
    receiver: Any,
    write_letter: Make,
    make_spoke: Make,
    make_genre: Make,
) -> None:
    hook.channel.spoke = make_spoke(make_genre("Jazz"))
    hook.withdraw(Letter(key="w", payload={}, remote_id="key-1"))
    assert event_of(receiver)["data"]["spoke"] == {"name": "Jazz", "slug": "jazz"}


def test_preparing_a_loaded_post_asks_the_database_nothing(
    hook: WebhookConnector,
    envelope: Envelope,
    make_post: Make,
    make_genre: Make,
    django_assert_num_queries: Make,
) -> None:
    post = Post.objects.with_content().get(pk=make_post(genres=[make_genre("Jazz")]).pk)
    with django_assert_num_queries(0):
        payload = hook.prepare(post, envelope)
    assert payload["data"]["genres"] == [{"name": "Jazz", "slug": "jazz"}]


def test_a_post_without_a_title_is_refused(
    hook: WebhookConnector, envelope: Envelope, make_post: Make
) -> None:
    post = make_post(title=" ", slug="s")
    assert [problem.field for problem in hook.problems(post)] == ["title"]
    with pytest.raises(ContentRefused, match="no title"):
        hook.prepare(post, envelope)


def test_a_second_try_repeats_the_event_to_the_letter(
    hook: WebhookConnector, receiver: Any, letter: Letter
) -> None:
    hook.commit(letter)
    hook.commit(letter)
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_an_edit_names_the_publication_under_an_id_of_its_own(
    hook: WebhookConnector, receiver: Any, write_letter: Make, make_post: Make
) -> None:
    outcome = hook.edit(write_letter(hook, make_post("Plus"), key="key-2", remote_id="key-1"))
    event = event_of(receiver)
    assert outcome == Sent("key-1")
    assert (event["type"], event["data"]["id"]) == ("post.edited", "key-1")
    assert event["data"]["title"] == "Plus"
    assert receiver.requests[0].headers["webhook-id"] == "key-2"


def test_a_withdrawal_says_what_and_where(hook: WebhookConnector, receiver: Any) -> None:
    outcome = hook.withdraw(Letter(key="key-3", payload={}, remote_id="key-1"))
    event = event_of(receiver)
    assert outcome == Sent("key-1")
    assert event["type"] == "post.withdrawn"
    assert event["data"] == {
        "id": "key-1",
        "channel": {"name": "Partner", "slug": "partner"},
        "spoke": None,
    }


# --- what the receiver answers --------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_yes_is_sent(answered: Make, status: int) -> None:
    assert answered(status) == Sent("key-1")


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (b'{"url": "https://partner.example/p/1"}', "https://partner.example/p/1"),
        (b'{"url": "javascript:alert(1)"}', ""),
        (b'{"url": 7}', ""),
        (b'{"url": "https://partner.example/' + b"x" * 600 + b'"}', ""),
        (b'["https://partner.example/"]', ""),
        (b"thanks", ""),
    ],
)
def test_the_address_of_what_was_made_is_kept_when_it_is_one(
    answered: Make, body: bytes, url: str
) -> None:
    assert answered(200, body) == Sent("key-1", url=url)


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 422, 301, 302, 307, 308])
def test_a_no_is_for_good(answered: Make, status: int) -> None:
    outcome = answered(status, Location="/elsewhere")
    assert isinstance(outcome, Refused)
    assert str(status) in outcome.reason


@pytest.mark.parametrize("status", [401, 403])
def test_a_signature_that_is_not_accepted_is_lost_auth(answered: Make, status: int) -> None:
    assert isinstance(answered(status), AuthLost)


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (429, {"Retry_After": "7"}, timedelta(seconds=7)),
        (429, {}, None),
        (503, {"Retry_After": "120"}, timedelta(minutes=2)),
    ],
)
def test_a_not_now_waits_as_it_says(
    answered: Make, status: int, header: dict[str, str], wait: timedelta | None
) -> None:
    outcome = answered(status, **header)
    assert isinstance(outcome, RetryAfter)
    assert outcome.after == wait


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_stumble_leaves_it_unknown(answered: Make, status: int) -> None:
    assert isinstance(answered(status, b"surely not published"), Unknown)


@pytest.mark.parametrize(
    "answer",
    [
        lambda connection: None,
        lambda connection: connection.sendall(b"garbage\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200"),
    ],
    ids=["dropped", "garbage", "cut off"],
)
def test_no_answer_leaves_it_unknown(
    hook: WebhookConnector,
    receiver: Any,
    letter: Letter,
    answer: Callable[[socket.socket], None],
) -> None:
    receiver.answer = answer
    assert isinstance(hook.commit(letter), Unknown)
    assert receiver.connections == 1


def test_a_yes_whose_body_breaks_off_is_sent(
    hook: WebhookConnector, receiver: Any, letter: Letter
) -> None:
    cut = b"HTTP/1.1 200 Fine\r\nContent-Length: 99\r\n\r\n{"
    receiver.answer = lambda connection: connection.sendall(cut)
    assert hook.commit(letter) == Sent("key-1")


def test_a_receiver_that_is_down_is_tried_again(
    hook: WebhookConnector, receiver: Any, letter: Letter
) -> None:
    receiver.close()
    assert isinstance(hook.commit(letter), RetryAfter)


def test_a_private_receiver_is_refused(
    hook: WebhookConnector, receiver: Any, letter: Letter, settings: Any
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    outcome = hook.commit(letter)
    assert isinstance(outcome, Refused)
    assert "private address" in outcome.reason
    assert receiver.connections == 0


# --- the channel ----------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_x", "ключ"])
def test_a_secret_that_is_none_is_lost_auth(
    hook: WebhookConnector, receiver: Any, letter: Letter, secret: str
) -> None:
    hook.channel.credentials = {"secret": secret}
    outcome = hook.commit(letter)
    assert isinstance(outcome, AuthLost)
    assert "whsec_" in outcome.reason
    assert receiver.connections == 0


def test_a_secret_that_no_key_opens_is_lost_auth(hook: WebhookConnector, letter: Letter) -> None:
    hook.channel.credentials = Sealed("gibberish")
    outcome = hook.commit(letter)
    assert isinstance(outcome, AuthLost)
    assert "enter it again" in outcome.reason
    assert not hook.check().works


def test_a_channel_without_an_address_refuses(hook: WebhookConnector, letter: Letter) -> None:
    hook.channel.settings = {}
    assert isinstance(hook.commit(letter), Refused)
    assert not hook.check().works


def test_a_receiver_can_be_asked_nothing_unless_it_promises_to_drop_doubles(
    hook: WebhookConnector, make_channel: Make
) -> None:
    promising = make_channel(network="webhook", settings={"dedupes": True})
    assert WebhookConnector.capabilities.dedupe is Dedupe.NONE
    assert hook.capabilities.dedupe is Dedupe.NONE
    assert WebhookConnector(promising).capabilities.dedupe is Dedupe.KEY
    assert WebhookConnector(promising).capabilities.key_lifetime == timedelta(days=1)
    assert not hook.capabilities.can_find


def test_a_check_connects_and_sends_nothing(hook: WebhookConnector, receiver: Any) -> None:
    health = hook.check()
    assert health.works
    assert "127.0.0.1" in health.message
    assert receiver.requests == []


def test_a_check_tells_why_the_receiver_can_not_be_reached(
    hook: WebhookConnector, receiver: Any
) -> None:
    receiver.close()
    health = hook.check()
    assert not health.works
    assert "can't be reached" in health.message


def test_a_check_of_a_secure_receiver_shakes_hands(
    hook: WebhookConnector, secure_receiver: Any
) -> None:
    hook.channel.settings = {"url": secure_receiver.url}
    assert hook.check().works
    hook.channel.settings = {"url": secure_receiver.url.replace("localhost", "127.0.0.1")}
    health = hook.check()
    assert not health.works
    assert "certificate" in health.message


def test_secrets_do_not_show_in_outcomes(
    hook: WebhookConnector, receiver: Any, letter: Letter, db: None
) -> None:
    for status in (200, 401, 500):
        receiver.answer = receiver.says(status)
        assert SECRET not in repr(hook.commit(letter))
    assert Channel.objects.get(pk=hook.channel.pk).credentials == {"secret": SECRET}
