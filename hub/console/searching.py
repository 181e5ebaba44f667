"""What the search of a list looks at: names and titles by their keys, never the whole rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet

from content.catalogue.models import Artist, Genre, Track
from content.catalogue.names import match_key
from content.editorial.models import Post
from hub.delivery.models import Delivery

# a search among deliveries looks at those of the posts that changed last and match
SEARCHED_POSTS = 500


def search_posts(rows: QuerySet[Post], text: str) -> QuerySet[Post]:
    """Find posts that have every word in their title or in the name of an artist."""
    for key in filter(None, map(match_key, text.split())):
        titled = Post.objects.order_by().filter(title_key__contains=key)
        links = Post.artists.through.objects.filter(artist__key__contains=key)
        # a list of keys from two indexes, so that no text of a post is read
        rows = rows.filter(pk__in=titled.values("pk").union(links.values("post_id")))
    return rows


def search_deliveries(rows: QuerySet[Delivery], text: str) -> QuerySet[Delivery]:
    """Find deliveries of posts that match, among the posts that changed last."""
    posts = search_posts(Post.objects.all(), text).order_by("-updated_at", "-pk")
    return rows.filter(post__in=list(posts.values_list("pk", flat=True)[:SEARCHED_POSTS]))


def search_artists(rows: Any, text: str) -> Any:
    return rows.search(text, limit=None)


def search_tracks(rows: QuerySet[Track], text: str) -> QuerySet[Track]:
    """Find tracks by their title, or by the beginning of their artist's name."""
    key = match_key(text)
    by_artist = Artist.objects.order_by().filter(key__startswith=key).values("pk")
    return rows.filter(Q(key__contains=key) | Q(artist__in=by_artist))


SEARCHES: dict[type[Model], Callable[[Any, str], Any]] = {
    Post: search_posts,
    Delivery: search_deliveries,
    Artist: search_artists,
    Genre: search_artists,
    Track: search_tracks,
}
