"""The audit log is filtered by what its indexes know, and taken along as it is filtered."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.audit.actions import record
from content.audit.models import AuditEntry
from content.editorial.models import Post
from hub.delivery.actions import plan_delivery
from hub.people.roles import ANALYST

LIST = "admin:audit_auditentry_changelist"


def exported(client, form: str, query: str = "") -> str:
    address = reverse("admin:audit_auditentry_export", args=[form])
    answer = client.get(f"{address}?{query}")
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(answer).decode()  # type: ignore[arg-type]


def test_the_log_is_filtered_by_kind_and_by_row(mona, make_post, editor) -> None:
    first, second = make_post(), make_post()
    record(code="post.written", subject=first, actor=editor)
    record(code="post.changed", subject=second, actor=editor)
    record(code="user.changed", subject=editor, actor=editor)

    def found(query: str) -> int:
        return int(mona.get(f"{reverse(LIST)}?{query}").context["cl"].result_count)

    assert found("kind=post") == 2
    assert found("kind=pos") == 0
    assert found(f"subject=editorial.post:{first.pk}") == 1


def test_an_export_holds_what_the_filters_leave(mona, make_post, editor) -> None:
    post = make_post("=HYPERLINK(1)")
    record(code="post.written", subject=post, actor=editor, after={"title": "New"})
    record(code="user.changed", subject=editor, actor=editor)
    rows = list(csv.DictReader(io.StringIO(exported(mona, "csv", "kind=post"))))
    assert [(row["code"], row["who"]) for row in rows] == [("post.written", "edith")]
    assert rows[0]["summary"] == "'=HYPERLINK(1)"
    line = json.loads(exported(mona, "jsonl", "kind=post"))
    assert (line["after"], line["subject_id"]) == ({"title": "New"}, str(post.pk))


def test_an_export_is_itself_in_the_log(mona, manager) -> None:
    exported(mona, "csv", "kind=post")
    entry = AuditEntry.objects.about(manager).get()
    assert (entry.code, entry.after) == ("audit.exported", {"as": "csv", "of": "kind=post"})


def test_only_those_who_may_export_do(edith, signed_in, approver, roles) -> None:
    address = reverse("admin:audit_auditentry_export", args=["csv"])
    assert edith.get(address).status_code == 403
    approver.groups.add(roles[ANALYST])
    assert signed_in(approver).get(address).status_code == 200


def test_a_member_of_a_spoke_exports_no_more_than_he_or_she_sees(
    signed_in, make_member, make_genre, make_spoke, make_post, roles
) -> None:
    jazz = make_genre("Jazz")
    person = make_member("hugo", make_spoke(make_genre("Hip Hop")))
    person.groups.add(roles[ANALYST])
    record(code="post.written", subject=make_post("Of others", genres=[jazz]), actor=None)
    assert "Of others" not in exported(signed_in(person), "csv")


def about(client, query: str = "") -> list[str]:
    """Give what stands in the column "About", the newest entry first."""
    shown = client.get(f"{reverse(LIST)}?{query}").content.decode()
    return re.findall(r"field-about[^>]*>\s*(.*?)\s*</td>", shown, re.DOTALL)


def test_an_entry_names_its_row_and_leads_to_it(mona, make_post, make_channel, editor, now) -> None:
    post, channel = make_post("Blue hour"), make_channel(name="Jazz site")
    delivery = plan_delivery(
        post=post, channel=channel, due_at=now, actor=None, by_hand=True, now=now
    )
    AuditEntry.objects.all().delete()
    record(code="delivery.cancelled", subject=delivery, actor=editor)
    record(code="post.written", subject=post, actor=editor)
    Post.objects.filter(pk=post.pk).update(title="Blue <hour>")
    of_post, of_delivery = about(mona)
    address = reverse("admin:editorial_post_change", args=[post.pk])
    assert f'href="{address}">Blue &lt;hour&gt;</a>' in of_post
    assert "Blue &lt;hour&gt; · Jazz site</a>" in of_delivery


def test_an_entry_about_a_row_that_is_gone_says_what_it_was(mona, make_genre, editor) -> None:
    genre = make_genre("Skiffle")
    record(code="genre.removed", subject=genre, actor=editor)
    key = genre.pk
    genre.delete()
    assert f"Genre {key}" in about(mona)[0]
    assert "Skiffle" in mona.get(reverse(LIST)).content.decode()


def test_a_row_that_a_person_does_not_see_is_not_named(
    make_genre, make_spoke, make_member, make_post, roles, signed_in
) -> None:
    """What one did oneself is read, but not what has become of others' rows since."""
    hugo = make_member("hugo", make_spoke(make_genre("Rock")))
    hugo.groups.add(roles["Community manager"])
    jazz = make_post("Jazz news", genres=[make_genre("Jazz")])
    record(code="post.changed", subject=jazz, actor=hugo, summary="Once his.")
    assert "Jazz news" not in about(signed_in(hugo))[0]
    assert f"Post {jazz.pk}" in about(signed_in(hugo))[0]


@pytest.mark.parametrize("who", ["superuser", "manager of one spoke"])
def test_the_log_takes_as_many_queries_for_a_page_as_for_a_row(
    who: str,
    manager,
    make_genre,
    make_spoke,
    make_channel,
    make_member,
    make_post,
    roles,
    signed_in,
) -> None:
    genre = make_genre("Rock")
    spoke = make_spoke(genre)
    person = manager
    if who != "superuser":
        person = make_member("hugo", spoke)
        person.groups.add(roles["Community manager"])
    browser = signed_in(person)
    rows = [spoke, genre, make_channel(spoke), person]
    rows += [make_post(f"News {number}", genres=[genre]) for number in range(20)]
    for row in rows:
        variants = [{"target": "channel:elsewhere", "title": "x"}]
        record(code="post.changed", subject=row, actor=None, after={"variants": variants})
    record(code="routing.pinned", subject=rows[-1], actor=None, after={"channel": rows[2].pk})
    browser.get(reverse(LIST))
    with CaptureQueriesContext(connection) as seen:
        assert len(about(browser)) == len(rows) + 1
    assert len(seen) <= 12, [one["sql"][:300] for one in seen]
