"""What a share link shows to an outsider: one post, or what comes on one place. Nothing else."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

from csp.constants import NONE
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from content.editorial.models import Post, PostState
from hub.console.moments import moment
from hub.delivery.models import Kind
from hub.preview import tokens
from hub.preview.actions import record_visit
from hub.preview.exceptions import WrongToken
from hub.preview.models import ShareLink
from hub.preview.planning import load_planned, site_channels, with_content
from hub.preview.rewriting import main_of, rewrite
from hub.preview.rows import Row, row_of_post
from hub.preview.visitors import address_of, network_of, short_agent
from spokes.channels.models import Channel
from spokes.site import colours
from spokes.site.models import Publication
from spokes.site.pages import CARD_FIELDS, Card, PostPage
from spokes.site.places import Place, Places, absolute, load_places
from spokes.site.rendering import render_post

HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
}
POLICY = {"script-src": [NONE], "form-action": [NONE], "frame-ancestors": [NONE]}
# stories that were published within the window and are shown with what is still to come
MOST_LIVE = 60


@dataclasses.dataclass(frozen=True)
class Day:
    """What goes live on one day, UTC."""

    day: date
    cards: list[Card]


@dataclasses.dataclass(frozen=True)
class Visit:
    """An open link, and the page below it that was asked for."""

    link: ShareLink
    token: str
    page: str
    place: Place
    places: Places
    now: datetime

    def url_of(self, slug: str) -> str:
        return f"/share/{self.token}/{slug}/"


@require_safe
@never_cache
def shared(request: HttpRequest, token: str, page: str = "") -> HttpResponse:
    response = _answer(request, token, page)
    for name, value in HEADERS.items():
        response[name] = value
    # read by csp.middleware.CSPMiddleware
    setattr(response, "_csp_replace", POLICY)  # noqa: B010  # django-csp's own name
    # Django's own log of failed requests would write the token down
    setattr(response, "_has_been_logged", True)  # noqa: B010  # Django's own name
    return response


def _answer(request: HttpRequest, token: str, page: str) -> HttpResponse:
    now = timezone.now()
    try:
        wanted = tokens.hash_of(token)
    except WrongToken:
        return _nothing()
    link = ShareLink.objects.with_subject().filter(token_hash=wanted).first()
    if link is None:
        return _nothing()
    if link.state_at(now) != ShareLink.State.OPEN:
        return _over(link, now)
    places = load_places()
    visit = Visit(link, token, page, places.of(link.spoke_id), places, now)
    response = _post_of(visit) if link.post else _place_of(visit)
    if request.method == "GET" and response.status_code < 400:
        record_visit(
            link=link,
            page=page,
            agent=short_agent(request.headers.get("User-Agent", "")),
            address=network_of(address_of(request)),
            now=now,
        )
    return response


# --- one post ---------------------------------------------------------------------------------


def _post_of(visit: Visit) -> HttpResponse:
    """Show the newest revision; what is public by now is shown where it is public."""
    assert visit.link.post_id  # noqa: S101  the model's constraint
    post = with_content(Post.objects.all()).get(pk=visit.link.post_id)
    if visit.page:
        return _nothing()
    live = Publication.objects.live(visit.now).filter(post_ref=post.pk)
    address = min(
        live.select_related("spoke"),
        key=lambda row: (row.spoke_id != visit.place.pk, row.pk),
        default=None,
    )
    if address is not None:
        return HttpResponseRedirect(absolute(address.get_absolute_url()))
    if post.state == PostState.ARCHIVED:
        return _message(
            410,
            _("This post is not planned any more"),
            _("The newsroom has put it aside. Ask whoever sent you the link."),
        )
    channel = site_channels([visit.place.pk]).first()
    at = _time_on(post, visit)
    row = row_of_post(
        post, channel or Channel(spoke_id=visit.place.pk, network="site"), at or visit.now
    )
    return _show_post(visit, row, post=post, at=at)


def _time_on(post: Post, visit: Visit) -> datetime | None:
    """Tell when the post goes live on the link's place, if that is planned."""
    planned = post.deliveries.still_open().filter(
        kind=Kind.PUBLISH, channel__network="site", channel__spoke=visit.place.pk
    )
    at: datetime | None = planned.values_list("due_at", flat=True).first()
    return at


def _show_post(
    visit: Visit, row: Row, *, post: Post, at: datetime | None, back: str = ""
) -> HttpResponse:
    card = Card.of(row, visit.places)
    page = PostPage(
        card=card, body_html=row["body_html"], also_on=[], canonical_url=card.url, more=[]
    )
    html = render_post(page, visit.places).decode()
    context = {
        "title": card.title,
        "lang": card.lang,
        "planned_for": moment(at) if at else "",
        "revision": post.revision,
        "saved": moment(post.updated_at),
        "back": back,
        "main": _enclosed(main_of(html), visit),
    }
    return _page(visit, "preview/shared_post.html", context)


# --- what comes on a place --------------------------------------------------------------------


def _place_of(visit: Visit) -> HttpResponse:
    link = visit.link
    # the constraint of the model
    assert link.starts_at is not None  # noqa: S101  # the model's constraint
    assert link.ends_at is not None  # noqa: S101  # the model's constraint
    keys = [visit.place.pk]
    planned = [
        entry
        for entry in load_planned(places=keys, until=link.ends_at, now=visit.now)
        if entry.row and not entry.stop and entry.delivery.kind == Kind.PUBLISH
        if entry.at >= link.starts_at
    ]
    live = _live_rows(visit, link.starts_at, link.ends_at)
    if visit.page:
        for entry in planned:
            if entry.row and entry.row["slug"] == visit.page:
                here = f"/share/{visit.token}/"
                return _show_post(visit, entry.row, post=entry.post, at=entry.at, back=here)
        if any(row["slug"] == visit.page for row in live):
            return HttpResponseRedirect(absolute(visit.place.post_url(visit.page)))
        return _nothing()
    coming = [
        Card.of(
            entry.row,
            visit.places,
            mark=f"{entry.at:%H:%M} UTC",
            own_url=visit.url_of(entry.row["slug"]),
        )
        for entry in planned
        if entry.row
    ]
    out = [Card.of(row, visit.places, own_url=visit.url_of(row["slug"])) for row in live]
    return _show_place(visit, coming, out)


def _live_rows(visit: Visit, starts_at: datetime, ends_at: datetime) -> list[Row]:
    rows = Publication.objects.live(visit.now).on(visit.place.pk)
    within = rows.filter(published_at__gte=starts_at, published_at__lte=ends_at)
    return list(within.order_by("published_at", "pk").values(*CARD_FIELDS)[:MOST_LIVE])


def _show_place(visit: Visit, coming: Sequence[Card], out: Sequence[Card]) -> HttpResponse:
    link = visit.link
    days = [
        Day(day, list(cards))
        for day, cards in itertools.groupby(coming, key=lambda card: card.published_at.date())
    ]
    body = render_to_string(
        "preview/shared_days.html", {"days": days, "out": out, "place": visit.place}
    )
    context = {
        "title": visit.place.name,
        "lang": settings.LANGUAGE_CODE,
        "from_text": moment(link.starts_at) if link.starts_at else "",
        "until_text": moment(link.ends_at) if link.ends_at else "",
        "main": _enclosed(body, visit),
    }
    return _page(visit, "preview/shared_place.html", context)


# --- around both ------------------------------------------------------------------------------


def _enclosed(html: str, visit: Visit) -> str:
    """Leave no way from here but to pages of the link itself and out into the world."""
    own = f"/share/{visit.token}/"
    home = urlsplit(settings.SITE_URL).netloc

    def relink(href: str) -> str | None:
        if href.startswith((own, "#")):
            return href
        parts = urlsplit(href)
        outward = parts.scheme in {"http", "https"} and parts.netloc and parts.netloc != home
        return href if outward else None

    return rewrite(html, relink)


def _page(visit: Visit, template: str, context: Mapping[str, object]) -> HttpResponse:
    shown = {
        "link": visit.link,
        "place": visit.place,
        "open_until": moment(visit.link.expires_at),
        "colours_url": f"/spokes.css?v={colours.version(visit.places.everywhere)}",
        **context,
    }
    return HttpResponse(render_to_string(template, shown))


def _nothing() -> HttpResponse:
    """Answer for tokens that never were, and pages that a link does not have, in the same words."""
    return _message(
        404,
        _("There is nothing here"),
        _("The address may be cut off. Copy the whole link, or ask whoever sent it."),
    )


def _over(link: ShareLink, now: datetime) -> HttpResponse:
    if link.state_at(now) == ShareLink.State.REVOKED:
        return _message(
            410,
            _("This link was taken back"),
            _("Whoever sent it closed it. Ask them if you still need it."),
        )
    return _message(
        410,
        _("This link has expired"),
        _("Links like this live for a few days. Ask whoever sent it for a new one."),
    )


def _message(status: int, title: str, words: str) -> HttpResponse:
    context = {"title": title, "words": words}
    return HttpResponse(render_to_string("preview/message.html", context), status=status)
