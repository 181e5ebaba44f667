"""The web app manifest: the name, the colours and the icons with which a phone keeps the site."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation import get_language_bidi
from django.views.decorators.http import require_safe

from spokes.site.answers import answer, make_stamp
from spokes.site.places import Place, load_places
from spokes.site.templatetags.backbeat_site import static_address

CONTENT_TYPE = "application/manifest+json"
# what the stylesheet calls paper
PAPER = "#f5f2ea"


@require_safe
def manifest(request: HttpRequest) -> HttpResponseBase:
    hub = load_places().hub

    def make_body() -> bytes:
        return _write(hub)

    stamp = make_stamp("manifest", hub)
    return answer(request, stamp, make_body, keep_as="manifest", content_type=CONTENT_TYPE)


def _write(hub: Place) -> bytes:
    with translation.override(settings.LANGUAGE_CODE):
        direction = "rtl" if get_language_bidi() else "ltr"
    icons = [
        {"src": static_address("site/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        *(
            {
                "src": static_address(f"site/icon-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ),
    ]
    told = {
        "id": "/",
        "name": hub.name,
        "short_name": hub.name[:12].strip(),
        "description": hub.tagline,
        "lang": settings.LANGUAGE_CODE,
        "dir": direction,
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": PAPER,
        "theme_color": hub.colour,
        "icons": icons,
    }
    return json.dumps({k: v for k, v in told.items() if v}, ensure_ascii=False).encode()
