"""What the list of posts shows of each: its picture, where it goes, and when."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.editorial.models import Post
from content.media.models import Rendition
from hub.console.moments import moment, relative
from hub.console.people import full_name
from hub.console.templatetags.console import POST_COLOURS
from hub.console.typed import ModelAdmin, display
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import DUE_STATES, State
from hub.people.scope import visible

# the one that is ready, the better first
THUMBS = ("card-320", "thumb-320")
# names of spokes in one cell; the post's page has the rest
SHOWN_SPOKES = 3
# neither payloads nor settings of channels: there may be many rows to a post
SHOWN_OF_DELIVERIES = (
    *("post_id", "state", "due_at", "channel__zone"),
    *("channel__spoke__name",),
)


class PostColumns(ModelAdmin):
    """Read what the columns show in one query more a page, and nothing of the bodies."""

    list_display = [
        *("thumbnail", "title", "state_label", "goes_to", "planned"),
        *("written_by", "changed"),
    ]
    list_display_links = ["title"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        setattr(request, "_post_list", True)  # noqa: B010  # read by get_queryset
        return super().changelist_view(request, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if not getattr(request, "_post_list", False):
            return rows
        deliveries = visible(request.user, Delivery.objects.all()).filter(
            kind=Kind.PUBLISH, withdrawn_at__isnull=True
        )
        shown = deliveries.exclude(state=State.CANCELLED).select_related("channel__spoke")
        shown = shown.only(*SHOWN_OF_DELIVERIES)
        thumbs = Rendition.objects.ready().current().filter(name__in=THUMBS).order_by("name")
        of_hero = thumbs.filter(asset=OuterRef("hero")).values("file")[:1]
        listed = Prefetch("deliveries", shown.order_by("due_at"), to_attr="shown_deliveries")
        found: QuerySet[Any] = rows.defer("body", "body_html").annotate(thumb=Subquery(of_hero))
        return found.prefetch_related(listed)

    @display(description=_("Picture"))
    def thumbnail(self, post: Post) -> SafeString | str:
        if post.hero is None:
            return ""
        made: str | None = getattr(post, "thumb", None)
        url = default_storage.url(made) if made else post.hero.file.url
        # beside its title it says nothing new
        return format_html(
            '<img class="console-thumb" src="{}" alt="" loading="lazy" width="72" height="48">',
            url,
        )

    @display(description=_("Goes to"))
    def goes_to(self, post: Any) -> SafeString:
        """Name the spokes on whose channels it is planned or live; why is one click away."""
        names = dict.fromkeys(
            row.channel.spoke.name if row.channel.spoke else gettext("Hub")
            for row in getattr(post, "shown_deliveries", [])
        )
        told = ", ".join(list(names)[:SHOWN_SPOKES])
        more = len(names) - SHOWN_SPOKES
        return format_html(
            '<a class="console-why" href="{}" title="{}">{}</a>',
            reverse("admin:editorial_post_route", args=[post.pk]),
            gettext("Why there, and why nowhere else"),
            (f"{told} +{more}" if more > 0 else told) or gettext("nowhere yet"),
        )

    @display(description=_("When"))
    def planned(self, post: Any) -> str:
        """Say when it goes out next, or since when it is out."""
        rows = getattr(post, "shown_deliveries", [])
        due = next((row for row in rows if row.state in DUE_STATES), None)
        if due is not None:
            return moment(due.due_at, due.channel.zone)
        live = [row for row in rows if row.state == State.LIVE]
        if live:
            when = relative(live[-1].due_at, timezone.now())
            return gettext("live, %(when)s") % {"when": when}
        return "–"

    @display(description=_("State"), ordering="state", label=POST_COLOURS)
    def state_label(self, post: Post) -> tuple[str, str]:
        return post.state, post.get_state_display()

    @display(description=_("Last change"), ordering="updated_at")
    def changed(self, post: Post) -> SafeString:
        """Say how long ago; the exact time is one pointer away."""
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            post.updated_at.isoformat(),
            moment(post.updated_at),
            relative(post.updated_at, timezone.now()),
        )

    @display(description=_("Author"), ordering="author")
    def written_by(self, post: Post) -> str:
        return full_name(post.author)
