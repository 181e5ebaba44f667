"""Sitemaps (sitemaps.org 0.9): an index, one map of the places, and one for each run of keys.

The runs are of keys, not of counted rows: a map's address means the same for ever, and no
request reads the whole table.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.http import require_safe

from spokes.site import facts
from spokes.site.models import Facet, Publication
from spokes.site.places import absolute, load_places

KEYS_PER_MAP = 5_000
# the protocol's own limit for one file
MOST_ADDRESSES = 50_000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEADERS = {"Cache-Control": "public, max-age=600, stale-while-revalidate=3600"}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    last = Publication.objects.aggregate(last=Max("pk"))["last"]
    runs = range(last // KEYS_PER_MAP + 1) if last is not None else range(0)
    addresses = ["/sitemap-places.xml", *(f"/sitemap-posts-{run}.xml" for run in runs)]
    return _answer("sitemapindex", "sitemap", ((address, "") for address in addresses))


@require_safe
def of_places(request: HttpRequest) -> HttpResponse:
    """List the hub, the spokes, and the artists and genres that something live is about."""
    listed = (
        Facet.objects.filter(
            kind__in=(Facet.Kind.ARTIST, Facet.Kind.GENRE),
            publication__in=Publication.objects.live(timezone.now()),
        )
        .values_list("kind", "slug")
        .distinct()
        .order_by("kind", "slug")
    )
    places = [place.url for place in load_places().everywhere]
    address = {Facet.Kind.ARTIST: facts.artist_url, Facet.Kind.GENRE: facts.genre_url}
    room = MOST_ADDRESSES - len(places)
    pages = [address[Facet.Kind(kind)](slug) for kind, slug in listed[:room]]
    return _answer("urlset", "url", ((url, "") for url in [*places, *pages]))


@require_safe
def of_posts(request: HttpRequest, run: int) -> HttpResponse:
    """List the posts with keys in one run, each where it came first. 404 beyond the last key."""
    start = run * KEYS_PER_MAP
    if start >= 2**62 or not Publication.objects.filter(pk__gte=start).exists():
        raise Http404("There is no such part of the sitemap.")
    now = timezone.now()
    rows = (
        Publication.objects.live(now)
        .once_per_post(now)
        .filter(pk__gte=start, pk__lt=start + KEYS_PER_MAP)
        .order_by("pk")
        .values_list("spoke_id", "slug", "changed_at")
    )
    places = load_places()
    entries = (
        (places.of(spoke_id).post_url(slug), changed_at.isoformat(timespec="seconds"))
        for spoke_id, slug, changed_at in rows
    )
    return _answer("urlset", "url", entries)


def _answer(root: str, element: str, entries: Iterable[tuple[str, str]]) -> HttpResponse:
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">']
    for url, changed in entries:
        lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
        lines.append(f"<{element}><loc>{escape(absolute(url))}</loc>{lastmod}</{element}>")
    body = "\n".join([*lines, f"</{root}>", ""])
    return HttpResponse(body, content_type="application/xml; charset=utf-8", headers=HEADERS)
