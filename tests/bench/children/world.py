"""A newsroom of any size, written straight into the tables: benches measure, they don't edit."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from content.catalogue.models import Artist, Genre, GenreClosure
from content.editorial.models import Post, PostGenre
from hub.delivery.models import BY_HAND, Delivery
from spokes.channels.models import Channel, Spoke

SPOKES = 20
SPOKES_A_POST = 4


def make_people() -> tuple[User, User]:
    author = User.objects.create_user(f"author-{uuid.uuid4().hex[:6]}")
    return author, User.objects.create_user(f"approver-{uuid.uuid4().hex[:6]}")


def make_spokes(number: int = SPOKES) -> list[Channel]:
    """Make genres that are their own only ancestors, a spoke and a site channel for each."""
    channels = []
    for index in range(number):
        name = f"Genre {index}"
        genre = Genre.objects.create(name=name, key=f"genre{index}", slug=f"genre-{index}")
        GenreClosure.objects.create(ancestor=genre, descendant=genre, depth=0)
        spoke = Spoke.objects.create(genre=genre, name=name, slug=genre.slug)
        channels.append(
            Channel.objects.create(
                name=f"{name} site",
                slug=f"{genre.slug}-site",
                spoke=spoke,
                network="site",
                max_inflight=200,
            )
        )
    return channels


def make_remote_channels(url: str, number: int = 200) -> list[Channel]:
    """Make webhook channels that call ``url``, neighbours on different spokes."""
    spokes = [channel.spoke for channel in make_spokes()]
    return [
        Channel.objects.create(
            name=f"Hook {index}",
            slug=f"hook-{index}",
            spoke=spokes[index % len(spokes)],
            network="webhook",
            settings={"url": f"{url}/{index}", "dedupes": True},
            credentials={"secret": "whsec_" + "c2VjcmV0" * 4},
        )
        for index in range(number)
    ]


def make_posts(number: int, channels: list[Channel], now: datetime) -> list[Post]:
    author, approver = make_people()
    first = Post.objects.count()
    artists = list(Artist.objects.all()) or Artist.objects.bulk_create(
        Artist(name=f"Artist {index}", key=f"artist{index}", slug=f"artist-{index}")
        for index in range(50)
    )
    posts = Post.objects.bulk_create(
        (Post(**_post_fields(first + index, author, approver, now)) for index in range(number)),
        batch_size=2_000,
    )
    genres = [channel.spoke.genre_id for channel in channels if channel.spoke]
    PostGenre.objects.bulk_create(
        (
            PostGenre(post=post, genre_id=genre, source="editor", share=1 / SPOKES_A_POST)
            for index, post in enumerate(posts)
            for genre in _some(genres, index)
        ),
        batch_size=5_000,
    )
    Post.artists.through.objects.bulk_create(
        (
            Post.artists.through(post_id=post.pk, artist_id=artists[(index + extra) % 50].pk)
            for index, post in enumerate(posts)
            for extra in range(2)
        ),
        batch_size=5_000,
    )
    return posts


def make_due(posts: list[Post], channels: list[Channel], due_at: datetime) -> int:
    """Plan every post on its spokes' channels; returns how many deliveries."""
    rows = [
        Delivery(
            post=post,
            channel=channel,
            post_revision=1,
            **BY_HAND,
            key=uuid.uuid4().hex,
            marker=uuid.uuid4().hex[:16],
            due_at=due_at,
            next_try_at=due_at,
            created_at=due_at,
        )
        for index, post in enumerate(posts)
        for channel in _some(channels, index)
    ]
    Delivery.objects.bulk_create(rows, batch_size=2_000)
    return len(rows)


def _some(rows: list[Any], index: int) -> list[Any]:
    return [rows[(index + step) % len(rows)] for step in range(SPOKES_A_POST)]


def _post_fields(index: int, author: User, approver: User, now: datetime) -> dict[str, Any]:
    return {
        "title": f"Post {index}",
        "slug": f"post-{index}",
        "teaser": f"What post {index} is about, in a sentence of the usual length.",
        "body": "A paragraph of some words.\n\n" * 10,
        "body_html": "<p>A paragraph of some words.</p>\n" * 10,
        "cta_url": f"https://listen.example.com/album/{index}",
        "state": "approved",
        "author": author,
        "approved_by": approver,
        "approved_at": now,
        "locked_at": now,
        "created_at": now - timedelta(days=1),
        "updated_at": now,
    }
