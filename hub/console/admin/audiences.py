"""Audiences: what a channel's people want to see."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hub.console.admin.base import ConsoleAdmin
from hub.console.people import acting
from hub.console.saving import SavesByAction
from hub.console.targeting.answers import answer_view, context_of
from hub.console.targeting.editing import check_view, complete_view, vocabulary_of
from hub.console.targeting.fields import ExpressionWidget
from hub.console.typed import display
from hub.people.scope import sees_whole_house, visible
from spokes.audiences.actions import save_audience
from spokes.audiences.exceptions import AudienceInUse, AudienceNameRefused
from spokes.audiences.forms import AudienceForm
from spokes.audiences.models import Audience
from spokes.channels.models import Channel, Spoke

LIST = "audiences_audience_changelist"
# of the places of one audience, in the list
SHOWN_PLACES = 3


@admin.register(Audience)
class AudienceAdmin(SavesByAction, ConsoleAdmin):
    form = AudienceForm
    change_form_template = "console/audiences/form.html"
    add_form_template = "console/audiences/form.html"
    when_empty = _(
        "No audiences yet. Without one, a spoke takes its genre and the genres below it, "
        "and the hub takes every post."
    )
    refusal_fields = {AudienceNameRefused: "name"}
    list_display = ["name", "expression", "used", "note"]
    search_fields = ["name", "expression"]
    fields = ["name", "expression", "note"]

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        own = [
            path("check/", guard(self._asked(check_view)), name="audiences_audience_check"),
            path(
                "complete/", guard(self._asked(complete_view)), name="audiences_audience_complete"
            ),
            path("answer/", guard(self._asked(answer_view)), name="audiences_audience_answer"),
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Audience]:
        """Read with the list the places that the person sees, where an audience decides."""
        rows = super().get_queryset(request)
        if request.resolver_match is None or request.resolver_match.url_name != LIST:
            return rows
        places = [
            Prefetch(name, queryset=visible(request.user, there), to_attr=f"{name}_seen")
            for name, there in (
                ("spokes", Spoke.objects.all()),
                ("channels", Channel.objects.all()),
            )
        ]
        return rows.prefetch_related(*places)

    @display(description=_("Where it is used"))
    def used(self, audience: Audience) -> str:
        names = [str(place) for place in (*audience.spokes_seen, *audience.channels_seen)]  # type: ignore[attr-defined]  # get_queryset adds them
        rest = len(names) - SHOWN_PLACES
        if rest > 1:
            more = gettext("%(number)d more") % {"number": rest}
            names = [*names[:SHOWN_PLACES], more]
        return ", ".join(names) or gettext("nowhere yet")

    def _asked(self, view: Any) -> Any:
        """Answer those who write audiences."""

        def asked(request: HttpRequest) -> HttpResponse:
            if not (self.has_add_permission(request) or self.has_change_permission(request)):
                raise PermissionDenied
            answer: HttpResponse = view(request)
            return answer

        return asked

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "expression":
            field.widget = ExpressionWidget()
        return field

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        known = vocabulary_of(acting(request), obj)
        if issubclass(form, AudienceForm):
            form.vocabulary = known
            form.seen = visible(acting(request), Audience.objects.all())
        field = form.base_fields.get("expression")
        if field is not None:
            if isinstance(field.widget, ExpressionWidget):
                field.widget.vocabulary = known
            # examples stand in the field's own help
            field.help_text = _("Ctrl+Space offers what can stand at the cursor.")
            field.widget.attrs["data-audience"] = obj.pk if obj else ""
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context.update(context_of(request, context.get("original"), context["adminform"].form))
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead on to where it is put to use: by itself an audience decides nothing."""
        if request.POST.keys() & {"_addanother", "_continue", "_popup"}:
            return super().response_add(request, obj, post_url_continue)
        messages.success(
            request, gettext("Saved. It decides nothing until a spoke or a channel goes by it.")
        )
        page = reverse("admin:audiences_audience_change", args=[obj.pk])
        return HttpResponseRedirect(f"{page}#used-title")

    def write(self, *, actor: User, row: Any, form: Any, formsets: Any) -> Audience:
        try:
            return save_audience(**form.cleaned_data, audience=row, actor=actor)
        except AudienceInUse:
            if sees_whole_house(actor):
                raise
            words = _("Another audience asks for this one, and could not be read any more.")
            raise AudienceInUse(str(words)) from None
