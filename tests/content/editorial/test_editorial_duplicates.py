"""What may be there already is found before it is written twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from content.editorial.actions import write_post
from content.editorial.duplicates import Likeness, find_duplicates
from content.editorial.models import Post


def found(now: datetime, **fields: Any) -> list[tuple[str, Likeness]]:
    asked = {"title": "", "cta_url": "", "kind": "feature", "artists": (), **fields}
    return [(row.post.title, row.likeness) for row in find_duplicates(now=now, **asked)]


@pytest.mark.parametrize("title", ["Beyoncé’s long night", "BEYONCE'S LONG NIGHT"])
def test_a_title_in_other_capitals_and_accents_is_the_same(make_post, now, title: str) -> None:
    make_post("Beyoncé's Long Night")
    assert found(now, title=title) == [("Beyoncé's Long Night", Likeness.TITLE)]


def test_a_title_with_a_wrong_letter_is_nearly_the_same(make_post, now) -> None:
    make_post("A long night with Beyoncé")
    asked = found(now, title="A lonk night wiht Beyoncé")
    assert asked == [("A long night with Beyoncé", Likeness.NEAR_TITLE)]


def test_another_title_is_no_duplicate(make_post, now) -> None:
    make_post("A long night with Beyoncé", cta_url="https://listen.example.org/1")
    assert found(now, title="A short day with Sault", cta_url="https://listen.example.org/2") == []


def test_the_same_deep_link_is_found(make_post, now) -> None:
    make_post("First", cta_url="https://listen.example.org/7")
    assert found(now, cta_url=" https://listen.example.org/7 ") == [("First", Likeness.LINK)]


def test_the_same_artist_and_kind_within_two_weeks_is_found(make_post, make_artist, now) -> None:
    nina = make_artist("Nina")
    make_post("Recent", artists=[nina], kind="tour", created_at=now - timedelta(days=13))
    make_post("Older", artists=[nina], kind="tour", created_at=now - timedelta(days=15))
    make_post("Other kind", artists=[nina], kind="release", created_at=now)
    asked = found(now, kind="tour", artists=[nina.pk])
    assert asked == [("Recent", Likeness.SUBJECT)]


def test_archived_posts_are_no_duplicates(make_post, now) -> None:
    make_post("Gone", state="archived")
    assert found(now, title="Gone") == []


def test_looking_takes_a_number_of_queries_that_does_not_grow(
    make_post, make_artist, now, django_assert_max_num_queries
) -> None:
    nina = make_artist("Nina")
    for number in range(20):
        make_post(f"A long night, part {number}", artists=[nina], created_at=now)
    with django_assert_max_num_queries(6):
        found(now, title="A long night, part 3", artists=[nina.pk], cta_url="https://x.example/")


def test_the_folded_title_follows_the_title(editor: User) -> None:
    post = write_post(actor=editor, fields={"title": "Hé & ho"})
    assert Post.objects.get().title_key == "heandho"
    write_post(actor=editor, fields={"title": "Ho"}, post=post)
    assert Post.objects.get().title_key == "ho"
