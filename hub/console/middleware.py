"""The console needs a looser content policy than the pages that fans see."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse

from hub.people.middleware import is_inside

# Unfold's pages run Alpine, which evaluates attributes, and htmx, which adds a style element.
CONSOLE_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
}

GetResponse = Callable[[HttpRequest], HttpResponse]


def console_policy(get_response: GetResponse) -> GetResponse:
    """Loosen the policy below the console's addresses, and nowhere else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if is_inside(request):
            # read by csp.middleware.CSPMiddleware, which stands outside of this one
            setattr(response, "_csp_replace", CONSOLE_POLICY)  # noqa: B010  # django-csp's own name
        return response

    return middleware
