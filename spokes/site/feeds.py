"""Feeds of the hub, of each spoke, and of every artist, genre and tag that stories are about."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag
from spokes.site import feed_forms, pages
from spokes.site.answers import answer, make_stamp
from spokes.site.feed_forms import FORMS, Feed
from spokes.site.models import Facet, Publication
from spokes.site.places import HUB_SLUG, Place, Places, load_places
from spokes.site.views import find_place

FEED_SIZE = 30
# the rows that know an artist, genre or tag by name, and the first word of their addresses
TOPICS = {
    Facet.Kind.ARTIST: (Artist, "artists"),
    Facet.Kind.GENRE: (Genre, "genres"),
    Facet.Kind.TAG: (AudienceTag, "tags"),
}


@require_safe
def feed(request: HttpRequest, form: str, place_slug: str = "") -> HttpResponseBase:
    if place_slug == HUB_SLUG:
        return HttpResponsePermanentRedirect(f"/feed.{form}")
    places = load_places()
    place = find_place(places, place_slug or HUB_SLUG)
    outlined = pages.outline_place(place, 1, timezone.now(), first=FEED_SIZE)
    return _answer(request, form, _of_place(place, places), outlined, places)


@require_safe
def topic_feed(request: HttpRequest, form: str, kind: str, slug: str) -> HttpResponseBase:
    """Give the feed of an artist, a genre (and all below it) or a tag: each story once."""
    model, first_word = TOPICS[Facet.Kind(kind)]
    name = model._default_manager.filter(slug=slug).values_list("name", flat=True).first()
    if name is None:
        raise Http404("There is nothing of this name.")
    places, now = load_places(), timezone.now()
    about = Publication.objects.live(now).listed_under(kind, slug).once_per_post(now)
    rows = tuple(about.values_list(*pages.OUTLINED)[:FEED_SIZE])
    return _answer(
        request,
        form,
        _titled(name, f"/{first_word}/{slug}/", places),
        pages.Outline(rows, 1, has_more=False),
        places,
    )


def _answer(
    request: HttpRequest, form: str, shown: Feed, outlined: pages.Outline, places: Places
) -> HttpResponseBase:
    content_type, write = FORMS[form]

    def make_body() -> bytes:
        return write(shown, pages.load_cards(outlined.keys, places))

    return answer(
        request,
        make_stamp("feed", form, shown, outlined),
        make_body,
        keep_as=f"feed{shown.page_url}{form}",
        content_type=content_type,
    )


def _of_place(place: Place, places: Places) -> Feed:
    if place.is_hub:
        return _feed(place.name, place.tagline, place.url, places)
    titled = _titled(place.name, place.url, places)
    return _feed(titled.title, place.tagline or titled.description, place.url, places)


def _titled(name: str, page_url: str, places: Places) -> Feed:
    title = f"{name} – {places.hub.name}"
    return _feed(title, "", page_url, places)


def _feed(title: str, description: str, page_url: str, places: Places) -> Feed:
    with translation.override(settings.LANGUAGE_CODE):
        newest = _("The newest on %(title)s.") % {"title": title}
    return Feed(
        title=feed_forms.plain(title),
        description=feed_forms.plain(description or newest),
        page_url=page_url,
        brand=feed_forms.plain(places.hub.name),
        language=settings.LANGUAGE_CODE,
        push_hub=settings.WEBSUB_HUB,
    )
