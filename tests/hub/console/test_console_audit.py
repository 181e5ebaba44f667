"""The audit log is filtered by what its indexes know, and taken along as it is filtered."""

from __future__ import annotations

import csv
import io
import json

from django.http import StreamingHttpResponse
from django.urls import reverse

from content.audit.actions import record
from content.audit.models import AuditEntry
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
