"""The pages of targeting on a spoke and on a channel: what a change would move, reasons, taste."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hub.console.people import acting
from hub.console.steps import Button, StepsMixin
from hub.console.targeting.answers import late_posts
from hub.console.targeting.asked import ask
from hub.console.targeting.profiles import profile_view
from hub.console.targeting.reasons import reasons_view
from hub.console.targeting.whatif import if_changed
from hub.people.scope import visible
from spokes.audiences.models import Audience
from spokes.channels.models import Channel, Spoke

# what of a spoke and of a channel routing looks at, and a form may change
ROUTED_BY = {Spoke: ("audience", "rolls_up", "genre_floor"), Channel: ("audience", "fit_floor")}


class TargetingPages(StepsMixin):
    """Give the page of a spoke or a channel its what-if, its reasons and its people's taste."""

    change_form_after_template = "console/audiences/change_whatif.html"

    class Media:
        css = {"all": ["console/audience.css"]}
        js = ["console/audience-answer.js", "console/audience-slider.js"]

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view

        def page(address: str, view: Any, name: str) -> URLPattern:
            made: URLPattern = path(
                f"<path:object_id>/{address}/", guard(view), name=f"{self._address()}_{name}"
            )
            return made

        return [
            page("whatif", require_POST(self.whatif_view), "whatif"),
            page("profile", require_http_methods(["GET", "POST"])(self.profile_view), "profile"),
            page("reasons", require_GET(self.reasons_view), "reasons"),
            *super().get_urls(),
        ]

    def buttons(self, request: HttpRequest, row: Any) -> list[Button]:
        reasons = reverse(f"admin:{self._address()}_reasons", args=[row.pk])
        profile = reverse(f"admin:{self._address()}_profile", args=[row.pk])
        return [
            *super().buttons(request, row),
            Button(_("Why here, and why not"), reasons, leads=True),
            Button(_("What its people listen to"), profile, leads=True),
        ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        chosen = _chosen(request) if obj else None
        return _beginning_with(form, chosen) if chosen else form

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show at once what would come of the audience with which the page was opened."""
        row, chosen, shown = self.get_object(request, object_id), _chosen(request), {}
        if row is not None and chosen and self.has_change_permission(request, row):
            user = acting(request)
            fields = {"audience": chosen}
            shown = {"chosen": chosen, "whatif": if_changed(user, row, fields, late_posts(user))}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def whatif_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what the form as it stands would move; nothing is saved."""
        row = self._seen(request, object_id)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        fields, wrong = self._asked(request, row)
        context: dict[str, Any] = {"wrong": wrong, "whatif": None}
        if fields and not wrong:
            user = acting(request)
            context["whatif"] = if_changed(user, row, fields, late_posts(user))
        if request.headers.get("X-Requested-With") == "fetch":
            return TemplateResponse(request, "console/audiences/change_answer.html", context)
        context |= {"title": _("%(place)s: what would change") % {"place": row}}
        page = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, "console/audiences/change_page.html", page)

    def profile_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._seen(request, object_id)
        may_change = self.has_change_permission(request, row)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        return profile_view(request, row, self.admin_site, may_change=may_change)

    def reasons_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._seen(request, object_id)
        channel = row if isinstance(row, Channel) else _first_channel(request, row)
        if channel is None:
            messages.warning(
                request, _("This spoke has no channel yet, so nothing can reach it. Add one first.")
            )
            return HttpResponseRedirect(reverse("admin:channels_spoke_change", args=[row.pk]))
        asked = ask(acting(request), channel, request.GET.get("q", ""))
        return reasons_view(request, channel, self.admin_site, {"asked": asked})

    def _asked(self, request: HttpRequest, row: Any) -> tuple[dict[str, Any], list[str]]:
        """Read what differs from the row, of what the form has; the faults of other fields wait."""
        kind = self.get_form(request, row, change=True)
        form = kind(request.POST, instance=type(row)._default_manager.get(pk=row.pk))
        form.is_valid()
        # the form of the floor alone has that one field; a box that is not ticked is not sent
        whole = "name" in request.POST
        names = [name for name in ROUTED_BY[type(row)] if whole or name in request.POST]
        wrong = [str(error) for name in names for error in form.errors.get(name, [])]
        given = {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}
        now = type(row)._default_manager.get(pk=row.pk)
        return {name: told for name, told in given.items() if told != getattr(now, name)}, wrong

    def _seen(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return row


def _chosen(request: HttpRequest) -> Audience | None:
    """Find the audience that a link to the page asks to try, if the person sees it."""
    key = request.GET.get("audience", "") if request.method == "GET" else ""
    if not key.isdecimal() or len(key) > 18:
        return None
    found: Audience | None = visible(acting(request), Audience.objects.all()).filter(pk=key).first()
    return found


def _beginning_with(form: Any, audience: Audience) -> Any:
    class Chosen(form):  # type: ignore[misc]  # a base that is only known when it runs
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "audience": audience.pk}
            super().__init__(*args, **kwargs)

    return Chosen


def _first_channel(request: HttpRequest, spoke: Spoke) -> Channel | None:
    """Take the spoke's site, or else whatever it has."""
    channels = visible(acting(request), Channel.objects.filter(spoke=spoke))
    return min(
        channels, key=lambda channel: (channel.network != "site", channel.name), default=None
    )
