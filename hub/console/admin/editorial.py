"""Write and Review: posts and the vocabulary of audience tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from content.editorial import markdown
from content.editorial.actions import (
    add_tag,
    merge_tags,
    missing_for_approval,
    rename_tag,
    write_post,
)
from content.editorial.exceptions import TagRefused
from content.editorial.models import AudienceTag, Post, PostState, Variant
from hub.console.admin.base import CappedPaginator, ConsoleAdmin, moment_column
from hub.console.filters import PersonFilter
from hub.console.forms import MergeForm, PostForm, VariantForm
from hub.console.people import ROUTE, SCHEDULE, WRITE, acting, full_name, require
from hub.console.plain_changes import store_plainly
from hub.console.post_steps import POST_STEPS
from hub.console.refusals import REFUSALS, words
from hub.console.saving import PartOfItsRow, SavesByAction
from hub.console.steps import Button, Step
from hub.console.templatetags.console import POST_COLOURS
from hub.console.views.schedule_post import schedule_view
from hub.delivery.models import Delivery
from spokes.audiences.actions import ban_post, clear_override, pin_post
from spokes.audiences.models import RoutingOverride
from spokes.audiences.routing import route_post
from spokes.channels.models import Channel

# on a post's page; the list of deliveries has the rest
SHOWN_DELIVERIES = 100


class VariantInline(PartOfItsRow):
    model = Variant
    form = VariantForm


@admin.register(Post)
class PostAdmin(SavesByAction, ConsoleAdmin):
    form = PostForm
    inlines = [VariantInline]
    steps = POST_STEPS
    paginator = CappedPaginator
    list_display = ["title", "kind_label", "state_label", "written_by", "changed"]
    changed = moment_column("updated_at", "Last change")
    rows = {"body": 12}
    when_empty = "No posts yet. Write the first one; someone else approves it."
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("author", PersonFilter),
    ]
    list_select_related = ["author"]
    search_fields = ["title"]
    autocomplete_fields = ["artists", "tracks", "genres", "hero"]
    change_form_before_template = "console/post_revision.html"
    change_form_outer_after_template = "console/post_panels.html"
    fieldsets = [
        ("Story", {"fields": ["title", "kind", "teaser", "body", "preview"]}),
        ("Picture", {"fields": ["hero", "hero_picture"]}),
        ("About", {"fields": ["artists", "tracks", "genres", "tags"]}),
        ("Where it leads", {"fields": ["cta_label", "cta_url"]}),
        (
            "For whom and until when",
            {
                "fields": [
                    "lang",
                    "markets",
                    ("explicit", "evergreen"),
                    "teaser_only",
                    "embargo_until",
                    "expires_at",
                ],
                "description": "Times are UTC.",
            },
        ),
    ]
    readonly_fields = ["preview", "hero_picture", "markets_list"]

    @display(description="Kind", ordering="kind")
    def kind_label(self, post: Post) -> str:
        return post.get_kind_display()

    @display(description="State", ordering="state", label=POST_COLOURS)
    def state_label(self, post: Post) -> tuple[str, str]:
        return post.state, post.get_state_display()

    @display(description="Author", ordering="author")
    def written_by(self, post: Post) -> str:
        return full_name(post.author)

    @display(description="Preview")
    def preview(self, post: Post) -> SafeString:
        """Show the body as readers get it; the console's script refreshes it while one types."""
        return format_html(
            '<div class="console-prose" data-preview-of="id_body" data-preview-url="{}">{}</div>',
            reverse("admin:editorial_post_preview"),
            # cleaned by the renderer
            mark_safe(markdown.render(post.body)),  # noqa: S308
        )

    @display(description="Preview of the picture")
    def hero_picture(self, post: Post) -> SafeString | str:
        if post.hero is None:
            add = reverse("admin:media_asset_add")
            return format_html(
                'None yet. <a class="console-link" href="{}" target="_blank" rel="noopener">'
                "Upload one in a new tab</a>, then choose it here.",
                add,
            )
        return format_html(
            '<img class="console-picture" src="{}" alt="{}">',
            post.hero.file.url,
            post.hero.alt_text,
        )

    @display(description="Markets")
    def markets_list(self, post: Post) -> str:
        return ", ".join(market.code for market in post.markets.all()) or "everywhere"

    def has_change_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """Keep a locked or archived post as it is: what was approved is what is sent."""
        closed = obj is not None and (obj.locked_at is not None or obj.state == PostState.ARCHIVED)
        return not closed and super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(name, _read_only(options)) for name, options in fieldsets]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # the post's own page says it by itself
        missing = "" if "_continue" in request.POST else _missing(form.instance)
        if missing:
            messages.warning(request, f"Before it can be submitted: {missing}")

    def write(self, *, actor: User, row: Any, form: forms.ModelForm[Any], formsets: Any) -> Post:
        fields = dict(form.cleaned_data)
        seen = fields.pop("revision")
        for name in ("artists", "tracks", "genres", "tags"):
            fields[name] = list(fields.get(name, ()))
        fields["variants"] = [
            {name: line[name] for name in VariantForm.Meta.fields}
            for formset in formsets
            for line in formset.cleaned_data
            if line and not line.get("DELETE")
        ]
        return write_post(
            actor=actor, fields=fields, post=row, expected_revision=seen if row else None
        )

    def buttons(self, request: HttpRequest, row: Any) -> list[Button]:
        buttons = super().buttons(request, row)
        if row.state == PostState.APPROVED and acting(request).has_perm(SCHEDULE):
            url = reverse("admin:editorial_post_schedule", args=[row.pk])
            tone = "quiet" if row.locked_at else "main"
            buttons.insert(0, Button("Schedule", url, tone=tone, asks=True))
        return buttons

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("preview/", guard(self.preview_view), name="editorial_post_preview"),
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
        shown = _panels(post) if post is not None else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Render Markdown that is not saved yet. POST, for it may be long; changes nothing."""
        require(request, WRITE)
        return HttpResponse(markdown.render(request.POST.get("text", "")))

    def schedule_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        require(request, SCHEDULE)
        return schedule_view(request, self._post(request, post_id), self.admin_site)

    def routing_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        return require_POST(self._override)(request, self._post(request, post_id))

    def deliveries_view(self, request: HttpRequest, post_id: int) -> HttpResponse:
        post = self._post(request, post_id)
        return require_GET(self._deliveries)(request, post)

    def _post(self, request: HttpRequest, post_id: int) -> Post:
        post: Post | None = self.get_object(request, str(post_id))
        if post is None or not self.has_view_permission(request, post):
            raise Http404
        return post

    def _deliveries(self, request: HttpRequest, post: Post) -> HttpResponse:
        return TemplateResponse(
            request, "console/post_deliveries.html", {"deliveries": _deliveries_of(post)}
        )

    def _override(self, request: HttpRequest, post: Post) -> HttpResponse:
        actor = require(request, ROUTE)
        channel = Channel.objects.filter(pk=request.POST.get("channel") or 0).first()
        if channel is None:
            raise Http404
        try:
            messages.success(request, _set_override(request, post, channel, actor))
        except REFUSALS as refusal:
            messages.error(request, words(refusal))
        return HttpResponseRedirect(f"{self.change_url(post)}#routing")


def _read_only(options: Any) -> dict[str, Any]:
    """Show a closed post: its body as readers get it alone, its markets without a form."""

    def shown(field: Any) -> Any:
        if isinstance(field, tuple):
            return tuple(shown(name) for name in field)
        return "markets_list" if field == "markets" else field

    fields = [shown(field) for field in options["fields"] if field != "body"]
    return {**options, "fields": fields}


def _set_override(request: HttpRequest, post: Post, channel: Channel, actor: User) -> str:
    """Pin, ban or clear, as the button says; return what to tell."""
    verdict = request.POST.get("verdict", "")
    if verdict == "clear":
        clear_override(post=post, channel=channel, actor=actor)
        return f"{channel} follows its audience again."
    put = {"pin": pin_post, "ban": ban_post}.get(verdict)
    if put is None:
        raise Http404
    put(post=post, channel=channel, reason=request.POST.get("reason", ""), actor=actor)
    return f"{'Pinned to' if verdict == 'pin' else 'Banned from'} {channel}."


def _deliveries_of(post: Post) -> QuerySet[Delivery]:
    rows = Delivery.objects.of(post).select_related("channel")
    return rows.order_by("-due_at", "-id")[:SHOWN_DELIVERIES]


def _missing(post: Post) -> str:
    """Say in a line what a post lacks before it can be submitted; empty when nothing."""
    return " ".join(word for words in missing_for_approval(post).values() for word in words)


def _panels(post: Post) -> dict[str, Any]:
    """Gather what stands below the form: where it goes and why, deliveries, history."""
    overrides = dict(RoutingOverride.objects.filter(post=post).values_list("channel_id", "verdict"))
    routes = [(route, overrides.get(route.channel.pk, "")) for route in route_post(post)]
    return {
        "going": [line for line in routes if line[0].goes],
        "staying": [line for line in routes if not line[0].goes],
        "missing": _missing(post),
        "status_template": "console/post_status.html",
        "deliveries": _deliveries_of(post),
    }


def _merge(tag: AudienceTag, actor: User, answers: dict[str, Any]) -> str:
    into = answers["into"]
    merge_tags(tag=tag, into=into, actor=actor)
    return f"“{tag}” is “{into}” from now on, on every post."


MERGE = Step(
    name="merge",
    label="Merge into another",
    permission="editorial.change_audiencetag",
    perform=_merge,
    form=MergeForm,
    intro="Every post that has this tag gets the other one instead, and this one goes away.",
    tone="danger",
)


@admin.register(AudienceTag)
class AudienceTagAdmin(SavesByAction, ConsoleAdmin):
    list_display = ["name", "meaning", "used"]
    search_fields = ["name"]
    fields = ["name", "meaning"]
    refusal_fields = {TagRefused: "name"}
    when_empty = "No tags yet. A tag says whom a post is for, beyond its genres."
    steps = (MERGE,)

    @display(description="Posts", ordering="used")
    def used(self, tag: Any) -> int:
        return int(tag.used)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AudienceTag]:
        rows: QuerySet[AudienceTag] = super().get_queryset(request)
        return rows.annotate(used=Count("tagged_posts"))

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
