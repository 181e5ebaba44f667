"""A house for a listening data set: its genres, artists, tags and posts, all of them real rows."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from content.catalogue.imports.genres import import_genres
from content.catalogue.models import Artist, ArtistGenre, Genre
from content.catalogue.resolver import Resolver
from content.catalogue.starter import plant_starter_genres
from content.editorial.models import AudienceTag, Post, TaggedPost
from content.editorial.shares import BATCH, derive_genres
from spokes.audiences.actions import save_audience
from spokes.audiences.facts import PostFacts, facts_of_many
from spokes.audiences.measuring.listens import Heard, Listens
from spokes.audiences.models import Audience
from spokes.audiences.profiles.actions import import_profiles
from spokes.audiences.profiles.counting import Shares, genres_of_artists
from spokes.channels.actions import add_channel, add_spoke
from spokes.channels.models import Channel, Spoke

ROWS = 1000
SITE = "site"
# a fine genre is never much of what anybody listens to
FANS = 4
# by user: the share of each genre
Tastes = dict[str, Shares]
# takes every post of this house; then the fit alone decides
EVERYTHING = "kind:feature"


@dataclass
class House:
    """What was built, by the keys of the data set."""

    facts: dict[str, PostFacts] = field(default_factory=dict)
    # by artist: the share of its music in each genre and in those above
    genres: dict[str, Shares] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """One spoke and its two channels: for its genre, and for every post."""

    spoke: Spoke
    by_genre: Channel
    open: Channel
    followers: frozenset[str]


def build_house(listens: Listens, *, genres: Path | None = None) -> House:
    """Publish one post about each artist that somebody listens to, in a house without any.

    Its genres are those that the resolver finds in the artist's tags; ``genres`` is a tree to
    take in place of the starter graph.
    """
    if genres:
        import_genres(genres)
    else:
        plant_starter_genres(actor=None)
    heard = sorted(set().union(*listens.heard.values()))
    with transaction.atomic():
        artists = _artists(listens, heard)
        _genres_of(listens, artists)
        posts = _posts(listens, artists)
        _tag(listens, posts)
        for some in _batches(sorted(post.pk for post in posts.values())):
            derive_genres(some)
    house = House(names={key: listens.artists[key] for key in heard})
    by_artist = genres_of_artists(artist.pk for artist in artists.values())
    house.genres = {key: by_artist.get(artist.pk, {}) for key, artist in artists.items()}
    for some in _batches(list(posts.items())):
        facts = facts_of_many([post for _, post in some])
        house.facts |= {key: facts[post.pk] for key, post in some}
    return house


def tastes_of(house: House, known: Heard) -> Tastes:
    """Share what each listener is known to hear out over the genres; one without any is left out.

    An artist of whom no genre is known counts, too: the shares need not add up to 1.
    """
    tastes: Tastes = {}
    for user, artists in known.items():
        taste: defaultdict[int, float] = defaultdict(float)
        for artist in artists:
            for pk, share in house.genres[artist].items():
                taste[pk] += share / len(artists)
        if artists:
            tastes[user] = dict(taste)
    return tastes


def followers_of(tastes: Tastes, genre: int, *, follow: float) -> frozenset[str]:
    """Name those with ``follow`` or more of the genre, and its FANS, however little it is."""
    shares = {user: taste[genre] for user, taste in tastes.items() if genre in taste}
    fans = sorted(shares, key=lambda user: (-shares[user], user))[:FANS]
    return frozenset(user for user, share in shares.items() if share >= follow).union(fans)


def open_places(
    house: House, known: Heard, tastes: Tastes, *, number: int, follow: float
) -> list[Place]:
    """Open spokes for the most listened-to genres, and close the others.

    Their profiles are imported from what is known of their followers.
    """
    total: defaultdict[int, float] = defaultdict(float)
    for taste in tastes.values():
        for pk, share in taste.items():
            total[pk] += share
    ranked = sorted(total, key=lambda pk: (-total[pk], pk))[:number]
    Channel.objects.exclude(spoke__genre__in=ranked).delete()
    Spoke.objects.exclude(genre__in=ranked).delete()
    genres = Genre.objects.in_bulk(ranked)
    places = [_place(genres[pk], followers_of(tastes, pk, follow=follow)) for pk in ranked]
    import_profiles(
        texts={place.spoke: _listening(house, known, place.followers) for place in places},
        actor=None,
    )
    return places


def _place(genre: Genre, followers: frozenset[str]) -> Place:
    """Take the genre's spoke of the run before, or open it."""
    spoke = Spoke.objects.filter(genre=genre).first()
    if spoke is None:
        spoke = add_spoke(genre=genre)
        add_channel(name=f"{genre.name} by genre", network=SITE, spoke=spoke)
        everything = Audience.objects.filter(expression=EVERYTHING).first() or save_audience(
            name="Everything", expression=EVERYTHING
        )
        add_channel(name=f"{genre.name} by fit", network=SITE, spoke=spoke, audience=everything)
    channels = spoke.channels.all()
    by_genre = next(channel for channel in channels if channel.audience_id is None)
    opened = next(channel for channel in channels if channel.audience_id is not None)
    return Place(spoke, by_genre, opened, followers)


def _listening(house: House, known: Heard, followers: Iterable[str]) -> str:
    """Write the CSV that a manager would import."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["person", "artist"])
    for user in sorted(followers):
        writer.writerows([user, house.names[artist]] for artist in sorted(known[user]))
    return text.getvalue()


def _artists(listens: Listens, heard: list[str]) -> dict[str, Artist]:
    rows = {
        key: Artist(name=listens.artists[key], key=key[:300], slug=f"artist-{number}")
        for number, key in enumerate(heard)
    }
    Artist.objects.bulk_create(rows.values(), batch_size=ROWS)
    return rows


def _genres_of(listens: Listens, artists: Mapping[str, Artist]) -> None:
    resolver = Resolver.load()
    found = {key: resolver.find(name) for key, name in listens.tags.items()}
    rows = []
    for key, artist in artists.items():
        weights: Counter[int] = Counter()
        for tag, times in listens.tagged.get(key, {}).items():
            genre = found.get(tag)
            if genre:
                weights[genre.pk] += times
        total = sum(weights.values())
        rows += [
            ArtistGenre(artist=artist, genre_id=pk, weight=times / total)
            for pk, times in weights.items()
        ]
    ArtistGenre.objects.bulk_create(rows, batch_size=ROWS)


def _posts(listens: Listens, artists: Mapping[str, Artist]) -> dict[str, Post]:
    author, _ = User.objects.get_or_create(username="measure")
    now = timezone.now()
    posts = {
        key: Post(
            title=artist.name[:200],
            slug=f"about-{artist.slug}",
            teaser=artist.name,
            cta_url="https://example.org/",
            author=author,
            created_at=now,
            updated_at=now,
        )
        for key, artist in artists.items()
    }
    Post.objects.bulk_create(posts.values(), batch_size=ROWS)
    billed: Any = Post.artists.through
    billed.objects.bulk_create(
        [billed(post=posts[key], artist=artist) for key, artist in artists.items()],
        batch_size=ROWS,
    )
    return posts


def _tag(listens: Listens, posts: Mapping[str, Post]) -> None:
    used = sorted({tag for key in posts for tag in listens.tagged.get(key, {})})
    tags = {
        key: AudienceTag(
            name=listens.tags[key], slug=f"tag-{number}", key=key[:100], meaning="as in the data"
        )
        for number, key in enumerate(used)
    }
    AudienceTag.objects.bulk_create(tags.values(), batch_size=ROWS)
    rows = [
        TaggedPost(tag=tags[tag], content_object=post)
        for key, post in posts.items()
        for tag in listens.tagged.get(key, {})
    ]
    TaggedPost.objects.bulk_create(rows, batch_size=ROWS)


def _batches(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
