"""An oEmbed provider (oembed.com 1.0): what other sites show in the place of a story's address."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from spokes.site import pages
from spokes.site.answers import answer, make_stamp
from spokes.site.feed_forms import plain
from spokes.site.pages import PostPage
from spokes.site.places import Places, absolute, load_places
from spokes.site.views import find_place

# seconds for which others may keep it
CACHE_AGE = 3600
CONTENT_TYPES = {"json": "application/json", "xml": "text/xml; charset=utf-8"}


@require_safe
def oembed(request: HttpRequest) -> HttpResponseBase:
    """Describe the story at ``?url=``; 404 for what is none of ours, 501 for an unknown form."""
    form = request.GET.get("format", "json")
    if form not in CONTENT_TYPES:
        return HttpResponse(
            gettext("The format is json or xml."), status=501, content_type="text/plain"
        )
    place_slug, post_slug = _address(request.GET.get("url", ""))
    places, now = load_places(), timezone.now()
    row = pages.find_post(find_place(places, place_slug), post_slug)
    if pages.is_gone(row, now):
        raise Http404(gettext("The story is gone."))
    page = pages.load_post_page(row, places, now)
    most = (
        _most_width(request.GET.get("maxwidth", "")),
        _most_width(request.GET.get("maxheight", "")),
    )
    told = _describe(page, places, *most)

    def make_body() -> bytes:
        return _xml(told) if form == "xml" else json.dumps(told, ensure_ascii=False).encode()

    keep_as = f"oembed/{form}/{place_slug}/{post_slug}/{most}"
    stamp = make_stamp("oembed", form, told)
    return answer(request, stamp, make_body, keep_as=keep_as, content_type=CONTENT_TYPES[form])


def _address(url: str) -> tuple[str, str]:
    """Give place and post of an address of ours. Raises Http404 for any other."""
    try:
        parts, own = urlsplit(url), urlsplit(settings.SITE_URL)
        match = resolve(parts.path)
    except (ValueError, Resolver404):
        raise Http404(gettext("That is no address of ours.")) from None
    if parts.netloc != own.netloc or match.view_name != "site:post":
        raise Http404(gettext("That is no story of ours."))
    return match.kwargs["place_slug"], match.kwargs["post_slug"]


def _describe(page: PostPage, places: Places, width: int, height: int) -> dict[str, Any]:
    card = page.card
    told: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": plain(card.title),
        # the story is the house's, not of those whom it is about
        "author_name": plain(places.hub.name),
        "author_url": absolute("/"),
        "provider_name": plain(places.hub.name),
        "provider_url": absolute("/"),
        "cache_age": CACHE_AGE,
    }
    image = page.share_image
    # a thumbnail comes with its size or not at all, and within what was asked for
    if image and image.width and image.height and image.width <= width and image.height <= height:
        told |= {
            "thumbnail_url": image.url,
            "thumbnail_width": image.width,
            "thumbnail_height": image.height,
        }
    return told


def _most_width(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 6 else 100_000


def _xml(told: dict[str, Any]) -> bytes:
    root = ElementTree.Element("oembed")
    for name, value in told.items():
        ElementTree.SubElement(root, name).text = str(value)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
