"""What routing knows of a post: plain values, read in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import CharField, F, FloatField, IntegerField, Value

from content.editorial.models import Post, PostGenre, PostMarket, PostPriority, TaggedPost

NOTHING: frozenset[int] = frozenset()
# of a post that was read ``with_content()``, all but its genres' ancestors is there
_READ = frozenset({"tagged_items", "artists", "markets"})

# by post id: names by id, tags as (key, name) by id, and codes
Named = defaultdict[int, dict[int, str]]
Tags = defaultdict[int, dict[int, tuple[str, str]]]
Codes = defaultdict[int, set[str]]


@dataclass(frozen=True, slots=True)
class FactNames:
    """Names by id, for the words of a reason."""

    genres: Mapping[int, str] = field(default_factory=dict)
    tags: Mapping[int, str] = field(default_factory=dict)
    artists: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PostFacts:
    """Genres, tags and artists by id. ``genres`` holds the direct ones and all above them.

    ``shares`` has the share of each direct genre, 0..1, ``sources`` who says so
    (PostGenre.Source); ``tag_keys`` what the tags' names fold to; ``year`` is that of the day it
    happens on, else of its newest track, else None.
    """

    post_id: int
    genres: frozenset[int] = NOTHING
    direct_genres: frozenset[int] = NOTHING
    tags: frozenset[int] = NOTHING
    artists: frozenset[int] = NOTHING
    kind: str = "feature"
    lang: str = "en"
    # ISO 3166-1 alpha-2; empty means everywhere
    markets: frozenset[str] = frozenset()
    explicit: bool = False
    tag_keys: frozenset[str] = frozenset()
    year: int | None = None
    # 1..5
    priority: int = PostPriority.NORMAL.value
    shares: Mapping[int, float] = field(default_factory=dict, compare=False, repr=False)
    sources: Mapping[int, str] = field(default_factory=dict, compare=False, repr=False)
    # for each direct genre: itself and all above it
    lineage: Mapping[int, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)
    # what people call the direct genres, the tags and the artists
    names: FactNames = field(default_factory=FactNames, compare=False, repr=False)

    @property
    def has_set_shares(self) -> bool:
        """Tell whether an editor said how much of the post a genre is."""
        return PostGenre.Source.SHARE in self.sources.values()

    def share_of(self, genre_ids: frozenset[int]) -> float:
        """Add up the shares of the direct genres that are, or are below, one of these; 0..1."""
        return sum(
            self.shares.get(genre, 0.0)
            for genre, above in self.lineage.items()
            if not genre_ids.isdisjoint(above)
        )

    def without(self, closed: frozenset[int]) -> PostFacts:
        """Leave out the genres at or below ``closed``, and what only they brought."""
        if closed.isdisjoint(self.genres):
            return self
        lineage = {
            genre: above for genre, above in self.lineage.items() if closed.isdisjoint(above)
        }
        shares = {genre: share for genre, share in self.shares.items() if genre in lineage}
        return replace(
            self,
            genres=_union(lineage),
            direct_genres=frozenset(lineage),
            lineage=lineage,
            shares=shares,
        )


def facts_of(post: Post) -> PostFacts:
    return facts_of_many([post])[post.pk]


def facts_of_many(posts: Iterable[Post]) -> dict[int, PostFacts]:
    """Read the facts of the posts, by post id, in four queries; in one for ``with_content()``."""
    posts = list(posts)
    ids = [post.pk for post in posts]
    if all(getattr(post, "_prefetched_objects_cache", {}).keys() >= _READ for post in posts):
        tags, artists, markets = _at_hand(posts)
    else:
        tags, artists, markets = _asked_for(ids)
    music = _music(ids)
    return {
        post.pk: PostFacts(
            post_id=post.pk,
            genres=_union(music.lineages[post.pk]),
            direct_genres=frozenset(music.lineages[post.pk]),
            tags=frozenset(tags[post.pk]),
            artists=frozenset(artists[post.pk]),
            kind=post.kind,
            lang=post.lang,
            markets=frozenset(markets[post.pk]),
            explicit=post.explicit,
            tag_keys=frozenset(key for key, _ in tags[post.pk].values()),
            year=year_of(post, music.newest[post.pk]),
            priority=post.priority,
            shares=music.shares[post.pk],
            sources=music.sources[post.pk],
            lineage=music.lineages[post.pk],
            names=FactNames(
                music.names, {pk: name for pk, (_, name) in tags[post.pk].items()}, artists[post.pk]
            ),
        )
        for post in posts
    }


def year_of(post: Post, newest: str) -> int | None:
    """Give the year it is about; ``newest`` is the latest release of its tracks, or empty."""
    if post.happens_on:
        return post.happens_on.year
    return int(newest[:4]) if newest else None


def _at_hand(posts: list[Post]) -> tuple[Tags, Named, Codes]:
    """Take tags, artists and markets from posts that were read with them."""
    tags, artists, markets = Tags(dict), Named(dict), Codes(set)
    for post in posts:
        rows = post.tagged_items.all()
        tags[post.pk] = {item.tag_id: (item.tag.key, item.tag.name) for item in rows}
        artists[post.pk] = {artist.pk: artist.name for artist in post.artists.all()}
        markets[post.pk] = {market.code for market in post.markets.all()}
    return tags, artists, markets


def _asked_for(ids: list[int]) -> tuple[Tags, Named, Codes]:
    tags = Tags(dict)
    tagged = TaggedPost.objects.filter(content_object__in=ids)
    for post_id, pk, key, name in tagged.values_list(
        "content_object_id", "tag_id", "tag__key", "tag__name"
    ):
        tags[post_id][pk] = (key, name)
    billed = Post.artists.through.objects.filter(post__in=ids)
    artists = _named(billed.values_list("post_id", "artist_id", "artist__name"))
    markets = Codes(set)
    for post_id, code in PostMarket.objects.filter(post__in=ids).values_list("post_id", "code"):
        markets[post_id].add(code)
    return tags, artists, markets


@dataclass(frozen=True, slots=True)
class Music:
    """What posts are about: by post, each direct genre with all above it, share and source."""

    lineages: defaultdict[int, dict[int, frozenset[int]]]
    shares: defaultdict[int, dict[int, float]]
    sources: defaultdict[int, dict[int, str]]
    # the latest release of a post's tracks, as precise as the catalogue has it
    newest: defaultdict[int, str]
    # of the direct genres
    names: dict[int, str]


def _music(post_ids: list[int]) -> Music:
    """Read genres and releases together: routing asks for both, of every post."""
    genres = PostGenre.objects.filter(post__in=post_ids, genre__above__isnull=False).values_list(
        "post_id", "genre_id", "genre__name", "share", "genre__above__ancestor_id", "source"
    )
    tracks = Post.tracks.through.objects.filter(post__in=post_ids).exclude(track__released="")
    releases = tracks.values_list(
        "post_id",
        Value(0, IntegerField()),
        F("track__released"),
        Value(0.0, FloatField()),
        Value(0, IntegerField()),
        Value("", CharField()),
    )
    music = Music(defaultdict(dict), defaultdict(dict), defaultdict(dict), defaultdict(str), {})
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for post_id, genre, text, share, above, source in genres.union(releases, all=True):
        if not genre:
            music.newest[post_id] = max(music.newest[post_id], text)
            continue
        found[post_id, genre].add(above)
        music.shares[post_id][genre] = share
        music.sources[post_id][genre] = source
        music.names[genre] = text
    for (post_id, genre), ancestors in found.items():
        music.lineages[post_id][genre] = frozenset(ancestors)
    return music


def _named(rows: Iterable[tuple[int, int, str]]) -> Named:
    named = Named(dict)
    for post_id, pk, name in rows:
        named[post_id][pk] = name
    return named


def _union(lineage: Mapping[int, frozenset[int]]) -> frozenset[int]:
    return NOTHING.union(*lineage.values())
