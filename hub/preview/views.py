"""Previews for people of the console: a place or a post at a moment, or at two of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from hub.console.moments import moment, relative, zones
from hub.console.people import acting
from hub.preview.asking import STEP, Ask, minutes_ahead, slider_start
from hub.preview.changes import Change, What, changes_until
from hub.preview.frames import frame
from hub.preview.homes import home_of
from hub.preview.planning import MOST_PLANNED, load_planned
from hub.preview.staff import (
    find_own_place,
    find_post,
    may_see,
    own_places,
    own_posts,
    staff_only,
)
from hub.preview.when import Moment, next_morning, this_evening
from spokes.site import colours
from spokes.site.places import Place, Places, load_places

DAY_MINUTES = 24 * 60


@dataclasses.dataclass(frozen=True)
class Frame:
    title: str
    url: str
    # "", phone or desktop
    width: str = ""


@dataclasses.dataclass(frozen=True)
class Line:
    """A change as the list shows it."""

    change: Change
    time: str
    url: str


@dataclasses.dataclass(frozen=True)
class Jump:
    label: str
    url: str
    is_here: bool


@dataclasses.dataclass(frozen=True)
class Slider:
    """``value`` and ``most`` are minutes from ``start``; ticks lie between 0 and 1000."""

    start: str
    value: int
    most: int
    step: int
    ticks: list[int]


@staff_only
def first_place(request: HttpRequest) -> HttpResponse:
    """Lead to a post (``?post=7``) where it goes, else to the first place that one may see."""
    user = acting(request)
    places = load_places()
    query = request.GET.copy()
    key = "".join(query.pop("post", []))
    if key:
        return _to_post(user, places, key, query.urlencode())
    for place in places.everywhere:
        if may_see(user, place):
            return HttpResponseRedirect(f"/preview/{place.slug}/")
    raise Http404(gettext("No place is yours."))


def _to_post(user: User, places: Places, key: str, query: str) -> HttpResponse:
    post = own_posts(user).filter(pk=int(key[:15]) if key.isdecimal() else 0).first()
    home = home_of(post, places, user) if post else None
    if post is None or home is None:
        raise Http404(gettext("There is no such post."))
    url = f"/preview/{home.slug}/{post.slug or post.pk}/"
    return HttpResponseRedirect(f"{url}?{query}" if query else url)


@staff_only
def preview(request: HttpRequest, place_slug: str, post: str = "") -> HttpResponse:
    now = timezone.now()
    user = acting(request)
    ask = Ask.of(request.GET, place=place_slug, post=post, now=now)
    if request.GET.get("frame") == "1":
        return frame(user, ask, now)
    if "ahead" in request.GET:
        return HttpResponseRedirect(ask.url_at(_ahead(request.GET["ahead"], now)))
    return _shell(request, user, ask, now)


def _ahead(text: str, now: datetime) -> datetime | None:
    """Read where the slider stood: minutes from its start; the start and all else is now."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 6 or text == "0":
        return None
    return max(now, slider_start(now) + timedelta(minutes=int(text)))


def _shell(request: HttpRequest, user: User, ask: Ask, now: datetime) -> HttpResponse:
    places = load_places()
    place = find_own_place(user, places, ask.place)
    post = find_post(user, ask.post) if ask.post else None
    keys = None if place.is_hub else [place.pk]
    until = max(now + timedelta(days=ask.days), ask.moment.at)
    planned = load_planned(places=keys, until=until, now=now, with_rows=False)
    changes = changes_until(places=places, keys=keys, planned=planned, now=now, until=until)
    mine = own_places(user, places)
    context = {
        "ask": ask,
        "place": place,
        "post": post,
        "places": [where for where in mine.everywhere if may_see(user, where)],
        "place_urls": [(where, ask.url(place=where.slug, post="")) for where in mine.everywhere],
        "frames": _frames(ask, place, post.title if post else ""),
        "before": _lines([c for c in changes if c.at <= ask.moment.at], ask),
        "after": _lines([c for c in changes if c.at > ask.moment.at], ask),
        "cut": len(planned) == MOST_PLANNED,
        "jumps": _jumps(ask, changes, now),
        "slider": _slider(ask, changes, now),
        "from_now": "" if ask.moment.is_now else relative(ask.moment.at, now),
        "zones": zones(),
        "colours_url": f"/spokes.css?v={colours.version(places.everywhere)}",
        "may_share": user.has_perm("preview.add_sharelink"),
        "problems": [word for word in (ask.moment.problem, _other_problem(ask)) if word],
    }
    return render(request, "preview/preview.html", context)


def _other_problem(ask: Ask) -> str:
    if ask.side != "moments" or ask.other.problem == ask.moment.problem:
        return ""
    return ask.other.problem


def _frames(ask: Ask, place: Place, title: str) -> list[Frame]:
    what = title or (_("The hub") if place.is_hub else place.name)
    at = _("now") if ask.moment.is_now else ask.moment.text
    url = ask.frame_url(ask.moment)
    if ask.side == "widths":
        return [
            Frame(_("%(what)s on a phone") % {"what": what}, url, "phone"),
            Frame(_("%(what)s on a wide screen") % {"what": what}, url, "desktop"),
        ]
    first = Frame(_("%(what)s: %(at)s") % {"what": what, "at": at}, url)
    if ask.side != "moments":
        return [first]
    then = _("now") if ask.other.is_now else ask.other.text
    words = _("%(what)s: %(at)s") % {"what": what, "at": then}
    return [first, Frame(words, ask.frame_url(ask.other))]


def _lines(changes: Sequence[Change], ask: Ask) -> list[Line]:
    return [Line(c, moment(c.at, ask.zone), ask.url_at(_just_after(c.at))) for c in changes]


def _just_after(at: datetime) -> datetime:
    """Round up to the minute, for an address has no seconds."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)


def _jumps(ask: Ask, changes: Sequence[Change], now: datetime) -> list[Jump]:
    """Offer the moments that people ask for most."""
    moments: list[tuple[str, datetime | None]] = [
        (_("Now"), None),
        (_("Tonight"), this_evening(now, ask.zone)),
        (_("Tomorrow 9:00"), next_morning(now, ask.zone)),
    ]
    coming = [c.at for c in changes if c.what == What.COMES and c.at > ask.moment.at]
    if coming:
        moments.append((_("Next planned post"), _just_after(coming[0])))
    return [
        Jump(
            label,
            ask.url_at(at),
            is_here=ask.moment.is_now if at is None else Moment(at, ask.zone).local == _here(ask),
        )
        for label, at in moments
    ]


def _here(ask: Ask) -> str:
    return "" if ask.moment.is_now else ask.moment.local


def _slider(ask: Ask, changes: Sequence[Change], now: datetime) -> Slider:
    most = ask.days * DAY_MINUTES
    start = slider_start(now)
    places = {
        round((change.at - start) / timedelta(minutes=1) * 1000 / most)
        for change in changes
        if change.what != What.STOPPED
    }
    return Slider(
        start=start.isoformat(),
        value=minutes_ahead(ask.moment.at, now, ask.days),
        most=most,
        step=STEP,
        ticks=sorted(place for place in places if 0 <= place <= 1000),
    )
