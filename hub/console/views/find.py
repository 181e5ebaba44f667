"""The search over all: on a page of its own, or (asked by its dialog) the results alone."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hub.console.find import find


@require_GET
def find_view(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    context = {"text": text, "groups": find(request, text)}
    if request.headers.get("X-Requested-With") == "fetch":
        return TemplateResponse(request, "console/find_results.html", context)
    page = {**admin.site.each_context(request), "title": _("Search"), **context}
    return TemplateResponse(request, "console/find.html", page)
