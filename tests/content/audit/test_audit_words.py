from __future__ import annotations

from datetime import timedelta

from content.audit.actions import record
from content.audit.models import AuditEntry


def test_an_entry_names_its_subject_where_no_summary_is_given(make_post, editor) -> None:
    entry = record(code="post.seen", subject=make_post("Seen"), actor=editor)
    assert (entry.summary, entry.actor) == ("Seen", editor)


def test_a_long_summary_is_cut_to_fit(make_post) -> None:
    assert len(record(code="x", subject=make_post(), actor=None, summary="y" * 400).summary) == 300


def test_entries_are_found_by_subject_and_person_newest_first(make_post, editor, now) -> None:
    post, other = make_post(), make_post()
    first = record(code="a", subject=post, actor=editor, at=now)
    second = record(code="b", subject=post, actor=None, at=now + timedelta(seconds=1))
    record(code="c", subject=other, actor=editor, at=now)
    record(code="d", subject=editor, actor=editor, at=now)
    assert list(AuditEntry.objects.about(post).newest_first()) == [second, first]
    assert list(AuditEntry.objects.about(post).by(editor)) == [first]
    assert list(AuditEntry.objects.about(post).by(None)) == [second]


def test_people_come_with_the_entries(make_post, editor, django_assert_num_queries) -> None:
    record(code="a", subject=make_post(), actor=editor)
    with django_assert_num_queries(1):
        assert [str(entry.actor) for entry in AuditEntry.objects.with_actor()] == ["edith"]
