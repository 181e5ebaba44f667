"""Views of a list that people keep under a name, as tabs above it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hub.console.keys import is_key
from hub.console.models import SavedView
from hub.console.people import acting
from hub.console.typed import ModelAdmin
from hub.console.view_actions import (
    LONGEST_QUERY,
    ViewRefused,
    delete_view,
    make_default,
    rename_view,
    save_view,
)

# says "everything": a list without any question in its address opens one's default
EVERYTHING = "?q="
# what stands in an address, but is no part of a view
NO_PART = ("p", "all", "_popup", "_to_field", "_changelist_filters", "e")

# views that everyone has from the beginning, by the list's name
BUILT_IN: dict[str, tuple[tuple[Any, str], ...]] = {
    "editorial_post": (
        (gettext_lazy("In review"), "state__exact=in_review"),
        (gettext_lazy("Drafts"), "state__exact=draft"),
        (gettext_lazy("Approved"), "state__exact=approved"),
    ),
    "delivery_delivery": (
        (gettext_lazy("In trouble"), "needs=person"),
        (gettext_lazy("Due now"), "when=due"),
        (gettext_lazy("Next 24 hours"), "when=day"),
        (gettext_lazy("Last 24 hours"), "when=past"),
    ),
}


@dataclasses.dataclass(frozen=True)
class Tab:
    name: Any
    url: str
    active: bool
    # None for one that everyone has
    view: SavedView | None = None
    own: bool = False


@dataclasses.dataclass(frozen=True)
class ViewsBar:
    tabs: list[Tab]
    # the view of one's own that is open
    open_view: SavedView | None
    # what "save" would keep; empty when there is nothing to keep
    query: str
    urls: dict[str, str]


class SavedViewsMixin(ModelAdmin):
    """Tabs above the list, and what can be done with them."""

    list_before_template = "console/views_bar.html"

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        own = [
            path(
                f"views/{name}/",
                guard(require_POST(self._for_readers(getattr(self, f"{name}_view_view")))),
                name=f"{self._list_name()}_view_{name}",
            )
            for name in ("save", "rename", "delete", "default")
        ]
        return [*own, *super().get_urls()]

    def _for_readers(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Let only those keep views of a list who may see the list."""

        def guarded(request: HttpRequest) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request)

        return guarded

    def _list_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _list_url(self) -> str:
        return reverse(f"admin:{self._list_name()}_changelist")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        views = _views_of(request, self._list_name())
        default = next((view for view in views if view.is_default and _owns(request, view)), None)
        if default and default.query and request.method == "GET" and not request.GET:
            return HttpResponseRedirect(f"?{default.query}")
        shown = {"views_bar": self._bar(request, views)}
        response: HttpResponse = super().changelist_view(
            request, {**shown, **(extra_context or {})}
        )
        return response

    def _bar(self, request: HttpRequest, views: list[SavedView]) -> ViewsBar:
        query = _query_of(request.GET)
        built_in = [
            Tab(name, f"?{kept}", query == _query_of(QueryDict(kept)))
            for name, kept in BUILT_IN.get(self._list_name(), ())
        ]
        kept = [
            Tab(view.name, f"?{view.query}", query == view.query, view, _owns(request, view))
            for view in views
        ]
        tabs = [Tab(_("Everything"), EVERYTHING, not query), *built_in, *kept]
        urls = {
            name: reverse(f"admin:{self._list_name()}_view_{name}")
            for name in ("save", "rename", "delete", "default")
        }
        opened = next((tab.view for tab in tabs if tab.active and tab.own), None)
        known = any(tab.active for tab in tabs)
        return ViewsBar(tabs, opened, "" if known else query, urls)

    def save_view_view(self, request: HttpRequest) -> HttpResponse:
        query = _query_of(QueryDict(request.POST.get("query", "")[: LONGEST_QUERY + 1]))
        try:
            save_view(
                owner=acting(request),
                page=self._list_name(),
                name=request.POST.get("name", ""),
                query=query,
                shared="shared" in request.POST,
            )
        except ViewRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Kept. It stands above the list from now on."))
        return self._back_to(query)

    def rename_view_view(self, request: HttpRequest) -> HttpResponse:
        view = self._own_view(request)
        try:
            rename_view(
                view=view,
                name=request.POST.get("name", ""),
                shared="shared" in request.POST,
                actor=acting(request),
            )
        except ViewRefused as refusal:
            messages.error(request, str(refusal))
        return self._back_to(view.query)

    def delete_view_view(self, request: HttpRequest) -> HttpResponse:
        view = self._own_view(request)
        delete_view(view=view, actor=acting(request))
        messages.success(
            request, _("“%(name)s” is gone. The list itself is as it was.") % {"name": view}
        )
        return self._back_to("")

    def default_view_view(self, request: HttpRequest) -> HttpResponse:
        view = self._own_view(request)
        make_default(view=view, default="default" in request.POST)
        return self._back_to(view.query)

    def _own_view(self, request: HttpRequest) -> SavedView:
        mine = SavedView.objects.filter(owner=acting(request), page=self._list_name())
        key = request.POST.get("view", "")
        return get_object_or_404(mine, pk=key if is_key(key) else 0)

    def _back_to(self, query: str) -> HttpResponse:
        return HttpResponseRedirect(f"{self._list_url()}?{query}" if query else self._list_url())


def _owns(request: HttpRequest, view: SavedView) -> bool:
    return bool(view.owner_id == request.user.pk)


def _views_of(request: HttpRequest, page: str) -> list[SavedView]:
    shown = SavedView.objects.shown_to(acting(request)).filter(page=page)
    return list(shown.select_related("owner"))


def _query_of(asked: QueryDict) -> str:
    """Write what an address asks for in one order, so that the same question is the same text."""
    kept = QueryDict(mutable=True)
    for name in sorted(asked):
        values = [value for value in asked.getlist(name) if value]
        if name not in NO_PART and values:
            kept.setlist(name, values)
    return kept.urlencode()
