"""The page alone, as it will be: the site's own rendering of what is planned."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from csp.constants import NONE, SELF
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.utils.translation import gettext as _

from content.editorial.models import Post, PostState
from hub.console.moments import moment
from hub.delivery.models import Delivery, Kind
from hub.preview.asking import Ask
from hub.preview.overlay import LAST_PAGE, Future, Marked
from hub.preview.planning import Unplanned, load_planned, load_unplanned, site_channels
from hub.preview.planning import unplanned_row as show_unplanned
from hub.preview.rewriting import rewrite
from hub.preview.staff import find_own_place, find_post, may_see, own_places, own_posts
from hub.preview.when import short_moment
from spokes.audiences.routing import route_many
from spokes.channels.models import Channel
from spokes.site.places import Place, Places, load_places_around
from spokes.site.rendering import render_page, render_place, render_post

NOTICE = "preview/notice.html"
ROBOTS = "noindex, nofollow"

# seen only inside of our own pages; nothing in it runs or is sent
FRAME_POLICY = {
    "script-src": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
}


@dataclasses.dataclass(frozen=True)
class _Asked:
    """Who wants to see what; ``places`` are those of the person."""

    user: User
    ask: Ask
    place: Place
    places: Places
    now: datetime

    @property
    def notice(self) -> dict[str, object]:
        return {"notice_template": NOTICE, "robots": ROBOTS, "ask": self.ask}


def frame(user: User, ask: Ask, now: datetime) -> HttpResponse:
    """Answer with the page that the ask names, for a frame of ours."""
    places, below = load_places_around(ask.place)
    place = find_own_place(user, places, ask.place)
    asked = _Asked(user, ask, place, own_places(user, places), now)
    keys = None if place.is_hub else [place.pk]
    future = Future(
        ask.moment.at,
        load_planned(places=keys, until=ask.moment.at, now=now, last_first=True),
        _drafts(asked),
        tell=lambda at: short_moment(at, ask.zone),
        with_stopped=ask.drafts,
    )
    html = _post(asked, future) if ask.post else _place(asked, future, below)
    response = HttpResponse(_stay(html.decode(), asked))
    response["X-Frame-Options"] = "SAMEORIGIN"
    # read by csp.middleware.CSPMiddleware
    setattr(response, "_csp_replace", FRAME_POLICY)  # noqa: B010  # django-csp's own name
    return response


def _drafts(asked: _Asked) -> list[Unplanned]:
    ask = asked.ask
    if not ask.drafts or ask.post:
        return []
    everywhere = [where.pk for where in asked.places.everywhere]
    keys = everywhere if asked.place.is_hub else [asked.place.pk]
    return load_unplanned(posts=own_posts(asked.user), places=keys, at=ask.moment.at, now=asked.now)


def _place(asked: _Asked, future: Future, below: Sequence[Place]) -> bytes:
    number = min(asked.ask.number, LAST_PAGE)
    own_below = [spoke for spoke in below if may_see(asked.user, spoke)]
    page = future.place_page(asked.place, asked.places, own_below, number)
    return render_place(page, asked.places, **asked.notice)


def _post(asked: _Asked, future: Future) -> bytes:
    """Render the post as it will be; one without a delivery as it stands."""
    ask, place, places = asked.ask, asked.place, asked.places
    post = find_post(asked.user, ask.post)
    marked = future.find(place, ask.post)
    remark = ""
    if post is not None and (marked is None or (ask.drafts and _is_unfinished(post))):
        marked, remark = _as_it_stands(post, asked)
    if marked is None:
        return render_page(
            "preview/nothing.html",
            places,
            canonical_url="",
            **{"place": place, "post": post, **asked.notice},
        )
    page = future.post_page(marked, places)
    return render_post(page, places, **{"remark": remark, **asked.notice})


def _is_unfinished(post: Post) -> bool:
    return post.state in {PostState.DRAFT, PostState.IN_REVIEW}


def _as_it_stands(post: Post, asked: _Asked) -> tuple[Marked | None, str]:
    """Show the newest revision of a post that will not be live here then, and say why not."""
    at, place = asked.ask.moment.at, asked.place
    if post.expires_at and post.expires_at <= at:
        return None, ""
    channel = site_channels([place.pk]).first()
    shown = show_unplanned(
        post, channel or Channel(spoke_id=place.pk, network="site"), at, asked.now
    )
    approved = post.state == PostState.APPROVED
    mark = _("Not on this page yet") if approved else _state(post)
    return Marked(shown.row, mark), _planned_for(post, channel, asked) or _why_not(post, channel)


def _state(post: Post) -> str:
    label: str = post.get_state_display()
    return label


def _planned_for(post: Post, channel: Channel | None, asked: _Asked) -> str:
    """Say when the post comes to this place, if that is later than the moment shown."""
    publishes = Delivery.objects.of(post).planned().filter(kind=Kind.PUBLISH, channel=channel)
    at = publishes.values_list("due_at", flat=True).first() if channel else None
    if at is None or at <= asked.ask.moment.at:
        return ""
    return _("Planned here for %(time)s") % {"time": moment(at, asked.ask.zone)}


def _why_not(post: Post, channel: Channel | None) -> str:
    """Say that routing keeps a post from this place; empty when it would come here."""
    if channel is None:
        return _("This place has no channel for its own pages.")
    route = route_many([post], [channel])[post.pk][0]
    if route.goes:
        return ""
    return _("It would not come to this place: %(reason)s") % {"reason": route.reason}


def _stay(html: str, asked: _Asked) -> str:
    """Lead from the preview into the preview, in the whole window, at the same moment."""
    ask, places = asked.ask, asked.places

    def relink(href: str) -> str | None:
        if href.startswith("#"):
            return href
        parts = urlsplit(href)
        if parts.netloc:
            return href
        words = [word for word in parts.path.split("/") if word]
        place = places.at(words[0]) if words else places.hub
        if place is None or len(words) > 2:
            return href or None
        if not may_see(asked.user, place):
            return None
        page = parse_qs(parts.query).get("page", [""])[0]
        return ask.url(place=place.slug, post=words[1] if len(words) > 1 else "", page=page)

    page = rewrite(html, relink)
    return page.replace("<head>", '<head>\n<base target="_top">', 1)
