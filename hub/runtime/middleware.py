"""A name for every request, one log line and one count."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hub.runtime.logs import PROBES, current_request_id
from hub.runtime.metrics import REQUEST_SECONDS

logger = logging.getLogger(__name__)

GOOD_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

# below it, the first word of the path is a token
SHARED = "/share/"

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_log(get_response: GetResponse) -> GetResponse:
    """Log method, path, status and time of each request under the id that it or we gave it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if GOOD_ID.fullmatch(given) else uuid.uuid4().hex
        token = current_request_id.set(request_id)
        started = time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-ID"] = request_id
            _tell(request, response, time.perf_counter() - started)
        finally:
            current_request_id.reset(token)
        return response

    return middleware


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    view = (match.view_name or "unnamed") if match else "none"
    REQUEST_SECONDS.labels(request.method, view, response.status_code).observe(seconds)
    if request.path not in PROBES:
        # the query may hold what a person searched for, or a token: it is left out
        logger.log(
            _level(request, response),
            "%s %s %s in %.0f ms",
            request.method,
            _shown(request.path),
            response.status_code,
            seconds * 1000,
            extra={"status": response.status_code, "milliseconds": round(seconds * 1000, 1)},
        )


def _shown(path: str) -> str:
    """Leave out what opens something to whoever reads it: the token of a share link."""
    return SHARED if path.startswith(SHARED) else path


def _level(request: HttpRequest, response: HttpResponse) -> int:
    """Keep the dozens of styles and pictures of each page out of the way of the pages."""
    attached = request.path.startswith((settings.STATIC_URL, "/media/"))
    return logging.DEBUG if attached and response.status_code < 400 else logging.INFO
