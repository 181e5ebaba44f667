"""What all admin classes of the console share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ShowFacets
from django.db import models
from django.http import HttpRequest, HttpResponse

from content.audit.models import AuditEntry
from hub.console.bulk import BulkMixin
from hub.console.lists import CappedPaginator
from hub.console.moments import moment
from hub.console.saved_views import SavedViewsMixin
from hub.console.searching import SEARCHES
from hub.console.steps import StepsMixin
from hub.console.typed import ModelAdmin, display
from hub.people.redaction import redacted
from hub.people.scope import may_add, may_change_seen, visible

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# a row's page shows this much of its history; the audit log has the rest
SHOWN_HISTORY = 30


__all__ = ["CappedPaginator", "ConsoleAdmin", "ReadOnlyAdmin", "moment_column"]


class ConsoleAdmin(SavedViewsMixin, BulkMixin, StepsMixin, ModelAdmin):
    """A list that stays quick, a page with the steps of its row, and no deleting by hand."""

    paginator = CappedPaginator
    show_full_result_count = False
    # counting behind every choice of a filter reads the whole table
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_filter_submit = True
    warn_unsaved_form = True
    change_form_outer_before_template = "console/steps.html"
    change_form_outer_after_template = "console/history_panel.html"
    # said in a list that has no rows yet
    when_empty: StrPromise | str = ""
    # lines of a text field, where three are not enough
    rows: dict[str, int] = {}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Give the rows of the person's spokes: lists, pages, steps and searches read them here."""
        rows: models.QuerySet[Any] = visible(request.user, super().get_queryset(request))
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """Search by index where the table is long; the same for the pickers of forms."""
        search = SEARCHES.get(self.model)
        if search is None or not search_term.strip():
            return super().get_search_results(request, queryset, search_term)
        return search(queryset, search_term), False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = visible(request.user, _rows_of(db_field, kwargs))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = visible(request.user, _rows_of(db_field, kwargs))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may_add(request.user, self.model)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Allow what the groups allow, with rows of the person's spokes."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_change_seen(request.user, obj))

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(db_field, models.TextField):
            field.widget.attrs["rows"] = self.rows.get(db_field.name, 3)
        return field

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what was done to the row by itself."""
        row = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if row is not None:
            shown["history"] = list(redacted(request.user, self.history_of(row)))
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def history_of(self, row: Any) -> list[AuditEntry]:
        """List what was done to the row, the newest first."""
        entries = AuditEntry.objects.about(row).with_actor().newest_first()
        return list(entries[:SHOWN_HISTORY])

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the audit entries, which the actions write."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the audit entries, which the actions write."""


def _rows_of(db_field: Any, options: dict[str, Any]) -> models.QuerySet[Any]:
    """Give what a field may point to before it is narrowed to the person's spokes."""
    rows: models.QuerySet[Any] | None = options.get("queryset")
    return db_field.remote_field.model._default_manager.all() if rows is None else rows


def moment_column(name: str, label: StrPromise | str) -> Any:
    """Make a method of an admin class that shows a time with its zone."""

    @display(description=label, ordering=name)
    def column(console: ConsoleAdmin, row: Any) -> str:
        value = getattr(row, name)
        return moment(value) if value else "–"

    return column


class ReadOnlyAdmin(ConsoleAdmin):
    """Rows that only actions write."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
