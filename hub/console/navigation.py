"""The sidebar: what people come to do, with what waits for them beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from content.catalogue.models import UnresolvedGenre
from content.editorial.models import Post
from hub.delivery.models import Delivery

Item = dict[str, Any]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Group the pages that this person may see by job."""
    see = request.user.has_perm

    def item(title: str, icon: str, page: str, permission: str, query: str = "") -> list[Item]:
        if not see(permission):
            return []
        return [{"title": title, "icon": icon, "link": reverse(f"admin:{page}") + query}]

    def rows(title: str, icon: str, model: str) -> list[Item]:
        app, name = model.split(".")
        return item(title, icon, f"{app}_{name}_changelist", f"{app}.view_{name}")

    preview = {"title": "Preview", "icon": "visibility", "link": reverse("preview:first")}
    groups = {
        "": item("What is happening now", "monitor_heart", "index", "delivery.view_delivery"),
        "Write": [
            *rows("Posts", "article", "editorial.post"),
            *rows("Pictures", "image", "media.asset"),
            *rows("Audience tags", "sell", "editorial.audiencetag"),
        ],
        "Review": _review(request),
        "Schedule": [
            *item("Next 14 days", "calendar_month", "upcoming", "delivery.view_delivery"),
            *_deliveries(request, rows("Deliveries", "send", "delivery.delivery")),
            *rows("Slots", "schedule", "schedule.slot"),
            *([preview] if see("editorial.view_post") else []),
            *rows("Share links", "share", "preview.sharelink"),
        ],
        "Channels": [
            *rows("Spokes", "hub", "channels.spoke"),
            *rows("Channels", "cell_tower", "channels.channel"),
            *rows("Audiences", "groups", "audiences.audience"),
            *rows("Holds", "pan_tool", "delivery.hold"),
        ],
        "Catalogue": [
            *rows("Genres", "account_tree", "catalogue.genre"),
            *rows("Artists", "artist", "catalogue.artist"),
            *rows("Tracks", "music_note", "catalogue.track"),
        ],
        "People": [
            *rows("Users", "person", "auth.user"),
            *rows("Groups", "group", "auth.group"),
            *rows("Audit log", "history", "audit.auditentry"),
        ],
    }
    return [
        {"title": title, "items": items, "separator": False}
        for title, items in groups.items()
        if items
    ]


def _deliveries(request: HttpRequest, items: list[Item]) -> list[Item]:
    """Keep the list from being marked on the pages that stand below its address."""
    above = not request.path.startswith(reverse("admin:upcoming"))
    return [{**item, "active": above and request.path.startswith(item["link"])} for item in items]


def _review(request: HttpRequest) -> list[Item]:
    """List what waits for a person, each with how many there are."""
    see = request.user.has_perm
    items = []
    if see("editorial.view_post"):
        items.append(
            _waiting(
                "Posts in review",
                "rate_review",
                reverse("admin:editorial_post_changelist") + "?state__exact=in_review",
                Post.objects.in_review().count(),
            )
        )
    if see("delivery.view_delivery"):
        items.append(
            _waiting(
                "Deliveries in trouble",
                "error",
                reverse("admin:delivery_delivery_changelist") + "?needs=person",
                Delivery.objects.needing_a_person().count(),
            )
        )
    if see("catalogue.view_unresolvedgenre"):
        items.append(
            _waiting(
                "Unresolved genres",
                "help",
                reverse("admin:catalogue_unresolvedgenre_changelist"),
                UnresolvedGenre.objects.waiting().count(),
            )
        )
    return items


def _waiting(title: str, icon: str, link: str, count: int) -> Item:
    item = {"title": title, "icon": icon, "link": link, "active": False}
    # a number, not text: Unfold takes text for the address of a function
    return {**item, "badge": count, "badge_variant": "warning"} if count else item
