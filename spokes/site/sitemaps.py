"""Sitemaps (sitemaps.org 0.9): an index, one map of the places, and one for each run of keys.

The runs are of keys, not of counted rows: a map's address means the same for ever, and no
request reads the whole table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.http import require_safe

from spokes.site.answers import KeepableResponse
from spokes.site.models import Facet, Publication
from spokes.site.places import absolute, load_places

KEYS_PER_MAP = 5_000
# the protocol's own limit for one file
MOST_ADDRESSES = 50_000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# pages that lead to all others, and the first words of the addresses of what stories are about
LISTS = ("/artists/", "/genres/", "/tags/", "/archive/")
FIRST_WORDS = {Facet.Kind.ARTIST: "artists", Facet.Kind.GENRE: "genres", Facet.Kind.TAG: "tags"}
HEADERS = {"Cache-Control": "public, max-age=600, stale-while-revalidate=3600"}

# an address and when what it shows last changed, where that is known
Entry = tuple[str, datetime | None]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the maps, each with the time of its newest change."""
    now = timezone.now()
    runs = (
        Publication.objects.live(now)
        .order_by()
        .values(run=F("pk") / KEYS_PER_MAP)
        .annotate(changed=Max("changed_at"))
        .order_by("run")
        .values_list("run", "changed")
    )
    maps = [(f"/sitemap-posts-{run}.xml", changed) for run, changed in runs]
    newest = max((changed for _, changed in maps), default=None)
    return _answer("sitemapindex", "sitemap", [("/sitemap-places.xml", newest), *maps])


@require_safe
def of_places(request: HttpRequest) -> HttpResponse:
    """List the hub, the spokes, the archive, and all that something live is about."""
    now = timezone.now()
    live = Publication.objects.live(now)
    changed = dict(live.order_by().values_list("spoke_id").annotate(Max("changed_at")))
    newest = max(changed.values(), default=None)
    listed: list[Entry] = [
        (place.url, newest if place.is_hub else changed.get(place.pk))
        for place in load_places().everywhere
    ]
    listed += [(url, newest) for url in LISTS if newest]
    listed += [
        (f"/archive/{month:%Y/%m}/", None) for month in live.datetimes("published_at", "month")
    ]
    listed += _topics(now, MOST_ADDRESSES - len(listed))
    return _answer("urlset", "url", listed)


def _topics(now: datetime, room: int) -> list[Entry]:
    words = (
        Facet.objects.filter(publication__in=Publication.objects.live(now))
        .values_list("kind", "slug")
        .annotate(newest=Max("published_at"))
        .order_by("kind", "slug")
    )
    return [(f"/{FIRST_WORDS[kind]}/{slug}/", newest) for kind, slug, newest in words[:room]]


@require_safe
def of_posts(request: HttpRequest, run: int) -> HttpResponse:
    """List the posts with keys in one run, each where it came first. 404 beyond the last key."""
    start = run * KEYS_PER_MAP
    if start >= 2**62:
        raise Http404("There is no such part of the sitemap.")
    now = timezone.now()
    rows = list(
        Publication.objects.live(now)
        .once_per_post(now)
        .filter(pk__gte=start, pk__lt=start + KEYS_PER_MAP)
        .order_by("pk")
        .values_list("spoke_id", "slug", "changed_at")
    )
    if not rows and not Publication.objects.filter(pk__gte=start).exists():
        raise Http404("There is no such part of the sitemap.")
    places = load_places()
    entries = [
        (places.of(spoke_id).post_url(slug), changed_at) for spoke_id, slug, changed_at in rows
    ]
    return _answer("urlset", "url", entries)


def _answer(root: str, element: str, entries: Iterable[Entry]) -> HttpResponse:
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">']
    for url, changed in entries:
        lastmod = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
        lines.append(f"<{element}><loc>{escape(absolute(url))}</loc>{lastmod}</{element}>")
    body = "\n".join([*lines, f"</{root}>", ""])
    return KeepableResponse(body, content_type="application/xml; charset=utf-8", headers=HEADERS)
