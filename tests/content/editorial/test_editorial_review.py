from __future__ import annotations

from datetime import timedelta

import pytest

from content.editorial.actions import (
    approve_post,
    archive_post,
    lock_post,
    missing_for_approval,
    return_post,
    revive_post,
    submit_post,
    unlock_posts,
    write_post,
)
from content.editorial.exceptions import (
    FourEyesRefused,
    PostChanged,
    PostInvalid,
    PostLocked,
    TransitionRefused,
)
from content.editorial.history import history_of
from content.editorial.models import POST_TRANSITIONS, Post, PostState
from content.media.models import Asset


@pytest.fixture
def submitted(editor, now) -> Post:
    fields = {"title": "A night out", "teaser": "It was.", "cta_url": "https://l.example.org/1"}
    return submit_post(post=write_post(actor=editor, fields=fields, now=now), actor=editor, now=now)


def test_a_post_goes_from_draft_over_review_to_approved(editor, approver, submitted, now) -> None:
    assert (submitted.state, submitted.submitted_by) == (PostState.IN_REVIEW, editor)
    approved = approve_post(post=submitted, actor=approver, now=now)
    assert (approved.state, approved.approved_by, approved.approved_at) == (
        PostState.APPROVED,
        approver,
        now,
    )
    assert [entry.code for entry in history_of(approved)] == [
        "post.approved",
        "post.submitted",
        "post.written",
    ]


def test_the_author_can_not_approve_even_as_superuser(manager) -> None:
    fields = {"title": "Mine", "teaser": "All mine.", "cta_url": "https://l.example.org/1"}
    post = submit_post(post=write_post(actor=manager, fields=fields), actor=manager)
    with pytest.raises(FourEyesRefused, match="You wrote “Mine”; someone else"):
        approve_post(post=post, actor=manager)


def test_the_submitter_can_not_approve(editor, approver) -> None:
    post = write_post(actor=editor, fields={"title": "Sent in"})
    submit_post(post=post, actor=approver)
    with pytest.raises(FourEyesRefused, match="last hand"):
        approve_post(post=post, actor=approver)


def test_in_a_house_of_one_the_author_approves(settings, manager) -> None:
    settings.FOUR_EYES = False
    fields = {"title": "Mine", "teaser": "All mine.", "cta_url": "https://l.example.org/1"}
    post = submit_post(post=write_post(actor=manager, fields=fields), actor=manager)
    assert list(Post.objects.waiting_for(manager)) == [post]
    assert approve_post(post=post, actor=manager).approved_by == manager


def test_who_changes_a_post_in_review_can_not_approve_it(approver, manager, submitted) -> None:
    write_post(actor=approver, post=submitted, fields={"teaser": "It was not."})
    assert submitted.state == PostState.IN_REVIEW
    with pytest.raises(FourEyesRefused):
        approve_post(post=submitted, actor=approver)
    assert approve_post(post=submitted, actor=manager).approved_by == manager


def test_an_approval_is_for_the_revision_that_was_read(editor, approver, submitted) -> None:
    write_post(actor=editor, post=submitted, fields={"teaser": "Now worse."})
    with pytest.raises(PostChanged):
        approve_post(post=submitted, actor=approver, expected_revision=1)
    submitted.refresh_from_db()
    assert submitted.state == PostState.IN_REVIEW


def test_approval_says_all_that_is_missing(editor, approver) -> None:
    post = submit_post(post=write_post(actor=editor, fields={"title": "Bare"}), actor=editor)
    with pytest.raises(PostInvalid) as caught:
        approve_post(post=post, actor=approver)
    assert set(caught.value.errors) == {"teaser", "cta_url"}


def test_a_picture_without_words_is_missing_something(make_post) -> None:
    post = make_post("Pictured", state="in_review")
    post.hero = Asset(title="Untold")
    assert set(missing_for_approval(post)) == {"hero"}


def test_of_two_people_acting_on_one_review_the_second_is_told(
    approver, manager, submitted
) -> None:
    copy = Post.objects.get(pk=submitted.pk)
    approve_post(post=submitted, actor=approver)
    with pytest.raises(TransitionRefused, match="is approved"):
        approve_post(post=copy, actor=manager)
    submitted.refresh_from_db()
    assert submitted.approved_by == approver


def test_a_returned_post_is_a_draft_with_the_note_in_its_history(approver, submitted) -> None:
    post = return_post(post=submitted, actor=approver, note="Who is this about?")
    assert (post.state, post.submitted_by) == (PostState.DRAFT, None)
    assert history_of(post)[0].after == {"state": "draft", "note": "Who is this about?"}


def test_returning_needs_a_note(approver, submitted) -> None:
    with pytest.raises(PostInvalid) as caught:
        return_post(post=submitted, actor=approver, note=" ")
    assert set(caught.value.errors) == {"note"}


def test_an_approval_can_be_taken_back_with_a_note(approver, make_post) -> None:
    post = return_post(post=make_post(), actor=approver, note="Too soon.")
    assert (post.state, post.approved_by) == (PostState.DRAFT, None)


def test_an_archived_post_comes_back_as_a_draft(editor, make_post) -> None:
    post = make_post()
    assert archive_post(post=post, actor=editor).state == PostState.ARCHIVED
    assert revive_post(post=post, actor=editor).state == PostState.DRAFT
    assert post.approved_by is None


STEPS = {
    "submit": lambda post, actor: submit_post(post=post, actor=actor),
    "return": lambda post, actor: return_post(post=post, actor=actor, note="No."),
    "approve": lambda post, actor: approve_post(post=post, actor=actor),
    "archive": lambda post, actor: archive_post(post=post, actor=actor),
    "revive": lambda post, actor: revive_post(post=post, actor=actor),
}
ALLOWED = {
    ("submit", "draft"),
    ("return", "in_review"),
    ("return", "approved"),
    ("approve", "in_review"),
    ("archive", "draft"),
    ("archive", "in_review"),
    ("archive", "approved"),
    ("revive", "archived"),
}


@pytest.mark.parametrize("state", PostState.values)
@pytest.mark.parametrize("step", STEPS)
def test_only_the_steps_of_the_table_are_taken(step, state, manager, make_post) -> None:
    post = make_post(state=state)
    if (step, state) in ALLOWED:
        STEPS[step](post, manager)
        post.refresh_from_db()
        assert post.state in POST_TRANSITIONS[PostState(state)]
    else:
        with pytest.raises(TransitionRefused):
            STEPS[step](post, manager)
        post.refresh_from_db()
        assert post.state == state
        assert not history_of(post).exists()


def test_a_scheduled_post_is_neither_archived_nor_returned(approver, make_post, now) -> None:
    post = make_post()
    lock_post(post_id=post.pk, now=now)
    with pytest.raises(PostLocked):
        archive_post(post=post, actor=approver)
    with pytest.raises(PostLocked):
        return_post(post=post, actor=approver, note="Stop.")


def test_locking_twice_keeps_the_first_time(make_post, now) -> None:
    post = make_post()
    lock_post(post_id=post.pk, now=now)
    lock_post(post_id=post.pk, now=now + timedelta(hours=1))
    post.refresh_from_db()
    assert post.locked_at == now


def test_only_an_approved_post_is_locked(make_post, now) -> None:
    with pytest.raises(TransitionRefused, match="Only an approved post"):
        lock_post(post_id=make_post(state="draft").pk, now=now)


def test_unlocking_an_unlocked_post_does_no_harm(make_post) -> None:
    unlock_posts(post_ids=[make_post().pk])


# --- words of the queryset --------------------------------------------------------------------


def test_each_state_has_its_word(make_post) -> None:
    posts = {state: make_post(state=state) for state in PostState.values}
    assert list(Post.objects.drafts()) == [posts["draft"]]
    assert list(Post.objects.in_review()) == [posts["in_review"]]
    assert list(Post.objects.approved()) == [posts["approved"]]
    assert list(Post.objects.archived()) == [posts["archived"]]


def test_posts_wait_for_those_who_neither_wrote_nor_submitted_them(
    editor, approver, manager, make_post
) -> None:
    sent = make_post(state="in_review", submitted_by=approver)
    make_post(state="draft")
    assert list(Post.objects.waiting_for(manager)) == [sent]
    assert not Post.objects.waiting_for(editor).exists()
    assert not Post.objects.waiting_for(approver).exists()


def test_a_post_in_review_without_submitter_waits_for_others(approver, make_post) -> None:
    post = make_post(state="in_review", submitted_by=None)
    assert list(Post.objects.waiting_for(approver)) == [post]


def test_expiry_and_embargo_end_on_their_second(make_post, now) -> None:
    make_post(expires_at=now)
    living = make_post(expires_at=now + timedelta(seconds=1))
    timeless = make_post()
    assert set(Post.objects.not_expired(now)) == {living, timeless}
    make_post(embargo_until=now)
    secret = make_post(embargo_until=now + timedelta(seconds=1))
    assert list(Post.objects.embargoed(now)) == [secret]


def test_search_finds_every_word_in_title_teaser_or_artist(make_post, make_artist) -> None:
    found = make_post("Summer nights", artists=[make_artist("Sigur Rós")])
    make_post("Summer days")
    assert list(Post.objects.search("summer sigur-ros")) == [found]
    assert list(Post.objects.search("TEASER nights")) == [found]
    assert not Post.objects.search("winter\x00").exists()
    assert Post.objects.search("  ").count() == 2


def test_content_comes_in_a_fixed_number_of_queries(
    make_post, make_genre, make_tag, django_assert_num_queries
) -> None:
    for _ in range(5):
        make_post(genres=[make_genre(f"G{_}")], tags=[make_tag("UK")], markets=["GB"])
    with django_assert_num_queries(8):
        for post in Post.objects.with_content():
            assert [row.genre.name for row in post.post_genres.all()]
            assert [item.tag.name for item in post.tagged_items.all()]
            post.for_target("site")


def test_approving_takes_the_artists_genres_as_they_are_now(
    make_post, make_artist, make_genre, editor, approver
) -> None:
    jazz, soul = make_genre("Jazz"), make_genre("Soul")
    singer = make_artist("Singer", jazz)
    post = make_post(artists=[singer], state="draft")
    submit_post(post=post, actor=editor)
    singer.genres.set([soul])
    approve_post(post=post, actor=approver)
    assert [row.genre for row in post.post_genres.all()] == [soul]
