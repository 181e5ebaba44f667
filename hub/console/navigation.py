"""The sidebar: what people come to do, with what waits for them beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.console.waiting import waiting

Item = dict[str, Any]


class Inbox(NamedTuple):
    """A list of what waits for a person; ``counts`` names the number in ``Waiting``."""

    permission: str
    title: str
    icon: str
    link: str
    counts: str


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Group the pages that this person may see by job, with what waits on them."""
    return _groups(request, _review(request))


def pages(request: HttpRequest) -> list[tuple[str, str, str]]:
    """List section, title and address of each page that this person may see; nothing is read."""
    review = [_waiting(inbox.title, inbox.icon, inbox.link, 0) for inbox in _inboxes(request)]
    return [
        (group["title"], item["title"], item["link"])
        for group in _groups(request, review)
        for item in group["items"]
    ]


def _groups(request: HttpRequest, review: list[Item]) -> list[dict[str, Any]]:
    def item(title: str, icon: str, page: str, permission: str) -> list[Item]:
        if not request.user.has_perm(permission):
            return []
        return [{"title": title, "icon": icon, "link": reverse(f"admin:{page}")}]

    def rows(title: str, icon: str, model: str) -> list[Item]:
        app, name = model.split(".")
        return item(title, icon, f"{app}_{name}_changelist", f"{app}.view_{name}")

    groups = {
        "": item(_("Today"), "today", "index", "delivery.view_delivery"),
        _("Write"): [
            *rows(_("Posts"), "article", "editorial.post"),
            *rows(_("Pictures"), "image", "media.asset"),
            *rows(_("Audience tags"), "sell", "editorial.audiencetag"),
        ],
        _("Review"): review,
        _("Schedule"): [
            *item(_("Calendar"), "calendar_month", "upcoming", "delivery.view_delivery"),
            *_deliveries(request, rows(_("Deliveries"), "send", "delivery.delivery")),
            *rows(_("Slots"), "schedule", "schedule.slot"),
            *_preview(request),
            *rows(_("Share links"), "share", "preview.sharelink"),
        ],
        _("Channels"): [
            *rows(_("Spokes"), "hub", "channels.spoke"),
            *rows(_("Channels"), "cell_tower", "channels.channel"),
            *rows(_("Audiences"), "groups", "audiences.audience"),
            *_coverage(request),
            *rows(_("Holds"), "pan_tool", "delivery.hold"),
        ],
        _("Catalogue"): [
            *rows(_("Genres"), "account_tree", "catalogue.genre"),
            *rows(_("Artists"), "artist", "catalogue.artist"),
            *rows(_("Tracks"), "music_note", "catalogue.track"),
        ],
        _("People"): [
            *rows(_("Users"), "person", "auth.user"),
            *rows(_("Groups"), "group", "auth.group"),
            *rows(_("Audit log"), "history", "audit.auditentry"),
        ],
        _("Machine"): _machine(request),
    }
    return [
        {"title": title, "items": items, "separator": False}
        for title, items in groups.items()
        if items
    ]


def _preview(request: HttpRequest) -> list[Item]:
    if not request.user.has_perm("editorial.view_post"):
        return []
    link = reverse("preview:first")
    return [{"title": _("Preview"), "icon": "visibility", "link": link, "active": False}]


def _coverage(request: HttpRequest) -> list[Item]:
    if not request.user.has_perm("audiences.view_audience"):
        return []
    return [{"title": _("Coverage"), "icon": "pie_chart", "link": reverse("targeting:coverage")}]


def _machine(request: HttpRequest) -> list[Item]:
    if not request.user.has_perm("delivery.view_delivery"):
        return []
    return [
        {"title": _("Health"), "icon": "monitor_heart", "link": reverse("machine:health")},
        {"title": _("Alerts"), "icon": "notifications", "link": reverse("machine:alerts")},
    ]


def account(request: HttpRequest) -> list[Item]:
    """List the pages of one's own account, for the menu below one's name."""
    return [
        {"title": _("Profile"), "link": reverse("account_profile")},
        {"title": _("Password"), "link": reverse("account_change_password")},
        {"title": _("Two-factor"), "link": reverse("mfa_index")},
        {"title": _("Sessions"), "link": reverse("usersessions_list")},
    ]


def _deliveries(request: HttpRequest, items: list[Item]) -> list[Item]:
    """Keep the list from being marked on the pages that stand below its address."""
    above = not request.path.startswith(reverse("admin:upcoming"))
    return [{**item, "active": above and request.path.startswith(item["link"])} for item in items]


def _review(request: HttpRequest) -> list[Item]:
    """List what waits for a person, each with how many there are."""
    return [
        _waiting(inbox.title, inbox.icon, inbox.link, getattr(waiting(request), inbox.counts))
        for inbox in _inboxes(request)
    ]


def _inboxes(request: HttpRequest) -> list[Inbox]:
    deliveries = reverse("admin:delivery_delivery_changelist")
    inboxes = (
        Inbox(
            "editorial.view_post",
            _("Posts in review"),
            "rate_review",
            reverse("admin:editorial_post_changelist") + "?state__exact=in_review",
            "reviews",
        ),
        Inbox(
            "delivery.view_delivery",
            _("Deliveries in trouble"),
            "error",
            f"{deliveries}?needs=person",
            "trouble",
        ),
        Inbox(
            "catalogue.view_unresolvedgenre",
            _("Unresolved genres"),
            "help",
            reverse("admin:catalogue_unresolvedgenre_changelist"),
            "unknown_genres",
        ),
    )
    return [inbox for inbox in inboxes if request.user.has_perm(inbox.permission)]


def _waiting(title: str, icon: str, link: str, count: int) -> Item:
    item = {"title": title, "icon": icon, "link": link, "active": False}
    # a number, not text: Unfold takes text for the address of a function
    return {**item, "badge": count, "badge_variant": "warning"} if count else item
