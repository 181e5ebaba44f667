"""What an open page asks every few seconds: whether there are stories that it does not show."""

from __future__ import annotations

import json

from django.conf import settings
from django.db.models import Subquery
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from spokes.site.answers import answer, make_stamp
from spokes.site.models import Publication
from spokes.site.places import load_places
from spokes.site.views import find_place

# a CDN may answer the many who ask at the same time
CACHE_CONTROL = "public, max-age=5, s-maxage=5"
# who missed more than these is told of "more"
MOST_COUNTED = 50
JSON = "application/json"


@require_safe
def news(request: HttpRequest, place_slug: str) -> HttpResponseBase:
    """Count a place's live publications that came after the one with the key ``?after=``.

    All of them count for 0, the key of a page without any.
    """
    after = _key(request.GET.get("after", "0"))
    place = find_place(load_places(), place_slug)
    newer = Publication.objects.live(timezone.now()).on(place.pk)
    if after:
        shown = Publication.objects.filter(pk=after).values("published_at")
        newer = newer.filter(published_at__gt=Subquery(shown[:1]))
    count = newer.order_by()[: MOST_COUNTED + 1].count()

    def make_body() -> bytes:
        return json.dumps({"count": count, "text": _in_words(count)}, ensure_ascii=False).encode()

    stamp = make_stamp("live", place.slug, count)
    keep_as = f"live/{place.slug}/{count}"
    response = answer(request, stamp, make_body, keep_as=keep_as, content_type=JSON)
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


def _key(raw: str) -> int:
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 18):
        raise Http404("That is no key of a publication.")
    return int(raw)


def _in_words(count: int) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        if count > MOST_COUNTED:
            return gettext("More than %(count)s new stories") % {"count": MOST_COUNTED}
        words = ngettext("%(count)s new story", "%(count)s new stories", count)
        return words % {"count": count} if count else ""
