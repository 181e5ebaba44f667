"""Filters of the audit log that its indexes answer."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from content.audit.models import AuditEntry

Choices = list[tuple[Any, str]]


def known_codes(request: HttpRequest) -> list[str]:
    """List the codes that ever came up, from the index alone, once a request."""
    known: list[str] | None = getattr(request, "audit_codes", None)
    if known is None:
        codes = AuditEntry.objects.order_by("code").values_list("code", flat=True).distinct()
        known = list(codes)
        request.audit_codes = known  # type: ignore[attr-defined]  # kept for this request only
    return known


class KindFilter(DropdownFilter):
    """What the code begins with: everything about posts, about people, …"""

    title = _("about what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        kinds = sorted({code.partition(".")[0] for code in known_codes(request)})
        return [(kind, kind.replace("_", " ")) for kind in kinds]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry] | None:
        wanted = self.value()
        if not wanted:
            return None
        # a list of codes is read from their index on every database; a prefix is not
        return queryset.filter(
            code__in=[one for one in known_codes(request) if one.startswith(f"{wanted}.")]
        )


class SubjectFilter(DropdownFilter):
    """One row's entries, as links of pages ask for them: ``?subject=editorial.post:7``."""

    title = _("one row")
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        asked = request.GET.get(self.parameter_name, "")
        return [(asked, asked.partition(".")[2].replace(":", " "))] if asked else []

    def has_output(self) -> bool:
        return bool(self.used_parameters.get(self.parameter_name))

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry] | None:
        kind, _colon, key = (self.value() or "").partition(":")
        return queryset.filter(subject_type=kind, subject_id=key) if key else None
