"""The rows that a post's form shows as chosen: all of them in one query."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Cast

from content.catalogue.models import Artist, Genre, Track
from content.editorial.models import AudienceTag, PickedGenre, Post, PostMarket, TaggedPost

# key, name, and what some have beside it
Row = tuple[int, str, str]


def load_chosen(post: Post) -> None:
    """Read artists, tracks, genres, tags and markets of the post as if they were prefetched.

    The rows have their key and name only.
    """
    found = _read(post)
    artists = [Artist(pk=pk, name=name) for pk, name, _ in found["artists"]]
    tracks = [
        Track(pk=pk, title=title, artist=Artist(name=artist))
        for pk, title, artist in found["tracks"]
    ]
    tags = [AudienceTag(pk=pk, name=name) for pk, name, _ in found["tags"]]
    picks = [
        PickedGenre(
            post=post, genre=Genre(pk=pk, name=name), percent=int(percent) if percent else None
        )
        for pk, name, percent in found["genres"]
    ]
    cache = {
        "artists": artists,
        "tracks": tracks,
        "genres": [pick.genre for pick in picks],
        "picked_genres": picks,
        "tagged_items": [TaggedPost(tag=tag) for tag in tags],
        "markets": [PostMarket(code=code) for _, code, _ in found["markets"]],
    }
    cached: dict[str, Any] = getattr(post, "_prefetched_objects_cache", {})
    post._prefetched_objects_cache = {**cached, **cache}  # type: ignore[attr-defined]  # Django's


def _read(post: Post) -> dict[str, list[Row]]:
    mine = {"post": post}
    parts = [
        _part("artists", Post.artists.through, mine, ("artist_id", "artist__name", "")),
        _part(
            "tracks",
            Post.tracks.through,
            mine,
            ("track_id", "track__title", "track__artist__name"),
        ),
        _part("genres", PickedGenre, mine, ("genre_id", "genre__name", "percent")),
        _part("tags", TaggedPost, {"content_object": post}, ("tag_id", "tag__name", "")),
        _part("markets", PostMarket, mine, ("pk", "code", "")),
    ]
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for what, pk, name, more in parts[0].union(*parts[1:], all=True):
        found[what].append((pk, name, more or ""))
    for rows in found.values():
        rows.sort(key=lambda row: row[1].casefold())
    return found


def _part(
    what: str, model: type[Model], of_post: dict[str, Post], columns: tuple[str, str, str]
) -> QuerySet[Any, Any]:
    key, name, more = columns
    text = CharField()
    also = Cast(more, text) if more else Value("", output_field=text)
    rows = model._default_manager.filter(**of_post).order_by()
    return rows.values_list(Value(what, output_field=text), F(key), F(name), also)
