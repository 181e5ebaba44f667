"""Pages as bytes. Nothing here asks the database, so a preview may call it with other stories."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation

from spokes.site import colours
from spokes.site.answers import render
from spokes.site.compose import PlacePage
from spokes.site.pages import PostPage
from spokes.site.places import Places, absolute


def render_place(page: PlacePage, places: Places, **context: object) -> bytes:
    """Render a page of the hub or of a spoke."""
    template = "site/hub.html" if page.place.is_hub else "site/spoke.html"
    url = numbered(page.place.url, page.number)
    return render_page(template, places, canonical_url=url, place=page.place, page=page, **context)


def render_post(page: PostPage, places: Places, **context: object) -> bytes:
    url = page.canonical_url
    place = page.card.place
    return render_page(
        "site/post.html", places, canonical_url=url, place=place, page=page, **context
    )


def render_page(
    template: str, places: Places, *, canonical_url: str = "", **context: object
) -> bytes:
    """Render any page with the navigation around it, in the site's own language.

    ``notice_template`` is included above the masthead; ``robots`` is said to search engines.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return render(
            template,
            places=places,
            colours_url=f"/spokes.css?v={colours.version(places.everywhere)}",
            canonical=absolute(canonical_url) if canonical_url else "",
            canonical_path=canonical_url.partition("?")[0],
            **context,
        )


def numbered(url: str, number: int) -> str:
    return f"{url}?page={number}" if number > 1 else url
