"""What stands before the pages: whole answers, kept as long as nothing that they show changed.

A page that was asked for before is answered without the rest of the middleware: body, compressed
body and all headers are those that the whole chain once made. It holds while the site's version
is the same and nothing on the site has passed its time, and half a minute at most, for facts that
no version knows of. The version is one query, and a crowd asks it once for all: what was read
holds for ``SITE_VERSION_SECONDS`` in a process.
"""

from __future__ import annotations

import dataclasses
import gzip
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import parse_http_date_safe

from spokes.site.answers import KeepableResponse
from spokes.site.keeping import Shelf
from spokes.site.version import Version, read_version

GetResponse = Callable[[HttpRequest], HttpResponseBase]
Key = tuple[str, ...]

LONGEST = timedelta(seconds=30)
# kept answers, and their bytes in memory
MOST_ANSWERS = 2_000
MOST_BYTES = 64_000_000
# addresses asked for once, of which nothing is kept yet
MOST_CANDIDATES = 10_000
LONGEST_QUERY = 200
# bytes under which compression gains nothing
WORTH_COMPRESSING = 600
COMPRESSIBLE = ("text/", "application/json", "application/feed+json", "application/manifest+json")
ELSEWHERE = ("/admin/", "/static/", "/media/", "/accounts/")
TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
CONDITIONS = (
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A whole answer; ``packed`` is its body in gzip, empty where that gains nothing."""

    version: int
    until: datetime
    match: ResolverMatch | None
    headers: Mapping[str, str]
    body: bytes
    packed: bytes

    def holds(self, version: Version, now: datetime) -> bool:
        return self.version == version.number and now < self.until


shelf: Shelf[Kept] = Shelf(
    most=MOST_ANSWERS, most_bytes=MOST_BYTES, size=lambda kept: len(kept.body) + len(kept.packed)
)
# addresses that were asked for once; what nobody asks for again is not worth keeping
asked_once: Shelf[bool] = Shelf(most=MOST_CANDIDATES, most_bytes=0, size=lambda _: 0)


@dataclasses.dataclass(slots=True)
class LastRead:
    """The version that this process read last, and when: ``time.monotonic()``."""

    version: Version | None = None
    at: float = 0.0


last_read = LastRead()


def forget() -> None:
    """Drop all that is kept."""
    shelf.clear()
    asked_once.clear()
    last_read.version = None


def front(get_response: GetResponse) -> GetResponse:
    """Answer with what is kept, else let the page be made, and keep it if it may be."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        key = _key(request)
        if key is None:
            return get_response(request)
        kept = shelf.get(key)
        if kept is None and not _is_ours(request):
            return get_response(request)
        if kept is None and not _is_wanted(key):
            return _packed_on_the_way(request, get_response(request))
        now = timezone.now()
        version = _version(now)
        if kept is None or not kept.holds(version, now):
            fresh = _make(request, get_response, version, now)
            if not isinstance(fresh, Kept):
                return _packed_on_the_way(request, fresh)
            kept = fresh
            shelf.put(key, kept)
        request.resolver_match = kept.match
        return _answer(request, kept)

    return middleware


def _version(now: datetime) -> Version:
    """Read the version, or take what was read a blink ago.

    A page that is made meanwhile may be newer than the version it is kept under, never older.
    """
    version, age = last_read.version, time.monotonic() - last_read.at
    if version is None or age >= settings.SITE_VERSION_SECONDS:
        began = time.monotonic()
        version = read_version(now)
        last_read.version, last_read.at = version, began
    return version


def _key(request: HttpRequest) -> Key | None:
    """Name the answer; None when this request is nothing that we keep answers of."""
    query = request.META.get("QUERY_STRING", "")
    if (
        settings.DEBUG
        or request.method not in {"GET", "HEAD"}
        or request.path_info.startswith(ELSEWHERE)
        or len(query) > LONGEST_QUERY
        # the rest of the chain leads to the safe address
        or (settings.SECURE_SSL_REDIRECT and not request.is_secure())
    ):
        return None
    try:
        request.get_host()
    except DisallowedHost:
        return None
    names = (settings.SITE_URL, settings.BRAND_NAME, settings.LANGUAGE_CODE)
    return (request.path_info, query, request.scheme or "", *names)


def _is_ours(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).app_name == "site"
    except Resolver404:
        return False


def _is_wanted(key: Key) -> bool:
    if key in asked_once:
        return True
    asked_once.put(key, True)
    return False


def _make(
    request: HttpRequest, get_response: GetResponse, version: Version, now: datetime
) -> Kept | HttpResponseBase:
    """Let the page be made whole, whatever the reader has of it already; keep it if it may be."""
    conditions = {name: request.META.pop(name) for name in CONDITIONS if name in request.META}
    method, request.method = request.method, "GET"
    try:
        response = get_response(request)
    finally:
        request.META.update(conditions)
        request.method = method
    if not isinstance(response, KeepableResponse) or response.cookies:
        return _conditional(request, response)
    packed = _pack(response)
    if packed:
        patch_vary_headers(response, ["Accept-Encoding"])
    return Kept(
        version=version.number,
        until=min(now + LONGEST, version.next_expiry or now + LONGEST),
        match=request.resolver_match,
        headers=dict(response.items()),
        body=response.content,
        packed=packed,
    )


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    etag = response.headers.get("ETag")
    if (
        etag is None
        or not isinstance(response, HttpResponse)
        or response.status_code != HTTPStatus.OK
    ):
        return response
    return (
        get_conditional_response(request, etag, _last_modified(response.headers), response)
        or response
    )


def _answer(request: HttpRequest, kept: Kept) -> HttpResponseBase:
    headers = dict(kept.headers)
    body = kept.body
    if kept.packed and _takes_gzip(request):
        body = kept.packed
        _mark_packed(headers)
    headers["Content-Length"] = str(len(body))
    content = b"" if request.method == "HEAD" else body
    response = HttpResponse(content, headers=headers)
    if any(name in request.META for name in CONDITIONS):
        return _conditional(request, response)
    return response


def _packed_on_the_way(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Compress what is not kept too: a first visit is the one that a reader waits for."""
    if not isinstance(response, HttpResponse) or response.status_code != HTTPStatus.OK:
        return response
    packed = _pack(response)
    if not packed:
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    if _takes_gzip(request):
        response.content = packed
        response["Content-Length"] = str(len(packed))
        headers = dict(response.items())
        _mark_packed(headers)
        for name, value in headers.items():
            response[name] = value
    return response


def _pack(response: HttpResponse) -> bytes:
    plain = response.get("Content-Type", "")
    worth = plain.startswith(COMPRESSIBLE) or "xml" in plain
    if (
        not worth
        or response.has_header("Content-Encoding")
        or len(response.content) < WORTH_COMPRESSING
    ):
        return b""
    # the same bytes for the same page
    return gzip.compress(response.content, compresslevel=6, mtime=0)


def _mark_packed(headers: dict[str, str]) -> None:
    headers["Content-Encoding"] = "gzip"
    etag = headers.get("ETag", "")
    if etag.startswith('"'):
        # the same page in other bytes
        headers["ETag"] = f"W/{etag}"


def _takes_gzip(request: HttpRequest) -> bool:
    return TAKES_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")) is not None


def _last_modified(headers: Mapping[str, str]) -> int | None:
    value = headers.get("Last-Modified")
    return parse_http_date_safe(value) if value else None
