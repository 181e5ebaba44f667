"""Pictures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from content.media.actions import retry_renditions
from content.media.exceptions import FocalPointRefused
from content.media.models import Asset, Rendition, RenditionState
from content.media.renditions import urls_of
from hub.console.admin.base import CappedPaginator, ConsoleAdmin
from hub.console.focal import FOCAL_MEDIA, focal_stage
from hub.console.forms import PictureForm
from hub.console.people import full_name
from hub.console.saving import SavesByAction
from hub.console.steps import Step
from hub.console.typed import display


def current_sizes(asset: Asset) -> list[Rendition]:
    """List the sizes that nothing replaced; reads prefetched renditions."""
    return [row for row in asset.renditions.all() if row.superseded_at is None]


def make_again(asset: Asset, actor: User, answers: dict[str, Any]) -> str:
    count = retry_renditions(asset=asset, now=timezone.now(), actor=actor)
    return ngettext("%d size is made again.", "%d sizes are made again.", count) % count


class PictureNeedsFilter(DropdownFilter):
    title = _("what it needs")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("words", _("Words on what it shows")),
            ("sizes", _("Sizes, still being made")),
            ("help", _("A look: a size could not be made")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Asset] | None:
        match self.value():
            case "words":
                without_words: QuerySet[Asset] = queryset.without_words()
                return without_words
            case "sizes":
                return self._with(queryset, RenditionState.PENDING)
            case "help":
                return self._with(queryset, RenditionState.FAILED)
        return None

    def _with(self, queryset: QuerySet[Asset], state: RenditionState) -> QuerySet[Asset]:
        return queryset.filter(pk__in=Rendition.objects.filter(state=state).values("asset"))


@admin.register(Asset)
class AssetAdmin(SavesByAction, ConsoleAdmin):
    form = PictureForm
    when_empty = _("No pictures yet. Upload one, and posts can show it.")
    refusal_fields = {FocalPointRefused: "focal_x"}
    paginator = CappedPaginator
    list_display = ["thumbnail", "title", "words_on_it", "credit", "size", "state", "by"]
    list_display_links = ["thumbnail", "title"]
    list_select_related = ["uploaded_by"]
    list_filter = [PictureNeedsFilter]
    search_fields = ["title", "alt_text", "credit"]
    readonly_fields = ["picture", "sizes"]
    words = [
        *("title", "alt_text", "decorative", "credit", "focal_x", "focal_y"),
        ("licence_from", "licence_until"),
        "licence_note",
    ]
    steps = (
        Step(
            name="make-again",
            label=_("Make failed sizes again"),
            permission="media.change_asset",
            perform=make_again,
            applies=lambda asset: asset.renditions.failed().exists(),
            tone="main",
        ),
    )

    @property
    def media(self) -> forms.Media:
        own: forms.Media = super().media
        return own + FOCAL_MEDIA

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        return super().get_queryset(request).prefetch_related("renditions")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["picture", *self.words, "sizes"] if obj else ["upload", *self.words]

    @display(description=_("Picture"))
    def thumbnail(self, asset: Asset) -> SafeString:
        urls = urls_of(asset)
        url = urls.get("card-320") or urls.get("thumb-320") or asset.file.url
        return format_html(
            '<img class="pictures-thumb" src="{}" alt="{}" loading="lazy" width="112" height="63">',
            url,
            asset.alt_text or asset.title,
        )

    @display(description=_("What it shows"), ordering="alt_text")
    def words_on_it(self, asset: Asset) -> str:
        return asset.alt_text or gettext("Nothing said: marked as decorative")

    @display(description=_("Picture"))
    def picture(self, asset: Asset) -> SafeString:
        return focal_stage(asset)

    @display(description=_("Uploaded by"), ordering="uploaded_by")
    def by(self, asset: Asset) -> str:
        return full_name(asset.uploaded_by) if asset.uploaded_by else "–"

    @display(description=_("Size"))
    def size(self, asset: Asset) -> str:
        return f"{asset.width} × {asset.height}"

    @display(description=_("Sizes"))
    def state(self, asset: Asset) -> str:
        states = [row.state for row in current_sizes(asset)]
        if RenditionState.FAILED in states:
            return gettext("Could not all be made")
        if not states or RenditionState.PENDING in states:
            return gettext("Being made")
        return gettext("Ready")

    @display(description=_("Sizes made of it"))
    def sizes(self, asset: Asset) -> SafeString:
        return render_to_string("console/picture_sizes.html", {"sizes": current_sizes(asset)})

    def write(self, *, actor: User, row: Any, form: Any, formsets: Any) -> Asset:
        stored: Asset = form.store(actor=actor)
        return stored
