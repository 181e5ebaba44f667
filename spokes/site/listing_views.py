"""The pages that lead to others: indexes from A to Z, tags, and the archive by month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from spokes.site import listings, pages
from spokes.site.answers import answer, make_stamp
from spokes.site.compose import of_the_moment
from spokes.site.gathered import load_gathered, outline_gathered
from spokes.site.listings import LETTERS, Month, Names
from spokes.site.models import Facet
from spokes.site.places import Place, load_places
from spokes.site.rendering import numbered, render_page
from spokes.site.views import find_place

STORIES_A_MONTH_PAGE = 30


@require_safe
def artists(request: HttpRequest) -> HttpResponseBase:
    """List the artists from A to Z, those of the moment first."""
    return _index(request, "artists", listings.load_artist_names)


@require_safe
def genres(request: HttpRequest) -> HttpResponseBase:
    return _index(request, "genres", listings.load_genre_names)


def _index(
    request: HttpRequest, word: str, load: Callable[[str, int, datetime], Names]
) -> HttpResponseBase:
    now = timezone.now()
    number = pages.page_number(request.GET.get("page", "1"))
    letter = request.GET.get("letter", "")
    places = load_places()
    names = load(letter, number, now)
    begins = number == 1 and not letter
    latest = listings.load_latest(places, now) if begins and word == "artists" else []

    def make_body() -> bytes:
        return render_page(
            f"site/{word}.html",
            places,
            canonical_url=names.url(f"/{word}/"),
            names=names,
            letters=LETTERS,
            moment=of_the_moment(latest),
            begins=begins,
        )

    stamp = make_stamp(word, places, names, [(card.pk, card.changed_at) for card in latest])
    return answer(request, stamp, make_body, keep_as=f"{word}/{letter}/{number}")


@require_safe
def tags(request: HttpRequest) -> HttpResponseBase:
    places = load_places()
    names = listings.load_tags(timezone.now())

    def make_body() -> bytes:
        return render_page("site/tags.html", places, canonical_url="/tags/", names=names)

    return answer(request, make_stamp("tags", places, names), make_body, keep_as="tags")


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponseBase:
    number = pages.page_number(request.GET.get("page", "1"))
    name = listings.load_tag_name(slug)
    places = load_places()
    gathered = outline_gathered(Facet.Kind.TAG, slug, number, timezone.now())
    url = f"/tags/{slug}/"

    def make_body() -> bytes:
        return render_page(
            "site/tag.html",
            places,
            canonical_url=numbered(url, number),
            stream=load_gathered(gathered, places, f"{url}?"),
            name=name,
            slug=slug,
        )

    stamp = make_stamp("tag", places, name, gathered)
    return answer(request, stamp, make_body, keep_as=f"tag/{slug}/{number}")


@require_safe
def archive(request: HttpRequest, place_slug: str = "") -> HttpResponseBase:
    """List the months with stories, of a place or of the whole house."""
    places = load_places()
    place = find_place(places, place_slug) if place_slug else None
    months = listings.load_months(place, timezone.now())
    url = archive_url(place)

    def make_body() -> bytes:
        return render_page(
            "site/archive.html",
            places,
            canonical_url=url,
            place=place,
            archive_url=url,
            years=listings.by_year(months),
        )

    stamp = make_stamp("archive", places, place, months)
    return answer(request, stamp, make_body, keep_as=f"archive/{place_slug}")


@require_safe
def archive_month(
    request: HttpRequest, year: int, month: int, place_slug: str = ""
) -> HttpResponseBase:
    """Show a month's stories day by day. 404 for a month to come, and for what is none."""
    now = timezone.now()
    number = pages.page_number(request.GET.get("page", "1"))
    if not (1 <= month <= 12 and year >= 1970) or Month(year, month) > Month.of(now):
        raise Http404("There is no such month.")
    shown = Month(year, month)
    places = load_places()
    place = find_place(places, place_slug) if place_slug else None
    told = listings.in_month(listings.archive_of(place, now), shown)
    outlined = pages.outline(told, number, size=STORIES_A_MONTH_PAGE)
    earlier, later = listings.load_months_around(place, shown, now)
    url = archive_url(place)

    def make_body() -> bytes:
        stream = pages.load_stream(outlined, places, f"{url}{shown.path}?")
        return render_page(
            "site/month.html",
            places,
            canonical_url=numbered(f"{url}{shown.path}", number),
            place=place,
            archive_url=url,
            month=shown,
            earlier=earlier,
            later=later,
            stream=stream,
            days=listings.by_day(stream.cards),
        )

    stamp = make_stamp("month", places, place, shown, outlined, earlier, later)
    return answer(request, stamp, make_body, keep_as=f"month/{place_slug}/{shown.path}{number}")


def archive_url(place: Place | None) -> str:
    return f"/{place.slug}/archive/" if place else "/archive/"
