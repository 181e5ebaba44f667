"""Answers that may be kept: by browsers, by a CDN between us and them, and by this process.

Before a page is rendered, its stamp is made from the rows that it would show. The same stamp
means the same page, so it is the ETag, and it decides whether a kept rendering may be used.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag

from spokes.site.keeping import Shelf
from spokes.site.templatetags.backbeat_site import stylesheet

HTML = "text/html; charset=utf-8"
# a CDN may keep it as long as a browser, show it while it asks again, and for an hour while the
# site does not answer
CACHE_CONTROL = "public, max-age=30, s-maxage=30, stale-while-revalidate=60, stale-if-error=3600"
# renderings in the memory of this process
MOST_RENDERINGS = 2_000
MOST_BYTES = 64_000_000


class KeepableResponse(HttpResponse):
    """A page for everyone, which may be kept whole until something on the site changes."""


@dataclasses.dataclass(frozen=True)
class Rendering:
    """A page as it was rendered for a stamp; ``since`` is its honest Last-Modified.

    The newest row's time would not do: a page also changes when a post leaves it.
    """

    stamp: str
    since: datetime
    body: bytes


renderings: Shelf[Rendering] = Shelf(
    most=MOST_RENDERINGS, most_bytes=MOST_BYTES, size=lambda rendering: len(rendering.body)
)


def make_stamp(*facts: object) -> str:
    """Name the page that these facts (anything with a full ``repr``) make with today's code."""
    if settings.DEBUG:
        _edition.cache_clear()
    edition = _edition(settings.SITE_URL, settings.BRAND_NAME, stylesheet())
    return hashlib.sha256(repr((edition, facts)).encode()).hexdigest()[:32]


def render(template: str, **context: object) -> bytes:
    """Render without a request: a public page knows nobody, so that all may share it."""
    return loader.get_template(template).render(context).encode()


def answer(
    request: HttpRequest,
    stamp: str,
    make_body: Callable[[], bytes],
    *,
    keep_as: str = "",
    content_type: str = HTML,
) -> HttpResponseBase:
    """Give 304 to who has this page already, else the page; kept under ``keep_as`` if it is set."""
    etag = quote_etag(stamp)
    if unchanged := get_conditional_response(request, etag=etag):
        unchanged["ETag"] = etag
        unchanged["Cache-Control"] = CACHE_CONTROL
        return unchanged
    rendering = _rendering(stamp, make_body, keep_as)
    seconds = int(rendering.since.timestamp())
    headers = {
        "ETag": etag,
        "Last-Modified": http_date(seconds),
        "Cache-Control": CACHE_CONTROL,
    }
    kind = KeepableResponse if keep_as else HttpResponse
    response = kind(rendering.body, content_type=content_type, headers=headers)
    return get_conditional_response(request, etag, seconds, response) or response


def _rendering(stamp: str, make_body: Callable[[], bytes], keep_as: str) -> Rendering:
    kept = renderings.get(keep_as) if keep_as else None
    if kept and kept.stamp == stamp:
        return kept
    fresh = Rendering(stamp, timezone.now(), make_body())
    if keep_as:
        renderings.put(keep_as, fresh)
    return fresh


@functools.cache
def _edition(*names: str) -> str:
    """Change with the names, the templates and the code: a new release makes new pages."""
    digest = hashlib.sha256(repr(names).encode())
    here = Path(__file__).parent
    templates = Path(settings.ROOT) / "templates" / "site"
    for path in sorted((*here.rglob("*.py"), *templates.rglob("*.html"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()
