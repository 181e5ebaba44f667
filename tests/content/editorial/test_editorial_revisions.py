"""What is kept of a post after each save, and how an old state comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User

from content.audit.models import AuditEntry
from content.editorial.actions import merge_tags, restore_revision, write_post
from content.editorial.exceptions import PostChanged, PostLocked
from content.editorial.models import Post, PostRevision
from content.editorial.revisions import differing_fields, fields_of


@pytest.fixture
def everything(make_genre, make_artist, make_tag) -> dict[str, object]:
    jazz = make_genre("Jazz")
    return {
        "title": "Blue Hour",
        "kind": "tour",
        "teaser": "A quiet record.",
        "body": "It begins **slowly**.",
        "artists": [make_artist("Nina", jazz)],
        "genres": [jazz],
        "tags": [make_tag("UK garage")],
        "markets": ["GB", "IE"],
        "variants": [{"target": "network:site", "title": "On the site"}],
        "cta_url": "https://listen.example.org/7",
        "lang": "pt-BR",
        "explicit": True,
        "happens_on": date(2026, 12, 1),
        "embargo_until": datetime(2026, 11, 30, 8, 0, tzinfo=UTC),
    }


def contents(post: Post) -> list[dict[str, object]]:
    return [row.content for row in post.revisions.order_by("number")]


def test_the_first_save_is_kept(editor: User, everything) -> None:
    post = write_post(actor=editor, fields=everything)
    kept = PostRevision.objects.get()
    assert (kept.number, kept.saved_by, kept.saved_at) == (1, editor, post.created_at)
    assert kept.content["title"] == "Blue Hour"
    assert kept.content["tracks"] == []
    assert kept.content["happens_on"] == "2026-12-01"
    assert kept.content["artists"] == [["Nina", post.artists.get().pk]]


def test_every_change_is_kept_whole(editor: User, everything) -> None:
    post = write_post(actor=editor, fields=everything)
    write_post(actor=editor, fields={"title": "Other"}, post=post)
    first, second = contents(post)
    assert differing_fields(first, second) == ["title"]
    assert second["markets"] == ["GB", "IE"]


def test_saving_without_a_change_keeps_nothing(editor: User, everything) -> None:
    post = write_post(actor=editor, fields=everything)
    write_post(actor=editor, fields={"title": "Blue Hour"}, post=post)
    assert post.revisions.count() == 1


def test_what_a_post_held_before_anything_was_kept_is_kept_at_its_next_change(
    editor: User, make_post
) -> None:
    post = make_post("Old words", state="draft", revision=4)
    write_post(actor=editor, fields={"title": "New words"}, post=post)
    old, new = post.revisions.order_by("number")
    assert (old.number, old.content["title"], old.saved_by) == (4, "Old words", None)
    assert (new.number, new.content["title"], new.saved_by) == (5, "New words", editor)


def test_an_old_revision_comes_back_with_all_its_fields(editor: User, everything) -> None:
    post = write_post(actor=editor, fields=everything)
    emptied = {name: [] for name in ("artists", "genres", "tags", "markets", "variants")}
    changed = {**emptied, "title": "Other", "explicit": False, "happens_on": None}
    write_post(actor=editor, fields={**changed, "embargo_until": None, "body": ""}, post=post)
    gone = restore_revision(post=post, number=1, actor=editor)
    first, _, third = contents(post)
    assert gone == []
    assert differing_fields(first, third) == []
    assert (post.revision, post.body_html) == (3, "<p>It begins <strong>slowly</strong>.</p>\n")


def test_bringing_back_is_told_in_the_history(editor: User, everything) -> None:
    post = write_post(actor=editor, fields=everything)
    write_post(actor=editor, fields={"title": "Other"}, post=post)
    restore_revision(post=post, number=1, actor=editor)
    entry = AuditEntry.objects.about(post).newest_first()[0]
    assert (entry.code, entry.summary) == ("post.changed", "Revision 1 brought back.")


def test_rows_that_are_gone_are_named_and_left_out(
    editor: User, everything, make_tag, make_artist
) -> None:
    post = write_post(actor=editor, fields=everything)
    write_post(actor=editor, fields={"title": "Other", "artists": []}, post=post)
    merge_tags(tag=make_tag("UK garage"), into=make_tag("Club"))
    everything["artists"][0].delete()
    assert restore_revision(post=post, number=1, actor=editor) == ["Nina", "UK garage"]
    assert not post.artists.exists()


def test_a_locked_post_stays_as_it_is(editor: User, everything, now) -> None:
    post = write_post(actor=editor, fields=everything)
    write_post(actor=editor, fields={"title": "Other"}, post=post)
    Post.objects.update(locked_at=now)
    with pytest.raises(PostLocked):
        restore_revision(post=post, number=1, actor=editor)


def test_nothing_is_brought_back_over_a_change_that_was_not_seen(editor: User, everything) -> None:
    post = write_post(actor=editor, fields=everything)
    write_post(actor=editor, fields={"title": "Other"}, post=post)
    with pytest.raises(PostChanged):
        restore_revision(post=post, number=1, actor=editor, expected_revision=1)


def test_a_refused_change_keeps_no_revision(editor: User, everything) -> None:
    post = write_post(actor=editor, fields=everything)
    with pytest.raises(PostChanged):
        write_post(actor=editor, fields={"title": "Late"}, post=post, expected_revision=9)
    assert post.revisions.count() == 1


def test_a_revision_of_before_priorities_held_the_usual_one():
    assert differing_fields({"title": "A"}, {"title": "A", "priority": 3}) == []
    assert differing_fields({"title": "A"}, {"title": "A", "priority": 5}) == ["priority"]
    assert fields_of({"title": "A"}).fields["priority"] == 3
