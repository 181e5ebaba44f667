"""A graph of genres, posts and audiences as a newsroom has them, written straight into the tables.

The same seed makes the same ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from content.catalogue.models import Artist, Genre, GenreClosure, GenreEdge
from content.editorial.models import (
    AudienceTag,
    Post,
    PostGenre,
    PostKind,
    PostMarket,
    TaggedPost,
)
from spokes.audiences.models import Audience
from spokes.channels.models import Channel
from tests.bench.children.world import make_people

SEED = 20
GENRES, ROOTS, TAGS, ARTISTS = 400, 15, 300, 2_000
MARKETS = ["DE", "US", "GB", "FR", "BR", "JP"]
LANGUAGES = ["en"] * 7 + ["de", "pt-BR", "es"]
BATCH = 5_000


@dataclass
class Vocabulary:
    genres: list[int]
    tags: list[int]
    artists: list[int]


def make_vocabulary(chance: random.Random) -> Vocabulary:
    genres = Genre.objects.bulk_create(
        Genre(name=f"genre {n}", key=f"genre{n}", slug=f"genre-{n}") for n in range(GENRES)
    )
    above: dict[int, dict[int, int]] = {}
    edges = []
    for place, genre in enumerate(genres):
        above[genre.pk] = {genre.pk: 0}
        if place >= ROOTS:
            parent = genres[chance.randrange(place)]
            edges.append(GenreEdge(parent=parent, child=genre))
            above[genre.pk] |= {pk: depth + 1 for pk, depth in above[parent.pk].items()}
    GenreEdge.objects.bulk_create(edges)
    GenreClosure.objects.bulk_create(
        GenreClosure(ancestor_id=ancestor, descendant_id=pk, depth=depth)
        for pk, depths in above.items()
        for ancestor, depth in depths.items()
    )
    tags = AudienceTag.objects.bulk_create(
        AudienceTag(name=f"tag {n}", key=f"tag{n}", slug=f"tag-{n}", meaning="x")
        for n in range(TAGS)
    )
    artists = Artist.objects.bulk_create(
        Artist(name=f"artist {n}", key=f"artist{n}", slug=f"artist-{n}") for n in range(ARTISTS)
    )
    return Vocabulary(*([row.pk for row in rows] for rows in (genres, tags, artists)))


def make_posts(number: int, words: Vocabulary, chance: random.Random, now: datetime) -> list[Post]:
    """Make posts of the last 90 days: one to three genres, up to three tags and two artists."""
    author, approver = make_people()
    posts = Post.objects.bulk_create(
        (
            Post(
                title=f"Post {index}",
                slug=f"routed-{index}",
                teaser="x",
                cta_url="https://listen.example.org/1",
                kind=chance.choice(PostKind.values),
                lang=chance.choice(LANGUAGES),
                explicit=chance.random() < 0.2,
                priority=chance.randint(1, 5),
                state="approved",
                author=author,
                approved_by=approver,
                approved_at=now,
                created_at=now,
                updated_at=now - timedelta(days=90 * index / number),
            )
            for index in range(number)
        ),
        batch_size=BATCH,
    )
    genres, tags, billed, markets = [], [], [], []
    for post in posts:
        picked = chance.sample(words.genres, chance.choice([1, 1, 2, 2, 3]))
        genres += [
            PostGenre(post=post, genre_id=pk, source="editor", share=1 / len(picked))
            for pk in picked
        ]
        tags += [
            TaggedPost(content_object=post, tag_id=pk)
            for pk in chance.sample(words.tags, chance.randrange(4))
        ]
        billed += [
            Post.artists.through(post_id=post.pk, artist_id=pk)
            for pk in chance.sample(words.artists, chance.randrange(3))
        ]
        only = chance.choice([0, 0, 0, 1, 2])
        markets += [PostMarket(post=post, code=code) for code in chance.sample(MARKETS, only)]
    for rows in (genres, tags, billed, markets):
        type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)
    return posts


def make_audiences(number: int, chance: random.Random, now: datetime) -> list[Audience]:
    """Make audiences of one to six terms, with a channel of the hub for each."""
    first = Audience.objects.count()
    audiences = Audience.objects.bulk_create(
        (
            Audience(name=f"A{n}", slug=f"a{n}", expression=expression(chance), updated_at=now)
            for n in range(first, first + number)
        ),
        batch_size=BATCH,
    )
    Channel.objects.bulk_create(
        (
            Channel(name=row.name, slug=f"c-{row.slug}", network="site", audience=row)
            for row in audiences
        ),
        batch_size=BATCH,
    )
    return audiences


def expression(chance: random.Random) -> str:
    """Write ``genre:a AND (tag:b OR tag:c) AND NOT explicit:yes``, or one much like it."""
    left = chance.choice([0, 0, 1, 1, 2, 3, 4, 5])
    parts = [_term(chance)]
    while left > 0:
        shape = chance.choice(["and", "or", "or", "not", "clean"])
        if shape == "or" and left > 1:
            parts.append(f"({_term(chance)} OR {_term(chance)})")
            left -= 1
        elif shape == "clean" and "NOT explicit:yes" not in parts:
            parts.append("NOT explicit:yes")
        elif shape == "not":
            parts.append(f"NOT {_term(chance)}")
        else:
            parts.append(_broad(chance))
        left -= 1
    if len(parts) > 1 and chance.random() < 0.25 and not any("NOT" in part for part in parts):
        return " OR ".join(part.strip("()") for part in parts if "(" not in part) or parts[0]
    return " AND ".join(parts)


def _term(chance: random.Random) -> str:
    return chance.choices(
        [
            f"genre:genre-{chance.randrange(GENRES)}",
            f"tag:tag-{chance.randrange(TAGS)}",
            f"artist:artist-{chance.randrange(ARTISTS)}",
        ],
        [6, 3, 1],
    )[0]


def _broad(chance: random.Random) -> str:
    makers: list[Callable[[], str]] = [
        lambda: f"market:{chance.choice(MARKETS)}",
        lambda: f"lang:{chance.choice(['en', 'de', 'pt'])}",
        lambda: f"(kind:{chance.choice(PostKind.values)} OR kind:{chance.choice(PostKind.values)})",
        lambda: f"priority:>={chance.randint(2, 4)}",
    ]
    return chance.choice(makers)()
