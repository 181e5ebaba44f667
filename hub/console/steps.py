"""A step is one thing a person can do with one row: a button, maybe a question, an action."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from hub.console.people import acting, require
from hub.console.refusals import REFUSALS, words
from hub.console.typed import ModelAdmin
from hub.people.scope import may_change_seen

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# where the person came from, and the revision of the row that they saw there
NEXT = "next"
SEEN = "seen"


Perform = Callable[[Any, User, dict[str, Any]], str]


def does(
    action: Callable[..., object], name: str, *asked: str, told: StrPromise | str = ""
) -> Perform:
    """Make what a step performs of one action, and of the sentence that says what it did.

    The action takes the row as ``name``, the actor, and these answers of the step's form;
    ``told`` may name the %(channel)s of the row; a step for many rows tells in sum.
    """

    def perform(row: Any, actor: User, answers: dict[str, Any]) -> str:
        action(**{name: row}, actor=actor, **{key: answers[key] for key in asked})
        return str(told) % {"channel": getattr(row, "channel", "")}

    return perform


def always(row: Any) -> bool:
    return True


def anyone(row: Any, actor: User) -> bool:
    return True


def no_answers(row: Any) -> dict[str, str]:
    return {}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """``perform`` calls one action and returns what to tell the person, in one sentence."""

    name: str
    label: StrPromise | str
    permission: str
    perform: Perform
    applies: Callable[[Any], bool] = always
    # beside the permission: whether this person may, with this row
    allows: Callable[[Any, User], bool] = anyone
    # whether it is worth a button; who takes it all the same is told why not
    offered: Callable[[Any, User], bool] = anyone
    # asked on a page of its own before anything is done
    form: type[forms.Form] | None = None
    intro: StrPromise | str = ""
    # the page that asks
    template: str = "console/step.html"
    # main | quiet | danger
    tone: str = "quiet"
    # the step that takes it back, and the answers it wants, read before this one is taken
    undo: str = ""
    undo_answers: Callable[[Any], dict[str, str]] = no_answers


@dataclasses.dataclass(frozen=True)
class Button:
    """A step as the page of one row offers it; one that ``asks`` leads to a page first."""

    label: StrPromise | str
    url: str
    tone: str = "quiet"
    asks: bool = False
    # goes to another page and changes nothing
    leads: bool = False


def buttons_for(steps: Sequence[Step], request: HttpRequest, row: models.Model) -> list[Button]:
    """List those of the steps that this person may take with this row now."""
    page = f"admin:{row._meta.app_label}_{row._meta.model_name}_step"
    person = acting(request)
    if not may_change_seen(person, row):
        return []
    return [
        Button(
            step.label,
            reverse(page, args=[row.pk, step.name]),
            step.tone,
            asks=step.form is not None,
        )
        for step in steps
        if person.has_perm(step.permission)
        and step.applies(row)
        and step.allows(row, person)
        and step.offered(row, person)
    ]


def came_from(request: HttpRequest) -> str:
    """Give the console's own page that a button stood on; empty where it names none."""
    wanted = request.POST.get(NEXT, "")
    return wanted if wanted.startswith(reverse("admin:index")) and "//" not in wanted else ""


def with_undo(request: HttpRequest, step: Step, row: models.Model, take: Callable[[], str]) -> str:
    """Take a step; return what to tell, with a button that takes it back where one can."""
    answers, key = step.undo_answers(row), row.pk
    told = take()
    if not step.undo:
        return told
    page = f"admin:{row._meta.app_label}_{row._meta.model_name}_step"
    context = {
        "told": told,
        "url": reverse(page, args=[key, step.undo]),
        "answers": answers,
        NEXT: request.POST.get(NEXT, ""),
    }
    return render_to_string("console/undo.html", context, request)


class StepsMixin(ModelAdmin):
    """Give every row the steps that apply to it now: POST only, or asked for by a form."""

    steps: tuple[Step, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/step/<slug:name>/",
            self.admin_site.admin_view(self.step_view),
            name=f"{self._address()}_step",
        )
        return [own, *super().get_urls()]

    def _address(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def change_url(self, row: models.Model) -> str:
        return reverse(f"admin:{self._address()}_change", args=[row.pk])

    def buttons(self, request: HttpRequest, row: models.Model) -> list[Button]:
        return buttons_for(self.steps, request, row)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        shown = {"buttons": self.buttons(request, row)} if row is not None else {}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**shown, **(extra_context or {})}
        )
        return response

    def step_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask (GET, or a form with errors) or do (POST), then lead back to the row."""
        step = next((step for step in self.steps if step.name == name), None)
        row = self.get_object(request, object_id)
        if step is None or row is None:
            raise Http404
        actor = require(request, step.permission)
        if not (step.allows(row, actor) and may_change_seen(actor, row)):
            raise PermissionDenied
        form = self._question(request, step, row)
        if request.method == "POST" and form.is_valid():
            try:
                answers = {**form.cleaned_data, SEEN: request.POST.get(SEEN, "")}
                told = with_undo(request, step, row, lambda: step.perform(row, actor, answers))
                messages.success(request, told)
            except REFUSALS as refusal:
                if step.form is None:
                    messages.error(request, words(refusal))
                    return HttpResponseRedirect(self._back(request, row))
                form.add_error(None, words(refusal))
            else:
                return HttpResponseRedirect(self._back(request, row))
        return self._ask(request, step, row, form)

    def _question(self, request: HttpRequest, step: Step, row: models.Model) -> forms.Form:
        """Bind the step's form; a form that wants to know its row takes it as ``row``."""
        kind = step.form or forms.Form
        options: dict[str, Any] = {"row": row} if getattr(kind, "wants_row", False) else {}
        return kind(request.POST if request.method == "POST" else None, **options)

    def _back(self, request: HttpRequest, row: models.Model) -> str:
        """Lead to the console's own page that the button stood on, or to the row's."""
        return came_from(request) or self.change_url(row)

    def _ask(
        self, request: HttpRequest, step: Step, row: models.Model, form: forms.Form
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": step.label,
            "subtitle": str(row),
            "opts": None,
            "step": step,
            "row": row,
            "form": form,
            "media": form.media,
            "back": self.change_url(row),
            NEXT: request.POST.get(NEXT) or request.GET.get(NEXT, ""),
            SEEN: request.POST.get(SEEN) or getattr(row, "revision", ""),
        }
        return TemplateResponse(request, step.template, context)
