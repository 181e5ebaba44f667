"""The public pages. None of them knows its reader: no session, no cookie, no user."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)
from django.utils import timezone
from django.views.decorators.http import require_safe

from spokes.site import colours, facts, pages
from spokes.site.answers import CACHE_CONTROL, HTML, answer, make_stamp
from spokes.site.compose import HUB_STORIES, compose_place, next_up, upcoming
from spokes.site.forms import Search
from spokes.site.gathered import load_gathered, outline_gathered
from spokes.site.models import Facet
from spokes.site.moved import redirect_moved, redirect_republished
from spokes.site.pages import Card
from spokes.site.pictures import Picture
from spokes.site.places import (
    FrontPage,
    Place,
    Places,
    absolute,
    load_places,
    load_places_around,
    load_places_with_newest,
)
from spokes.site.rendering import numbered, render_page, render_place, render_post
from spokes.site.search import near_names

UNCHANGING = "public, max-age=31536000, immutable"


@require_safe
def hub(request: HttpRequest) -> HttpResponseBase:
    """Show the hub's own stories, then each spoke's newest; the hub's older stories follow."""
    now = timezone.now()
    number = pages.page_number(request.GET.get("page", "1"))
    first = number == 1
    places, front = load_places_with_newest(now) if first else (load_places(), FrontPage())
    own = pages.outline_place(places.hub, number, now, first=HUB_STORIES)
    of_spokes = pages.outline_of(front.keys)

    def make_body() -> bytes:
        every = pages.load_cards(dict.fromkeys([*own.keys, *of_spokes.keys]), places)
        page = compose_place(
            places.hub,
            places,
            [card for card in every if card.pk in set(own.keys)],
            elsewhere=[card for card in every if card.pk in set(front.newest)],
            coming=upcoming(every, now.date()),
            number=number,
            has_more=own.has_more,
        )
        return render_place(page, places)

    stamp = make_stamp("hub", places, own, of_spokes, now.date() if first else None)
    return answer(request, stamp, make_body, keep_as=f"hub/{number}")


@require_safe
def hub_address(request: HttpRequest) -> HttpResponseBase:
    return HttpResponsePermanentRedirect("/")


@require_safe
def spoke(request: HttpRequest, place_slug: str) -> HttpResponseBase:
    now = timezone.now()
    number = pages.page_number(request.GET.get("page", "1"))
    places, below = load_places_around(place_slug)
    place = find_place(places, place_slug)
    own = pages.outline_place(place, number, now)
    next_up = pages.outline_coming(place, now) if number == 1 else pages.NOTHING

    def make_body() -> bytes:
        cards = pages.load_cards(dict.fromkeys([*own.keys, *next_up.keys]), places)
        page = compose_place(
            place,
            places,
            [card for card in cards if card.pk in set(own.keys)],
            coming=[card for card in cards if card.pk in set(next_up.keys)],
            below=below,
            number=number,
            has_more=own.has_more,
        )
        return render_place(page, places)

    stamp = make_stamp("spoke", place.slug, places, own, next_up, below)
    return answer(request, stamp, make_body, keep_as=f"spoke/{place.slug}/{number}")


@require_safe
def post(request: HttpRequest, place_slug: str, post_slug: str) -> HttpResponseBase:
    now = timezone.now()
    places = load_places()
    place = find_place(places, place_slug)
    row = pages.find_post(place, post_slug)
    if pages.is_gone(row, now):
        return redirect_republished(row, place, now) or _gone(places, place)
    page = pages.load_post_page(row, places, now)

    def make_body() -> bytes:
        return render_post(page, places)

    stamp = make_stamp("post", places, page.stamp_facts)
    return answer(request, stamp, make_body, keep_as=f"post/{place.slug}/{post_slug}")


@require_safe
def artist(request: HttpRequest, slug: str) -> HttpResponseBase:
    now = timezone.now()
    number = pages.page_number(request.GET.get("page", "1"))
    artist = facts.load_artist(slug)
    places = load_places()
    gathered = outline_gathered(Facet.Kind.ARTIST, slug, number, now)

    def make_body() -> bytes:
        stream = load_gathered(gathered, places, f"{facts.artist_url(slug)}?")
        return render_page(
            "site/artist.html",
            places,
            canonical_url=numbered(facts.artist_url(slug), number),
            stream=stream,
            coming=next_up(upcoming(stream.cards, now.date())) if number == 1 else [],
            artist=artist,
            portrait=_portrait(stream.cards),
        )

    stamp = make_stamp("artist", places, artist, gathered, now.date())
    return answer(request, stamp, make_body, keep_as=f"artist/{slug}/{number}")


def _portrait(cards: Sequence[Card]) -> Picture | None:
    """Pick the picture that stands farthest from its own story; none beside a single story."""
    pictures = [card.picture for card in cards if card.picture]
    return pictures[-1] if len(pictures) > 1 else None


@require_safe
def genre(request: HttpRequest, slug: str) -> HttpResponseBase:
    now = timezone.now()
    number = pages.page_number(request.GET.get("page", "1"))
    places = load_places()
    genre = facts.load_genre(slug, places)
    gathered = outline_gathered(Facet.Kind.GENRE, slug, number, now)

    def make_body() -> bytes:
        return render_page(
            "site/genre.html",
            places,
            canonical_url=numbered(facts.genre_url(slug), number),
            stream=load_gathered(gathered, places, f"{facts.genre_url(slug)}?"),
            genre=genre,
        )

    stamp = make_stamp("genre", places, genre, gathered)
    return answer(request, stamp, make_body, keep_as=f"genre/{slug}/{number}")


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """Search in all that is live; the endless number of searches is not kept here."""
    now = timezone.now()
    number = pages.page_number(request.GET.get("page", "1"))
    places = load_places()
    wanted = Search.of(request.GET, places)
    outlined = pages.outline(wanted.results(now), number)
    near = [] if outlined.rows else near_names(wanted.phrase or wanted.artist_name)

    def make_body() -> bytes:
        return render_page(
            "site/search.html",
            places,
            canonical_url=f"/search/?{wanted.query}" if wanted.query else "/search/",
            stream=pages.load_stream(outlined, places, f"/search/?{wanted.query}&"),
            search=wanted,
            kinds=pages.KIND_LABELS.items(),
            near=near,
        )

    return answer(request, make_stamp("search", places, wanted, outlined, near), make_body)


@require_safe
def spokes_css(request: HttpRequest) -> HttpResponseBase:
    """Give every spoke's colours; asked for by version, the answer never changes."""
    places = load_places()
    version = colours.version(places.everywhere)

    def make_body() -> bytes:
        return colours.stylesheet(places.everywhere).encode()

    response = answer(
        request, make_stamp("css", version), make_body, keep_as="css", content_type="text/css"
    )
    if request.GET.get("v") == version:
        response.headers["Cache-Control"] = UNCHANGING
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ("User-agent: *", "Disallow: /admin/", "Disallow: /search/", "")
    body = "\n".join([*lines, f"Sitemap: {absolute('/sitemap.xml')}", ""])
    return HttpResponse(body, content_type="text/plain", headers={"Cache-Control": CACHE_CONTROL})


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is nothing here, and that there may be soon: a post may go live any minute."""
    if moved := redirect_moved(request):
        return moved
    body = render_page("404.html", load_places())
    return HttpResponse(
        body, content_type=HTML, status=404, headers={"Cache-Control": CACHE_CONTROL}
    )


def find_place(places: Places, slug: str) -> Place:
    if place := places.at(slug):
        return place
    raise Http404("There is no such spoke.")


def _gone(places: Places, place: Place) -> HttpResponse:
    body = render_page("410.html", places, place=place)
    return HttpResponse(
        body, content_type=HTML, status=410, headers={"Cache-Control": CACHE_CONTROL}
    )
