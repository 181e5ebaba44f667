"""Where something stands now that was known under another address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from content.catalogue.former import find_moved
from content.catalogue.models import FormerSlug
from spokes.site.answers import CACHE_CONTROL
from spokes.site.models import Publication
from spokes.site.places import Place

# the slug within an address, what stands before it and what follows, by what it is the slug of
ADDRESSES = {
    FormerSlug.Kind.ARTIST: re.compile(r"(/artists/)([-\w]+)(/.*)"),
    FormerSlug.Kind.GENRE: re.compile(r"(/genres/)([-\w]+)(/.*)"),
    FormerSlug.Kind.TAG: re.compile(r"(/tags/)([-\w]+)(/.*)"),
    FormerSlug.Kind.SPOKE: re.compile(r"(/)([-\w]+)(/.*)"),
}


def redirect_moved(request: HttpRequest) -> HttpResponse | None:
    """Lead a request for what is not there to where it moved; None when it never did."""
    if request.method not in {"GET", "HEAD"}:
        return None
    for kind, address in ADDRESSES.items():
        if found := address.fullmatch(request.path_info):
            before, slug, after = found.groups()
            if now_at := find_moved(kind=kind, slug=slug):
                query = request.META.get("QUERY_STRING", "")
                return _to(f"{before}{now_at}{after}" + (f"?{query}" if query else ""))
            return None
    return None


def redirect_republished(
    row: Mapping[str, Any], place: Place, now: datetime
) -> HttpResponse | None:
    """Lead from where a post stood on a place to where it stands there now; None if it is gone."""
    again = Publication.objects.live(now).on(place.pk).filter(post_ref=row["post_ref"])
    slug = again.values_list("slug", flat=True).first()
    return _to(place.post_url(slug)) if slug else None


def _to(url: str) -> HttpResponse:
    return HttpResponsePermanentRedirect(url, headers={"Cache-Control": CACHE_CONTROL})
