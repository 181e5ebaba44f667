"""What all admin classes of the console share."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property

from hub.console.steps import StepsMixin
from hub.console.typed import ModelAdmin

# a list shows this many rows at most; a filter or a search narrows what is further down
LONGEST_LIST = 10_000


class CappedPaginator(Paginator[Any]):
    """Count no further than a person would page, so that a million rows cost no full count."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, models.QuerySet):
            return rows.order_by()[: LONGEST_LIST + 1].count()
        return len(rows)


class ConsoleAdmin(StepsMixin, ModelAdmin):
    """A list that stays quick, a page with the steps of its row, and no deleting by hand."""

    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    warn_unsaved_form = True
    change_form_outer_before_template = "console/steps.html"

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the audit entries, which the actions write."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the audit entries, which the actions write."""


class ReadOnlyAdmin(ConsoleAdmin):
    """Rows that only actions write."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
