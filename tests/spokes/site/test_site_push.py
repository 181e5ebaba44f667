"""The WebSub hub, a real server on this machine, is told of feeds that changed."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from hub.runtime import pushing
from hub.runtime.tasks import ping_feeds
from spokes.site import push
from spokes.site.models import Facet, FeedPing, Publication

pytestmark = pytest.mark.django_db

SITE = "https://news.example.org"


@dataclasses.dataclass
class WebSubHub:
    """What the hub was told, each call as its form; and what it says."""

    calls: list[dict[str, list[str]]] = dataclasses.field(default_factory=list)
    status: int = 204

    @property
    def pages(self) -> list[str]:
        return sorted(
            call["hub.url"][0].removeprefix(SITE).removesuffix("feed.rss") for call in self.calls
        )


@pytest.fixture
def websub_hub(settings) -> Iterator[WebSubHub]:
    known = WebSubHub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known.calls.append(
                parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            )
            self.send_response(known.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.SITE_URL = SITE
    settings.WEBSUB_HUB = f"http://127.0.0.1:{server.server_port}/"
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def story(publish, jazz, make_artist, now) -> Callable[..., Publication]:
    def make(**fields: Any) -> Publication:
        return publish(jazz, artists=[make_artist("Nubya Garcia")], **{"changed_at": now, **fields})

    return make


def run(now: datetime, *, after: timedelta = push.GATHER) -> int:
    """Look for changes, and tell the hub once they were gathered."""
    push.notice_changes(now=now)
    return push.ping_hub(now=now + after)


def test_each_page_with_a_changed_story_is_told_once_with_all_its_feeds(
    websub_hub: WebSubHub, story, publish, now
) -> None:
    story()
    publish(None, changed_at=now - timedelta(days=1))
    assert run(now) == 2
    assert websub_hub.pages == ["/artists/nubya-garcia/", "/jazz/"]
    assert websub_hub.calls[0]["hub.mode"] == ["publish"]
    assert sorted(websub_hub.calls[-1]["hub.url"])[0].endswith("/feed.atom")
    assert len(websub_hub.calls[0]["hub.url"]) == 3
    assert run(now + timedelta(seconds=5)) == 0
    assert len(websub_hub.calls) == 2


def test_what_changes_together_is_one_call(websub_hub: WebSubHub, publish, jazz, now) -> None:
    for number in range(5):
        publish(jazz, changed_at=now - timedelta(milliseconds=number))
    run(now)
    assert websub_hub.pages == ["/jazz/"]


def test_a_change_a_withdrawal_and_an_expiry_are_news(
    websub_hub: WebSubHub, publish, jazz, now
) -> None:
    long_ago = now - timedelta(days=3)
    one, other, third = (publish(jazz, changed_at=long_ago) for _ in range(3))
    publish(jazz, changed_at=now)
    run(now)
    moments = {"changed_at": one, "withdrawn_at": other, "expires_at": third}
    for minutes, (field, changed) in enumerate(moments.items(), 1):
        at = now + timedelta(minutes=minutes)
        Publication.objects.filter(pk=changed.pk).update(**{field: at})
        assert run(at + timedelta(seconds=1)) == 1
    assert websub_hub.pages == ["/jazz/"] * 4


def test_a_hub_that_fails_is_left_alone_for_longer_and_longer(
    websub_hub: WebSubHub, story, now
) -> None:
    story()
    websub_hub.status = 503
    run(now)
    # the first failed; the second goes to the same hub, so it was not tried
    assert len(websub_hub.calls) == 1
    assert set(FeedPing.objects.values_list("error", flat=True)) == {"", "HTTP 503"}
    assert push.ping_hub(now=now + timedelta(seconds=20)) == 0
    assert len(websub_hub.calls) == 1
    websub_hub.status = 202
    assert push.ping_hub(now=now + timedelta(seconds=40)) == 2
    assert not FeedPing.objects.exclude(error="").exists()


def test_a_hub_that_is_not_there_is_given_up_in_the_end(
    websub_hub: WebSubHub, publish, jazz, now, settings
) -> None:
    settings.WEBSUB_HUB = "http://127.0.0.1:1/"
    publish(jazz, changed_at=now)
    push.notice_changes(now=now)
    for hours in range(1, len(push.BACK_OFF) + 2):
        assert push.ping_hub(now=now + timedelta(hours=2 * hours)) == 0
    ping = FeedPing.objects.get()
    assert (ping.next_try_at, ping.tries) == (None, len(push.BACK_OFF) + 1)
    assert ping.error


def test_a_page_that_another_worker_took_is_left_to_it(
    websub_hub: WebSubHub, publish, jazz, now
) -> None:
    publish(jazz, changed_at=now)
    push.notice_changes(now=now)
    ping = FeedPing.objects.get()
    FeedPing.objects.update(next_try_at=now + timedelta(minutes=1))
    assert not push._claim(ping, now)


def test_nothing_is_noticed_without_a_hub(story, now, settings) -> None:
    settings.WEBSUB_HUB = ""
    story()
    assert push.notice_changes(now=now) == 0
    assert not FeedPing.objects.exists()


def test_the_round_only_asks_for_the_call(websub_hub: WebSubHub, story, now, monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(pushing.app, "send_task", lambda name, **options: asked.append(name))
    story()
    assert pushing.websub(now) == 0
    assert pushing.websub(now + push.GATHER) == 2
    assert asked == [ping_feeds.name]
    assert websub_hub.calls == []


def test_a_story_is_news_for_its_genres_and_tags(websub_hub: WebSubHub, publish, jazz, now) -> None:
    told = publish(jazz, genres=[jazz.genre], changed_at=now)
    Facet.objects.create(publication=told, kind="tag", slug="live", published_at=now)
    run(now)
    assert websub_hub.pages == ["/genres/jazz/", "/jazz/", "/tags/live/"]


def test_after_a_clock_that_was_ahead_what_changes_is_told_at_once(
    websub_hub: WebSubHub, publish, jazz, now
) -> None:
    ahead = now + timedelta(hours=1)
    publish(jazz, changed_at=ahead)
    publish(None, changed_at=ahead)
    run(ahead)
    told = len(websub_hub.calls)
    # the clock is right again
    publish(jazz, changed_at=now)
    assert run(now) == 1
    assert websub_hub.pages[told:] == ["/jazz/"]


def test_what_a_clock_that_was_ahead_put_off_is_told_at_once_and_only_once(
    websub_hub: WebSubHub, publish, jazz, now
) -> None:
    ahead = now + timedelta(hours=1)
    publish(jazz, changed_at=ahead)
    push.notice_changes(now=ahead)
    assert run(now) == 1
    assert run(now + timedelta(minutes=2)) == 0
