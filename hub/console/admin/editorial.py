"""Write and Review: posts and the vocabulary of audience tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from content.editorial.actions import (
    add_tag,
    merge_tags,
    missing_for_approval,
    rename_tag,
    write_post,
)
from content.editorial.exceptions import TagRefused
from content.editorial.models import AudienceTag, Post, PostState, TaggedPost, Variant
from hub.console.admin.base import ConsoleAdmin
from hub.console.delivery_waits import Waits
from hub.console.editor.forms import FIELDS, PostForm, VariantForm, VariantFormSet
from hub.console.editor.views import THEN, WritesOnOneScreen, is_closed
from hub.console.filters import PersonFilter
from hub.console.forms import MergeForm
from hub.console.people import ROUTE, SCHEDULE, acting, require
from hub.console.plain_changes import store_plainly
from hub.console.post_bulk import POST_BULK_STEPS
from hub.console.post_columns import PostColumns
from hub.console.post_steps import POST_STEPS
from hub.console.preview_links import post_buttons
from hub.console.refusals import REFUSALS, words
from hub.console.saving import PartOfItsRow, SavesByAction
from hub.console.steps import NEXT, Button, Step
from hub.console.targeting.by_hand import say, word_of
from hub.console.typed import display
from hub.console.views.schedule_post import schedule_view
from hub.delivery.models import Delivery
from hub.delivery.states import INBOX_STATES
from hub.people.scope import sees_whole_house, visible

# on a post's page; the list of deliveries has the rest
SHOWN_DELIVERIES = 100


class VariantInline(PartOfItsRow):
    model = Variant
    form = VariantForm
    # the type of an inline's formset knows no rows of its own
    formset: Any = VariantFormSet

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        made = super().get_formset(request, obj, **kwargs)
        return type(made.__name__, (made,), {"person": acting(request)})


@admin.register(Post)
class PostAdmin(WritesOnOneScreen, PostColumns, SavesByAction, ConsoleAdmin):
    form = PostForm
    fields = (*FIELDS,)
    inlines = [VariantInline]
    steps = POST_STEPS
    bulk_steps = POST_BULK_STEPS
    when_empty = _("No posts yet. Write the first one; someone else approves it.")
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("author", PersonFilter),
    ]
    list_select_related = ["author", "hero"]
    search_fields = ["title"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep a locked or archived post as it is: what was approved is what is sent."""
        if is_closed(obj):
            return False
        known: dict[Any, bool] = request.__dict__.setdefault("_may_change", {})
        key = obj.pk if obj else None
        if key not in known:
            known[key] = super().has_change_permission(request, obj)
        return known[key]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # the post's own page says it by itself
        missing = "" if {"_continue", THEN} & set(request.POST) else _missing(form.instance)
        if missing:
            messages.warning(
                request, gettext("Before it can be submitted: %(missing)s") % {"missing": missing}
            )

    def write(self, *, actor: User, row: Any, form: forms.ModelForm[Any], formsets: Any) -> Post:
        fields, seen = self.fields_of(form, formsets), form.cleaned_data["revision"]
        if row is not None:
            fields, seen = self.merged(form.data, row, seen, fields)
        return write_post(
            actor=actor, fields=fields, post=row, expected_revision=seen if row else None
        )

    def fields_of(self, form: Any, formsets: Any) -> dict[str, Any]:
        fields = {**form.cleaned_data}
        fields.pop("revision", None)
        for name in ("artists", "tracks", "genres", "tags"):
            fields[name] = list(fields.get(name, ()))
        typed = [
            {name: line[name] for name in VariantForm.Meta.fields}
            for formset in formsets
            for line in formset.cleaned_data
            if line and not line.get("DELETE")
        ]
        kept = [line for formset in formsets for line in formset.kept_from_others()]
        fields["variants"] = [*typed, *kept]
        return fields

    def buttons(self, request: HttpRequest, row: Any) -> list[Button]:
        buttons = super().buttons(request, row)
        if row.state == PostState.APPROVED and acting(request).has_perm(SCHEDULE):
            url = reverse("admin:editorial_post_schedule", args=[row.pk])
            tone = "quiet" if row.locked_at else "main"
            buttons.insert(0, Button(gettext("Schedule"), url, tone=tone, asks=True))
        return [*buttons, *post_buttons(request, row)]

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path(
                "<int:post_id>/schedule/",
                guard(self.schedule_view),
                name="editorial_post_schedule",
            ),
            path("<int:post_id>/routing/", guard(self.routing_view), name="editorial_post_routing"),
            path(
                "<int:post_id>/deliveries/",
                guard(self.deliveries_view),
                name="editorial_post_deliveries",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        post = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if post is not None:
            # nothing is scheduled before it is approved
            was_approved = post.approved_at or post.first_approved_at
            shown = _deliveries_of(request, post) if was_approved else {"deliveries": []}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def schedule_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        require(request, SCHEDULE)
        return schedule_view(request, self.post_or_404(request, post_id), self.admin_site)

    def routing_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        return require_POST(self._override)(request, self.post_or_404(request, post_id))

    def deliveries_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        post = self.post_or_404(request, post_id)
        return require_GET(self._deliveries)(request, post)

    def _deliveries(self, request: HttpRequest, post: Post) -> HttpResponse:
        context = _deliveries_of(request, post)
        return TemplateResponse(request, "console/post_deliveries.html", context)

    def _override(self, request: HttpRequest, post: Post) -> HttpResponse:
        require(request, ROUTE)
        word = word_of(request)
        if word is None:
            raise Http404
        told, done = "", True
        try:
            told = say(request, post, word)
        except REFUSALS as refusal:
            told, done = words(refusal), False
        if request.headers.get("X-Requested-With") == "fetch":
            return JsonResponse({"done": done, "told": conditional_escape(told)})
        messages.add_message(request, messages.SUCCESS if done else messages.ERROR, told)
        if NEXT in request.POST:
            return HttpResponseRedirect(self._back(request, post))
        return HttpResponseRedirect(f"{self.change_url(post)}#routing")


def _deliveries_of(request: HttpRequest, post: Post) -> dict[str, Any]:
    """Show those that need a person first, then the newest; of the rest, how many there are."""
    rows = visible(request.user, Delivery.objects.of(post))
    in_inbox = Case(When(state__in=INBOX_STATES, then=0), default=1)
    full = rows.select_related("channel").defer("payload")
    found = list(full.order_by(in_inbox, "-due_at", "-id")[: SHOWN_DELIVERIES + 1])
    return {
        "deliveries": found[:SHOWN_DELIVERIES],
        "more_deliveries": rows.count() - SHOWN_DELIVERIES if len(found) > SHOWN_DELIVERIES else 0,
        "deliveries_post": post.pk,
        "console_waits": Waits(timezone.now(), posts=[post.pk]),
    }


def _missing(post: Post) -> str:
    """Say in a line what a post lacks before it can be submitted; empty when nothing."""
    return " ".join(word for words in missing_for_approval(post).values() for word in words)


def _merge(tag: AudienceTag, actor: User, answers: dict[str, Any]) -> str:
    into = answers["into"]
    merge_tags(tag=tag, into=into, actor=actor)
    return gettext("“%(tag)s” is “%(into)s” from now on, on every post.") % {
        "tag": tag,
        "into": into,
    }


# tags that can be sorted by how many posts have them
MOST_SORTED = 20_000

MERGE = Step(
    name="merge",
    label=_("Merge into another"),
    permission="editorial.change_audiencetag",
    perform=_merge,
    form=MergeForm,
    intro=_("Every post that has this tag gets the other one instead, and this one goes away."),
    tone="danger",
)


@admin.register(AudienceTag)
class AudienceTagAdmin(SavesByAction, ConsoleAdmin):
    list_display = ["name", "meaning", "used"]
    search_fields = ["name"]
    fields = ["name", "meaning"]
    refusal_fields = {TagRefused: "name"}
    when_empty = _("No tags yet. A tag says whom a post is for, beyond its genres.")
    steps = (MERGE,)

    @display(description=_("Posts"), ordering="used")
    def used(self, tag: Any) -> int:
        return int(tag.used)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AudienceTag]:
        rows: QuerySet[AudienceTag] = super().get_queryset(request)
        tagged = TaggedPost.objects.filter(tag=OuterRef("pk")).order_by()
        if not sees_whole_house(request.user):
            seen = visible(request.user, Post.objects.all()).order_by().values("pk")
            tagged = tagged.filter(content_object__in=seen)
        # of the tags that are shown alone: a join would count for all
        counted = tagged.values("tag").annotate(number=Count("pk")).values("number")
        return rows.annotate(used=Coalesce(Subquery(counted), 0))

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Sort by use where that is quick; by name always."""
        many = AudienceTag.objects.order_by()[MOST_SORTED : MOST_SORTED + 1].exists()
        return ["name", "meaning"] if many else super().get_sortable_by(request)

    @transaction.atomic
    def write(self, *, actor: User, row: Any, form: forms.ModelForm[Any], formsets: Any) -> Any:
        fields = form.cleaned_data
        if row is None:
            return add_tag(**fields, actor=actor)
        if fields["name"] != row.name:
            rename_tag(tag=row, name=fields["name"], actor=actor)
        return store_plainly(row=row, fields={"meaning": fields["meaning"]}, actor=actor)

    def _back(self, request: HttpRequest, row: Any) -> str:
        """Lead to the list: a tag that was merged has no page any more."""
        return reverse("admin:editorial_audiencetag_changelist")
