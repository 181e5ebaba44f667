"""Pages that are open learn of new stories."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

pytestmark = pytest.mark.django_db


def news(client: Client, place: str, after: int) -> dict[str, object]:
    return client.get(f"/{place}/live.json", {"after": after}).json()


def test_nothing_is_new_at_first(client: Client, publish, jazz) -> None:
    story = publish(jazz)
    assert news(client, "jazz", story.pk) == {"count": 0, "text": ""}


def test_stories_that_went_live_since_are_counted_in_words(client: Client, publish, jazz) -> None:
    first = publish(jazz)
    publish(None, "On the hub")
    publish(jazz)
    assert news(client, "jazz", first.pk) == {"count": 1, "text": "1 new story"}
    publish(jazz)
    publish(jazz, withdrawn_at=timezone.now())
    assert news(client, "jazz", first.pk) == {"count": 2, "text": "2 new stories"}
    assert news(client, "hub", first.pk) == {"count": 1, "text": "1 new story"}


def test_an_older_story_that_is_written_later_is_no_news(client: Client, publish, jazz) -> None:
    first = publish(jazz)
    publish(jazz, published_at=first.published_at - timedelta(days=1))
    assert news(client, "jazz", first.pk)["count"] == 0
    assert f'data-newest="{first.pk}"' in client.get("/jazz/").content.decode()


def test_a_kept_answer_gives_way_at_once(
    client: Client, publish, jazz, django_assert_num_queries
) -> None:
    first = publish(jazz)
    for _ in range(2):
        news(client, "jazz", first.pk)
    with django_assert_num_queries(1):
        assert news(client, "jazz", first.pk)["count"] == 0
    publish(jazz)
    assert news(client, "jazz", first.pk)["count"] == 1


def test_who_missed_very_many_is_told_of_many(client: Client, publish, jazz) -> None:
    for _ in range(51):
        publish(jazz)
    assert news(client, "jazz", 0)["text"] == "More than 50 new stories"


@pytest.mark.parametrize("address", ["/polka/live.json", "/jazz/live.json?after=-1"])
def test_nobody_is_told_of_nothing(client: Client, jazz, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("after", ["", "x", "9" * 30, "٣"])
def test_a_key_that_is_none_is_not_found(client: Client, jazz, after: str) -> None:
    assert client.get("/jazz/live.json", {"after": after}).status_code == 404


def test_the_answer_may_be_kept_for_seconds_only(client: Client, publish, jazz) -> None:
    publish(jazz)
    for _ in range(3):
        answer = client.get("/jazz/live.json?after=0")
        assert answer["Cache-Control"] == "public, max-age=5, s-maxage=5"


def test_pages_with_stories_ask(client: Client, publish, jazz) -> None:
    assert "live.js" not in client.get("/jazz/").content.decode()
    story = publish(jazz)
    page = client.get("/jazz/").content.decode()
    assert f'data-live="jazz" data-newest="{story.pk}"' in page
    assert 'src="/static/site/live.js" defer' in page
