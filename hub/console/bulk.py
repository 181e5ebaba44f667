"""One step for many rows: first what it would do, then row by row through the usual actions."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_stubs_ext import StrPromise

from hub.console.keys import is_key
from hub.console.lists import MOST_AT_ONCE
from hub.console.people import acting, require
from hub.console.refusals import REFUSALS, words
from hub.console.steps import NEXT, anyone, came_from
from hub.console.typed import ModelAdmin
from hub.people.scope import may_change_seen

SHOWN_SAMPLE = 10
SHOWN_FAILURES = 100

Rows = Sequence[Any]


def nothing_against(row: Any) -> str:
    return ""


def nothing_more(rows: Rows) -> str:
    return ""


def same(row: Any) -> bool:
    return True


def nothing_asked(answers: dict[str, Any]) -> dict[str, str]:
    return {}


def counted(words: StrPromise) -> Callable[[int], str]:
    """Say what was done with %(count)d rows."""
    return lambda count: words % {"count": count}


def counted_rows(words: StrPromise) -> Callable[[Rows], str]:
    """Say what a step does with %(count)d rows, whichever they are."""
    return lambda rows: words % {"count": len(rows)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class BulkStep:
    """``perform`` calls one action for one row; ``against`` says why a row can't, or nothing.

    ``effect`` says in a sentence what happens with rows that can: "This cancels 37 deliveries."
    """

    name: str
    label: Any
    permission: str
    perform: Callable[[Any, User, dict[str, Any]], object]
    effect: Callable[[Rows], str]
    done: Callable[[int], str]
    # what came of it for those with which it was done, after that
    also: Callable[[Rows], str] = nothing_more
    against: Callable[[Any], str] = nothing_against
    # beside the permission: whether this person may, with this row
    allows: Callable[[Any, User], bool] = anyone
    form: type[forms.Form] | None = None
    # what can't be taken back says so
    warning: Any = ""
    tone: str = "main"
    # the step that takes it back, for which rows, and the answers it wants
    undo: str = ""
    undoable: Callable[[Any], bool] = same
    undo_answers: Callable[[dict[str, Any]], dict[str, str]] = nothing_asked
    # in the list's choice of steps; one that only takes back is not
    listed: bool = True


@dataclasses.dataclass(frozen=True)
class Failure:
    row: Any
    url: str
    reason: str


@dataclasses.dataclass
class Preview:
    """The chosen rows, sorted into those that can and those that can't."""

    able: list[Any]
    # reason → how many rows
    unable: list[tuple[str, int]]
    # more was chosen than is done at once
    more: bool = False

    @property
    def keys(self) -> str:
        return ",".join(str(row.pk) for row in self.able)

    @property
    def sample(self) -> list[Any]:
        return self.able[:SHOWN_SAMPLE]

    @property
    def beyond(self) -> int:
        return max(0, len(self.able) - SHOWN_SAMPLE)


class BulkMixin(ModelAdmin):
    """Offer ``bulk_steps`` in the list: choose rows, see the effect, confirm, see what failed."""

    bulk_steps: tuple[BulkStep, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        own = path(
            "bulk/<slug:name>/", guard(require_POST(self.bulk_view)), name=f"{self._bulk_name()}"
        )
        return [own, *super().get_urls()]

    def _bulk_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_bulk"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the steps beside what the admin class names itself."""
        person = acting(request)
        steps: dict[str, Any] = {
            step.name: (_action(step), step.name, step.label)
            for step in self.bulk_steps
            if step.listed and person.has_perm(step.permission)
        }
        return {**super().get_actions(request), **steps}

    def preview_view(
        self, request: HttpRequest, step: BulkStep, queryset: models.QuerySet[Any]
    ) -> HttpResponse:
        """Say what would happen with the rows that were chosen; change nothing."""
        require(request, step.permission)
        preview = self._preview(request, step, queryset)
        form = step.form() if step.form else None
        return self._ask_bulk(request, step, preview, form)

    def bulk_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Do it to each row that is named, on its own; then say what came of it."""
        step = next((step for step in self.bulk_steps if step.name == name), None)
        if step is None:
            raise Http404
        actor = require(request, step.permission)
        keys = _keys(",".join(request.POST.getlist("keys")))
        if not keys:
            messages.warning(request, _("Nothing was chosen, so nothing was done."))
            return HttpResponseRedirect(self._list_back(request))
        chosen = self.get_queryset(request).filter(pk__in=keys)
        preview = self._preview(request, step, chosen)
        form = step.form(request.POST) if step.form else None
        if not preview.able or (form and not form.is_valid()):
            return self._ask_bulk(request, step, preview, form)
        answers = form.cleaned_data if form else {}
        # as they were before: a row that was taken along changes
        undoable = {row.pk for row in preview.able if step.undoable(row)}
        done, failures = self._do_each(step, preview.able, actor, answers)
        if done:
            back_again = [row for row in done if row.pk in undoable]
            messages.success(request, self._told(request, step, done, back_again, answers))
        back = self._list_back(request)
        if not failures:
            return HttpResponseRedirect(back)
        context = {
            "done": len(done),
            "failures": failures[:SHOWN_FAILURES],
            "failed": len(failures),
        }
        return self._bulk_page(request, step, "console/bulk_result.html", {**context, "back": back})

    def _do_each(
        self, step: BulkStep, rows: Rows, actor: User, answers: dict[str, Any]
    ) -> tuple[list[Any], list[Failure]]:
        done, failures = [], []
        for row in rows:
            try:
                step.perform(row, actor, answers)
            except REFUSALS as refusal:
                failures.append(Failure(row, self._row_url(row), words(refusal)))
            else:
                done.append(row)
        return done, failures

    def _told(
        self,
        request: HttpRequest,
        step: BulkStep,
        done: Rows,
        rows: Rows,
        answers: dict[str, Any],
    ) -> str:
        """Say what was done, with a button that takes it back where one can."""
        count = len(done)
        told = f"{step.done(count)} {step.also(done)}".strip()
        if not (step.undo and rows):
            return told
        context = {
            "told": told,
            "url": reverse(f"admin:{self._bulk_name()}", args=[step.undo]),
            "answers": {
                **step.undo_answers(answers),
                "keys": ",".join(str(row.pk) for row in rows),
                "question": request.POST.get("question", ""),
            },
            NEXT: came_from(request),
            # of some the step can't be taken back: the button says how many
            "number": len(rows) if len(rows) < count else None,
        }
        return render_to_string("console/undo.html", context, request)

    def _row_url(self, row: models.Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def _preview(
        self, request: HttpRequest, step: BulkStep, queryset: models.QuerySet[Any]
    ) -> Preview:
        related = self.list_select_related
        rows = queryset.select_related(*related) if isinstance(related, list | tuple) else queryset
        chosen = list(rows[: MOST_AT_ONCE + 1])
        able, reasons = [], Counter[str]()
        for row in chosen[:MOST_AT_ONCE]:
            if reason := self._against(request, step, row):
                reasons[reason] += 1
            else:
                able.append(row)
        return Preview(able, reasons.most_common(), len(chosen) > MOST_AT_ONCE)

    def _against(self, request: HttpRequest, step: BulkStep, row: models.Model) -> str:
        if not may_change_seen(request.user, row):
            return _("It belongs to a spoke that is not yours.")
        if not step.allows(row, acting(request)):
            return _("That is for somebody else to do.")
        return step.against(row)

    def _ask_bulk(
        self, request: HttpRequest, step: BulkStep, preview: Preview, form: forms.Form | None
    ) -> HttpResponse:
        unable = sum(count for _reason, count in preview.unable)
        context = {
            "preview": preview,
            "effect": step.effect(preview.able) if preview.able else "",
            "unable": unable,
            "most": MOST_AT_ONCE,
            "form": form,
            "media": form.media if form else "",
            "action_url": reverse(f"admin:{self._bulk_name()}", args=[step.name]),
            "back": self._list_back(request),
            "question": request.GET.urlencode() or request.POST.get("question", ""),
        }
        return self._bulk_page(request, step, "console/bulk.html", context)

    def _list_back(self, request: HttpRequest) -> str:
        """Lead to the page that the rows were chosen on: the list, with its filters, or another."""
        if page := came_from(request):
            return page
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        question = request.GET.urlencode() or request.POST.get("question", "")
        return f"{address}?{question}" if question else address

    def _bulk_page(
        self, request: HttpRequest, step: BulkStep, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": step.label,
            "subtitle": str(self.opts.verbose_name_plural),
            NEXT: came_from(request),
            "step": step,
        }
        return TemplateResponse(request, template, {**shared, **context})


def _action(step: BulkStep) -> Callable[..., HttpResponse]:
    """Make what Django's list calls with the rows that were ticked."""

    def show(
        console: BulkMixin, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> HttpResponse:
        return console.preview_view(request, step, queryset)

    return show


def _keys(text: str) -> list[int]:
    return [int(key) for key in text.split(",")[:MOST_AT_ONCE] if is_key(key)]
