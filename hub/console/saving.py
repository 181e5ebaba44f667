"""The admin's forms save through the rooms' actions, and show what those refuse."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import HttpRequest, HttpResponse

from hub.console.people import acting
from hub.console.refusals import REFUSALS, errors_of
from hub.console.typed import ModelAdmin, TabularInline


class SavesByAction(ModelAdmin):
    """Hand a valid form to ``write``; what it refuses comes back beside the fields."""

    # which field an exception of the room speaks of
    refusal_fields: dict[type[Exception], str] = {}

    def write(
        self, *, actor: User, row: models.Model | None, form: forms.ModelForm[Any], formsets: Any
    ) -> models.Model:
        """Call the action and return what it wrote; ``row`` is None for a new one."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except REFUSALS as refusal:
            # the transaction is rolled back; the same form again, now with the action's words
            for name in request.FILES:
                cast("UploadedFile[Any]", request.FILES[name]).seek(0)
            setattr(request, "refused", errors_of(refusal, self.refusal_fields))  # noqa: B010  # read by get_form
            response = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        form: type[forms.ModelForm[Any]] = super().get_form(request, obj, change=change, **kwargs)
        refused = getattr(request, "refused", None)
        return _refusing(form, refused) if refused else form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Leave the row to ``save_related``, which also knows the formsets."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        row = self.model._default_manager.get(pk=form.instance.pk) if change else None
        written = self.write(actor=acting(request), row=row, form=form, formsets=formsets)
        form.instance.pk = written.pk
        form.instance._state.adding = False
        form.instance.refresh_from_db()

    def construct_change_message(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Say nothing to Django's own log: the actions write the audit entries."""
        return []


class PartOfItsRow(TabularInline):
    """Lines that the page's own ``write`` stores: who may change the row may change them."""

    extra = 0

    def _may(self, request: HttpRequest) -> bool:
        opts = self.parent_model._meta
        wanted = ("add", "change")
        return any(
            request.user.has_perm(f"{opts.app_label}.{do}_{opts.model_name}") for do in wanted
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)


def _refusing(
    form: type[forms.ModelForm[Any]], refused: dict[str | None, list[str]]
) -> type[forms.ModelForm[Any]]:
    """Make a form that carries these errors whatever is filled in."""

    def clean(self: Any) -> dict[str, Any]:
        cleaned: dict[str, Any] = form.clean(self) or self.cleaned_data
        for field, reasons in refused.items():
            known = field if field in self.fields else None
            for reason in reasons:
                self.add_error(known, reason)
        return cleaned

    return type(form.__name__, (form,), {"clean": clean})
