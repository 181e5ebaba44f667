"""Filters of the audit log that its indexes answer."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from content.audit.models import AuditEntry
from hub.people.scope import visible

Choices = list[tuple[Any, str]]


def known_codes(request: HttpRequest) -> list[str]:
    """List the codes that ever came up, from the index alone."""
    return sorted(name for key, name, _full in _offered(request) if key == 0)


def known_people(request: HttpRequest) -> list[tuple[int, str]]:
    """List the people of the newsroom whom the person sees, with their names."""
    people = [(key, name, full) for key, name, full in _offered(request) if key]
    people.sort(key=lambda person: person[1])
    return [(key, full.strip() or name) for key, name, full in people]


def _offered(request: HttpRequest) -> list[tuple[int, str, str]]:
    """Read what the filters offer in one query, once a request: codes have no key."""
    known: list[tuple[int, str, str]] | None = getattr(request, "audit_offered", None)
    if known is None:
        named = (Value(0), F("code"), Value("", output_field=CharField()))
        codes = AuditEntry.objects.order_by().values_list(*named).distinct()
        full = Concat("first_name", Value(" "), "last_name", output_field=CharField())
        people = visible(request.user, User.objects.filter(is_staff=True)).order_by()
        known = list(codes.union(people.values_list("pk", "username", full), all=True))
        request.audit_offered = known  # type: ignore[attr-defined]  # kept for this request only
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
