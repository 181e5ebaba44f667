"""The page on which a post is written: what the admin's form needs beside its fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from content.audit.models import AuditEntry
from content.editorial import markdown
from content.editorial.models import Post, PostState
from hub.console.editor import autosave, pictures
from hub.console.editor.chosen import load_chosen
from hub.console.editor.conflict import Conflict, conflict_of, own_changes
from hub.console.editor.pickers import search_view
from hub.console.editor.revision_pages import restore_view, revisions_view
from hub.console.editor.routes import duplicates_view, outlook_of, routes_view
from hub.console.models import Autosave
from hub.console.people import WRITE, acting, require
from hub.console.refusals import REFUSALS, words
from hub.console.steps import SEEN, Step, StepsMixin, with_undo
from hub.console.targeting.reasons import standing_of
from hub.console.targeting.route_json import json_view
from hub.delivery.models import Delivery, Hold
from hub.people.scope import may_change

# names of the buttons beside Django's own
THEN = "_then"
OVERWRITE = "_overwrite"
# in the address: bring back what was kept
KEPT = "kept"


class WritesOnOneScreen(StepsMixin):
    """The editor around a post's form; ``hub.console.admin.editorial`` mixes it in."""

    change_form_template = "console/post_form.html"
    add_form_template = "console/post_form.html"
    # the page keeps what is typed by itself
    warn_unsaved_form = False

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view

        def page(address: str, view: Any, name: str) -> URLPattern:
            made: URLPattern = path(address, guard(view), name=f"editorial_post_{name}")
            return made

        return [
            page("preview/", self.markdown_view, "preview"),
            page("search/<slug:what>/", self.search_view, "search"),
            page("pictures/", self.pictures_view, "pictures"),
            page("pictures/<int:asset_id>/", self.describe_view, "describe"),
            page("outlook/", self.outlook_view, "outlook"),
            page("duplicates/", self.duplicates_view, "duplicates"),
            page("autosave/", self.autosave_view, "autosave"),
            page("<int:post_id>/revisions/", self.revisions_view, "revisions"),
            page("<int:post_id>/revisions/<int:number>/", self.restore_view, "restore"),
            page("<int:post_id>/route/", self.route_view, "route"),
            page("<int:post_id>/route.json", self.route_json_view, "route_json"),
            *super().get_urls(),
        ]

    # --- the form -------------------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Read the post once a request, with all that its page shows of it."""
        known: dict[str, Any] = request.__dict__.setdefault("_posts", {})
        if object_id not in known:
            setattr(request, "_one_post", True)  # noqa: B010  # read by get_queryset
            known[object_id] = super().get_object(request, object_id, from_field)
            setattr(request, "_one_post", False)  # noqa: B010  # read by get_queryset
        return known[object_id]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if not getattr(request, "_one_post", False):
            return rows
        people = ("author", "submitted_by", "approved_by")
        kept = Autosave.objects.filter(owner=acting(request), post=OuterRef("pk"))
        one: QuerySet[Any] = with_standing(rows.select_related("hero", *people)).annotate(
            kept_at=Subquery(kept.values("saved_at")),
            kept_revision=Subquery(kept.values("revision")),
        )
        return one

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        form: type[forms.ModelForm[Any]] = super().get_form(request, obj, change=change, **kwargs)
        kept = self._brought_back(request, obj)
        own = {"person": acting(request), "kept": autosave.as_posted(kept) if kept else None}
        return type(form.__name__, (form,), own)

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        kept = self._brought_back(request, obj if obj and obj.pk else None)
        return {**kwargs, "kept": autosave.as_posted(kept)} if kept else kwargs

    def _brought_back(self, request: HttpRequest, post: Post | None) -> Any:
        if request.method != "GET" or KEPT not in request.GET:
            return None
        return self._kept(request, post)

    def _kept_note(self, request: HttpRequest, post: Post | None) -> Any:
        """Say when something was kept; of a post that is there, it was read with the post."""
        if post is None:
            return self._kept(request, None)
        at = getattr(post, "kept_at", None)
        return Autosave(saved_at=at, revision=post.kept_revision) if at else None  # type: ignore[attr-defined]  # annotated

    def _kept(self, request: HttpRequest, post: Post | None) -> Any:
        if not hasattr(request, "_kept_form"):
            found = autosave.kept_for(acting(request), post)
            setattr(request, "_kept_form", found)  # noqa: B010  # read once a request
        return request._kept_form  # type: ignore[attr-defined]  # set above

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        post = self.get_object(request, object_id) if object_id else None
        if post is not None:
            load_chosen(post)
        shown = self._beside_the_form(request, post)
        response: HttpResponse = super().changeform_view(
            request, object_id, form_url, {**shown, **(extra_context or {})}
        )
        return response

    def _beside_the_form(self, request: HttpRequest, post: Post | None) -> dict[str, Any]:
        may_write = post is None or self.has_change_permission(request, post)
        return {
            "is_fullwidth": "1",
            "kept": self._kept_note(request, post) if may_write else None,
            "brought_back": KEPT in request.GET,
            "may_upload": acting(request).has_perm(pictures.ADD),
            "may_describe": acting(request).has_perm(pictures.CHANGE),
            "body_html": markdown.render(post.body) if post else "",
        }

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        post, form = context.get("original"), context["adminform"].form
        if post is not None and form.is_bound:
            context["conflict"] = self._conflict(request, post, form, context)
        context["sent_back"] = _sent_back(post, context.get("history", []))
        if post is None or self.has_change_permission(request, post):
            asset = form.chosen_picture()
            context["picture"] = pictures.picture(asset) if asset else None
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _conflict(
        self, request: HttpRequest, post: Post, form: Any, context: dict[str, Any]
    ) -> Conflict | None:
        seen = str(form["revision"].value() or "")
        if not seen.isdecimal() or int(seen) == post.revision or not hasattr(form, "cleaned_data"):
            return None
        formsets = [inline.formset for inline in context["inline_admin_formsets"]]
        if not all(formset.is_valid() for formset in formsets):
            return None
        fields = self.fields_of(form, formsets)
        return conflict_of(post, int(seen), fields, person=acting(request))

    def fields_of(self, form: Any, formsets: Any) -> dict[str, Any]:
        """Give the form's values as ``write_post`` takes them."""
        raise NotImplementedError

    def merged(
        self, data: Any, post: Post, seen: int | None, fields: dict[str, Any]
    ) -> tuple[dict[str, Any], int | None]:
        """Settle a conflict as its writer says: own changes over what somebody else saved."""
        over = data.get(OVERWRITE, "")
        if not over.isdecimal() or seen is None:
            return fields, seen
        return own_changes(post, seen, fields), int(over)

    # --- after saving ---------------------------------------------------------------------------

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        forget_kept(request, None)
        return self._stay(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        forget_kept(request, obj)
        return self._stay(request, obj) or super().response_change(request, obj)

    def _stay(self, request: HttpRequest, post: Post) -> HttpResponse | None:
        """Come back to the page, after the step that the button named, if any."""
        if {"_continue", THEN, OVERWRITE}.isdisjoint(request.POST):
            return None
        name = request.POST.get(THEN, "")
        step = next((step for step in self.steps if step.name == name), None)
        if step is None or step.form is not None:
            messages.success(request, _("Saved."))
        else:
            self._take(request, step, Post.objects.get(pk=post.pk))
        return HttpResponseRedirect(self.change_url(post))

    def _take(self, request: HttpRequest, step: Step, post: Post) -> None:
        actor = require(request, step.permission)
        if not (step.allows(post, actor) and step.applies(post)):
            messages.error(request, _("Saved; but the next step can’t be taken any more."))
            return
        try:
            told = with_undo(request, step, post, lambda: step.perform(post, actor, {SEEN: ""}))
            messages.success(request, told)
        except REFUSALS as refusal:
            messages.warning(request, _("Saved as a draft. %(why)s") % {"why": words(refusal)})

    # --- what the page asks while one types -----------------------------------------------------

    def markdown_view(self, request: HttpRequest) -> HttpResponse:
        """Render Markdown that is not saved yet. POST, for it may be long; changes nothing."""
        require(request, WRITE)
        return HttpResponse(markdown.render(request.POST.get("text", "")))

    def search_view(self, request: HttpRequest, what: str) -> HttpResponse:
        require(request, WRITE)
        return require_GET(search_view)(request, what)

    def pictures_view(self, request: HttpRequest) -> HttpResponse:
        require(request, WRITE)
        return pictures.pictures_view(request)

    def describe_view(self, request: HttpRequest, asset_id: int) -> HttpResponse:
        return pictures.describe_view(request, asset_id)

    def outlook_view(self, request: HttpRequest) -> HttpResponse:
        require(request, WRITE)
        return routes_view(request, self._saved(request))

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        require(request, WRITE)
        return duplicates_view(request, self._saved(request))

    def autosave_view(self, request: HttpRequest) -> HttpResponse:
        require(request, WRITE)
        return autosave.autosave_view(request, self._saved(request))

    def _saved(self, request: HttpRequest) -> Post | None:
        """Find the post that ``?post=`` names: it must be one that the person sees."""
        key = request.GET.get("post", "")
        return self.post_or_404(request, int(key)) if key.isdecimal() else None

    def post_or_404(self, request: HttpRequest, post_id: int) -> Post:
        post: Post | None = self.get_object(request, str(post_id))
        if post is None or not self.has_view_permission(request, post):
            raise Http404
        return post

    # --- pages of their own ---------------------------------------------------------------------

    def revisions_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        post = self.post_or_404(request, post_id)
        may_change = self.has_change_permission(request, post)
        return revisions_view(request, post, self.admin_site, may_change)

    def restore_view(self, request: HttpRequest, post_id: int, number: int) -> HttpResponse:
        post = self.post_or_404(request, post_id)
        if not may_change(acting(request), post):
            raise PermissionDenied
        return require_POST(restore_view)(request, post, number)

    def route_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        """Say where the saved post goes: the page for those without scripts, and for readers."""
        post = self.post_or_404(request, post_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("%(post)s: where it goes, and why") % {"post": post},
            "subtitle": str(post),
            "original": post,
            "outlook": outlook_of(request, post),
            "standing": standing_of(post, timezone.now()),
            "alone": True,
        }
        return TemplateResponse(request, "console/post_route.html", context)

    def route_json_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        """Give the same to machines."""
        post = self.post_or_404(request, post_id)
        return json_view(request, post)


def _sent_back(post: Post | None, history: Sequence[AuditEntry]) -> AuditEntry | None:
    """Find the note with which a draft came back, until it is submitted again."""
    if post is None or post.state != PostState.DRAFT:
        return None
    moves = {"post.submitted", "post.returned", "post.written", "post.revived"}
    last = next((entry for entry in history if entry.code in moves), None)
    return last if last and last.code == "post.returned" else None


def forget_kept(request: HttpRequest, post: Post | None) -> None:
    """Drop what was kept of the form: it is saved now."""
    autosave.forget(owner=acting(request), post=post)


def with_standing(rows: Any) -> Any:
    """Say of each post whether it is planned, live and held back, in the same query."""
    of_post = Delivery.objects.filter(post=OuterRef("pk")).order_by()
    return rows.annotate(
        is_planned=Exists(of_post.planned()),
        is_live=Exists(of_post.live()),
        is_held=Exists(Hold.objects.filter(post=OuterRef("pk")).order_by()),
    )


def is_closed(post: Post | None) -> bool:
    """Tell whether a post must stay as it is: on its way out, or archived."""
    return post is not None and (post.locked_at is not None or post.state == PostState.ARCHIVED)
