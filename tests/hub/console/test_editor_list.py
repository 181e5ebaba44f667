"""The list of posts: where each one goes, and what is done with many at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from content.audit.models import AuditEntry
from content.editorial.models import Post
from hub.schedule.actions import schedule_post
from tests.hub.console.post_page import text_of


@pytest.fixture
def jazz(make_genre):
    return make_genre("Jazz")


@pytest.fixture
def jazz_site(make_spoke, make_channel, jazz):
    return make_channel(make_spoke(jazz), name="Jazz site", slug="jazz-site")


# --- many posts at once -----------------------------------------------------------------------


def bulk(client: Client, name: str, posts: list[Post], **answers: object) -> Any:
    keys = ",".join(str(post.pk) for post in posts)
    address = reverse("admin:editorial_post_bulk", args=[name])
    return client.post(address, {"keys": keys, **answers}, follow=True)


def test_many_posts_are_submitted_each_with_its_entry(edith, make_post) -> None:
    posts = [make_post(state="draft") for _ in range(3)]
    bulk(edith, "submit", posts)
    assert Post.objects.in_review().count() == 3
    assert AuditEntry.objects.filter(code="post.submitted").count() == 3


def test_those_that_can_not_be_submitted_stay(edith, make_post) -> None:
    posts = [make_post(state="draft"), make_post(state="draft", teaser=""), make_post()]
    bulk(edith, "submit", posts)
    assert Post.objects.in_review().count() == 1


def test_many_posts_get_a_tag(edith, make_post, make_tag) -> None:
    tag, other = make_tag("Festival"), make_tag("Club")
    posts = [make_post(state="draft", tags=[other]), make_post(state="draft")]
    bulk(edith, "add-tag", posts, tag=tag.pk)
    assert [sorted(map(str, post.tags.all())) for post in posts] == [
        ["Club", "Festival"],
        ["Festival"],
    ]


def test_nobody_approves_many_of_their_own(mona, manager, make_post) -> None:
    post = make_post(state="in_review", author=manager)
    bulk(mona, "approve", [post])
    assert Post.objects.in_review().count() == 1


# --- the list ---------------------------------------------------------------------------------


def test_the_list_says_where_each_post_goes_and_when(
    edith, make_post, jazz, jazz_site, django_assert_max_num_queries
) -> None:
    posts = [make_post(genres=[jazz]) for _ in range(3)]
    for post in posts:
        schedule_post(
            post=post,
            actor=post.author,
            at=datetime(2031, 7, 1, 9, 30, tzinfo=UTC),
            channels=[jazz_site],
        )
    address = reverse("admin:editorial_post_changelist")
    edith.get(address)
    with django_assert_max_num_queries(14):
        shown = text_of(edith.get(address))
    assert shown.count("Tue 1 Jul 2031, 09:30 UTC") == 3
    assert shown.count(">Jazz<") + shown.count("Jazz\n") >= 3
