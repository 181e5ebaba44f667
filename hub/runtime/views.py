"""What machines ask: is it up, is it ready, how is it; and pictures where nothing else serves."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.static import serve
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hub.runtime.outside import watch_from_outside
from hub.runtime.readiness import problems

LOOPBACK = frozenset({"127.0.0.1", "::1"})
DAY = 86_400


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether posts can be read and will go out: 200, or 503 with the reasons in words."""
    found = problems()
    if found:
        # nobody else may be left to notice
        watch_from_outside()
    return JsonResponse({"ready": not found, "problems": found}, status=503 if found else 200)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give Prometheus its numbers, to whoever has the token; without a token to this machine."""
    if not _may_read_metrics(request):
        return HttpResponse("Send METRICS_TOKEN as a bearer token.\n", status=403)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # behind a proxy on this machine every caller seems to be local
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a stored picture; SecurityMiddleware adds nosniff."""
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    if isinstance(response, FileResponse):
        response["Cache-Control"] = f"public, max-age={DAY}"
    return response
