"""Pictures."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from content.media.exceptions import FocalPointRefused
from content.media.models import Asset
from content.media.renditions import urls_of
from hub.console.admin.base import CappedPaginator, ConsoleAdmin
from hub.console.forms import PictureForm
from hub.console.people import full_name
from hub.console.saving import SavesByAction


@admin.register(Asset)
class AssetAdmin(SavesByAction, ConsoleAdmin):
    form = PictureForm
    when_empty = "No pictures yet. Upload one, and posts can show it."
    refusal_fields = {FocalPointRefused: "focal_x"}
    paginator = CappedPaginator
    list_display = ["thumbnail", "title", "alt_text", "credit", "size", "by"]
    list_display_links = ["thumbnail", "title"]
    list_select_related = ["uploaded_by"]
    search_fields = ["title", "alt_text", "credit"]
    readonly_fields = ["picture", "sizes"]
    words = ["title", "alt_text", "decorative", "credit", "focal_x", "focal_y"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        return super().get_queryset(request).prefetch_related("renditions")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["picture", *self.words, "sizes"] if obj else ["upload", *self.words]

    @display(description="")
    def thumbnail(self, asset: Asset) -> SafeString:
        url = urls_of(asset).get("thumb-320") or asset.file.url
        return format_html('<img class="console-thumb" src="{}" alt="" loading="lazy">', url)

    @display(description="Picture")
    def picture(self, asset: Asset) -> SafeString:
        return format_html(
            '<img class="console-picture" src="{}" alt="{}">', asset.file.url, asset.alt_text
        )

    @display(description="Uploaded by", ordering="uploaded_by")
    def by(self, asset: Asset) -> str:
        return full_name(asset.uploaded_by) if asset.uploaded_by else "–"

    @display(description="Size")
    def size(self, asset: Asset) -> str:
        return f"{asset.width} × {asset.height}"

    @display(description="Sizes made of it")
    def sizes(self, asset: Asset) -> str:
        return ", ".join(urls_of(asset)) or "They are being made."

    def write(self, *, actor: User, row: Any, form: Any, formsets: Any) -> Asset:
        stored: Asset = form.store(actor=actor)
        return stored
