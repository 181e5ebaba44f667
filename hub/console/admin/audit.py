"""The audit log: who did what, to what, and what changed; to read, to filter, to take along."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.views import ChangeList as UnfoldChangeList

from content.audit.actions import record
from content.audit.models import AuditEntry
from hub.console.admin.base import CappedPaginator, ReadOnlyAdmin
from hub.console.audit_filters import KindFilter, SubjectFilter
from hub.console.audit_subjects import name_subjects
from hub.console.filters import ActorFilter, DeedFilter
from hub.console.moments import moment
from hub.console.people import acting, full_name
from hub.console.templatetags.console import changes, deed
from hub.console.typed import display
from hub.people.preferences import zone
from hub.people.redaction import redacted

EXPORT = "audit.export_auditentry"
COLUMNS = ("at", "who", "code", "subject_type", "subject_id", "summary", "before", "after")
# rows read from the database at once: the memory that an export takes
CHUNK = 1_000


class Echo:
    """A file that gives back what is written to it, for csv to write into a stream."""

    def write(self, line: str) -> str:
        return line


def as_row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "who": entry.actor.get_username() if entry.actor else "",
        "code": entry.code,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "summary": entry.summary,
        "before": entry.before,
        "after": entry.after,
    }


def csv_lines(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([_cell(row[name]) for name in COLUMNS])


def json_lines(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=str) + "\n"


def _cell(value: Any) -> str:
    """Write a cell that no spreadsheet takes for a formula."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


FORMS = {
    "csv": (csv_lines, "text/csv; charset=utf-8"),
    "jsonl": (json_lines, "application/jsonl; charset=utf-8"),
}


def as_read(request: HttpRequest, entries: Iterable[AuditEntry]) -> Iterator[Any]:
    """Give the entries as the person may read them, in the zone that she chose, with names."""
    chosen = zone(request)
    for entry in name_subjects(request.user, entries):
        entry.shown_in = chosen  # type: ignore[attr-defined]  # read by the column alone
        yield entry


class RedactedList(UnfoldChangeList):
    """The log as the person may read it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(as_read(request, self.result_list))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    paginator = CappedPaginator
    list_after_template = "console/audit_exports.html"
    list_display = ["when", "who", "deed", "about", "said", "what_changed"]
    list_filter = [KindFilter, DeedFilter, ActorFilter, SubjectFilter, ("at", RangeDateTimeFilter)]
    list_select_related = ["actor"]
    search_fields = ["summary"]
    ordering = ["-at", "-id"]
    fields = ["when", "who", "deed", "about", "summary", "what_changed"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RedactedList

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> AuditEntry | None:
        entry: AuditEntry | None = super().get_object(request, object_id, from_field)
        return next(as_read(request, [entry])) if entry else None

    def get_urls(self) -> list[URLPattern]:
        export = path(
            "export/<slug:form>/",
            self.admin_site.admin_view(require_GET(self.export_view)),
            name="audit_auditentry_export",
        )
        return [export, *super().get_urls()]

    def export_view(self, request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
        """Stream the rows that the list's filters leave, however many there are."""
        actor = acting(request)
        if not (actor.has_perm(EXPORT) and self.has_view_permission(request)):
            raise PermissionDenied
        if form not in FORMS:
            raise Http404
        lines, kind = FORMS[form]
        rows = self.get_changelist_instance(request).get_queryset(request)
        asked = request.GET.urlencode()[:200]
        record(code="audit.exported", subject=actor, actor=actor, after={"as": form, "of": asked})
        found = redacted(actor, rows.select_related("actor").iterator(chunk_size=CHUNK))
        answer = StreamingHttpResponse(lines(as_row(entry) for entry in found), content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="audit.{form}"'
        return answer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        exports = []
        if request.user.has_perm(EXPORT):
            exports = [
                (label, reverse("admin:audit_auditentry_export", args=[form]))
                for form, label in (("csv", "CSV"), ("jsonl", "JSON Lines"))
            ]
        shown = {"exports": exports, "asked": request.GET.urlencode()}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    @display(description=_("When"), ordering="at")
    def when(self, entry: Any) -> str:
        return moment(entry.at, entry.shown_in)

    @display(description=_("Who"))
    def who(self, entry: AuditEntry) -> str:
        return full_name(entry.actor)

    @display(description=_("What"), ordering="code")
    def deed(self, entry: AuditEntry) -> str:
        return deed(entry)

    @display(description=_("About"))
    def about(self, entry: Any) -> SafeString | str:
        said: SafeString | str = entry.about
        return said

    @display(description=_("Summary"))
    def said(self, entry: Any) -> str:
        """Leave out what stands beside it already: most entries sum up as their row's name."""
        return "" if entry.summary == entry.subject_name else entry.summary

    @display(description=_("Changes"))
    def what_changed(self, entry: AuditEntry) -> SafeString | str:
        empty = gettext("empty")
        lines = [(one.field, one.before or empty, one.after or empty) for one in changes(entry)]
        words = format_html_join("", "<p><b>{}</b>: {} → {}</p>", lines)
        # one block, for on a phone the parts of a cell stand side by side
        return format_html("<div>{}</div>", words) if lines else "–"
