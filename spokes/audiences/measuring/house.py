"""A house for a listening data set: its genres, artists, tags and posts, all of them real rows."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
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
from spokes.audiences.profiles.models import AudienceProfile
from spokes.channels.actions import add_channel, add_spoke
from spokes.channels.models import Channel, Spoke

ROWS = 1000
SITE = "site"
# by user: the share of each genre
Tastes = dict[str, Shares]
# by genre: who follows its spoke
Followers = dict[int, frozenset[str]]
# takes every post of this house; then the fit alone decides
EVERYTHING = "kind:feature"


@dataclass
class House:
    """What was built, by the keys of the data set."""

    facts: dict[str, PostFacts] = field(default_factory=dict)
    # by artist: the share of its music in each genre that it is tagged with, and rolled up
    named: dict[str, Mapping[int, float]] = field(default_factory=dict)
    rolled_up: dict[str, Mapping[int, float]] = field(default_factory=dict)
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
    house.rolled_up = {key: by_artist.get(artist.pk, {}) for key, artist in artists.items()}
    for some in _batches(list(posts.items())):
        facts = facts_of_many([post for _, post in some])
        house.facts |= {key: facts[post.pk] for key, post in some}
    house.named = {key: facts.shares for key, facts in house.facts.items()}
    return house


def tastes_of(genres: Mapping[str, Mapping[int, float]], known: Heard) -> Tastes:
    """Share what each listener is known to hear out over the genres of the artists.

    An artist of whom no genre is known counts, too: the shares need not add up to 1.
    """
    tastes: Tastes = {}
    for user, artists in known.items():
        taste: defaultdict[int, float] = defaultdict(float)
        for artist in sorted(artists):
            for pk, share in genres.get(artist, {}).items():
                taste[pk] += share / len(artists)
        tastes[user] = dict(taste)
    return tastes


def most_heard(tastes: Tastes, number: int) -> list[int]:
    """Name the genres that make up most of what everybody hears."""
    total: defaultdict[int, float] = defaultdict(float)
    for taste in tastes.values():
        for pk, share in taste.items():
            total[pk] += share
    return sorted(total, key=lambda pk: (-total[pk], pk))[:number]


def followers_by_share(tastes: Tastes, genres: Iterable[int], least: float) -> Followers:
    """Let each listener follow the genres that are ``least`` or more of what he or she hears."""
    return {
        genre: frozenset(user for user, taste in tastes.items() if taste.get(genre, 0) >= least)
        for genre in genres
    }


def followers_by_rank(tastes: Tastes, genres: Collection[int], number: int) -> Followers:
    """Let each listener follow the few genres that are most his or hers.

    That is where the share is highest beside the root of everybody's, so that neither what all
    hear nor what hardly anybody does comes first by that alone.
    """
    everybodys = {
        genre: sum(taste.get(genre, 0.0) for taste in tastes.values()) / len(tastes)
        for genre in genres
    }
    followers: dict[int, set[str]] = {genre: set() for genre in genres}
    for user, taste in tastes.items():
        own = {
            genre: taste[genre] / usual**0.5
            for genre, usual in everybodys.items()
            if taste.get(genre)
        }
        for genre in sorted(own, key=lambda pk: (-own[pk], pk))[:number]:
            followers[genre].add(user)
    return {genre: frozenset(users) for genre, users in followers.items()}


def open_places(house: House, known: Heard, followers: Followers) -> list[Place]:
    """Open a spoke for each genre, and close the others.

    Their profiles are imported from what is known of their followers.
    """
    Channel.objects.exclude(spoke__genre__in=followers).delete()
    Spoke.objects.exclude(genre__in=followers).delete()
    AudienceProfile.objects.all().delete()
    genres = Genre.objects.in_bulk(list(followers))
    places = [_place(genres[pk], users) for pk, users in followers.items()]
    texts: dict[Spoke | Channel, str] = {
        place.spoke: _listening(house, known, place.followers)
        for place in places
        if any(known[user] for user in place.followers)
    }
    import_profiles(texts=texts, actor=None)
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
