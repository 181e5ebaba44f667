"""Who may preview what: people of the console, each the places that are theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from content.editorial.models import Post
from content.editorial.querysets import PostQuerySet
from hub.console.people import require
from hub.people.scope import spokes_of, visible
from spokes.site.places import Place, Places

VIEW = "editorial.view_post"

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Let people of the console in who may see posts; nothing of it is kept or indexed."""

    @wraps(view)
    def guarded(request: HttpRequest, **words: Any) -> HttpResponse:
        user = request.user
        if not (isinstance(user, User) and user.is_active and user.is_staff):
            return redirect_to_login(request.get_full_path())
        require(request, VIEW)
        response = view(request, **words)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"
        return response

    return require_safe(never_cache(guarded))


def own_places(user: User, places: Places) -> Places:
    """Keep the spokes of the person; the hub counts as theirs only where ``may_see`` says so."""
    keys = spokes_of(user)
    if keys is None:
        return places
    return Places((place for place in places.spokes if place.pk in keys), places.hub)


def may_see(user: User, place: Place) -> bool:
    keys = spokes_of(user)
    return keys is None or place.pk in keys


def find_own_place(user: User, places: Places, slug: str) -> Place:
    """Find a place that this person may preview. Raises Http404."""
    place = places.at(slug)
    if place is None or not may_see(user, place):
        raise Http404("There is no such place.")
    return place


def own_posts(user: User) -> PostQuerySet:
    rows: PostQuerySet = visible(user, Post.objects.all())
    return rows


def find_post(user: User, name: str) -> Post | None:
    """Find a post by its slug, or else by its id, among those that this person may see."""
    rows = own_posts(user)
    found = rows.filter(slug=name).first()
    if found is None and name.isdecimal():
        found = rows.filter(pk=int(name[:15])).first()
    return found
