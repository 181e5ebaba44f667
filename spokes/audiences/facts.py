"""What routing knows of a post: plain values, read in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from content.editorial.models import Post, PostGenre, PostMarket, TaggedPost

NOTHING: frozenset[int] = frozenset()
# of a post that was read ``with_content()``, all but its genres' ancestors is there
_READ = frozenset({"tagged_items", "artists", "markets"})

# by post id: names by id, and codes
Named = defaultdict[int, dict[int, str]]
Codes = defaultdict[int, set[str]]


@dataclass(frozen=True, slots=True)
class FactNames:
    """Names by id, for the words of a reason."""

    genres: Mapping[int, str] = field(default_factory=dict)
    tags: Mapping[int, str] = field(default_factory=dict)
    artists: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PostFacts:
    """Genres, tags and artists by id. ``genres`` holds the direct ones and all above them."""

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
    # for each direct genre: itself and all above it
    lineage: Mapping[int, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)
    # what people call the direct genres, the tags and the artists
    names: FactNames = field(default_factory=FactNames, compare=False, repr=False)

    def without(self, closed: frozenset[int]) -> PostFacts:
        """Leave out the genres at or below ``closed``, and what only they brought."""
        if closed.isdisjoint(self.genres):
            return self
        lineage = {
            genre: above for genre, above in self.lineage.items() if closed.isdisjoint(above)
        }
        return replace(
            self, genres=_union(lineage), direct_genres=frozenset(lineage), lineage=lineage
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
    lineages, genre_names = _lineages(ids)
    return {
        post.pk: PostFacts(
            post_id=post.pk,
            genres=_union(lineages[post.pk]),
            direct_genres=frozenset(lineages[post.pk]),
            tags=frozenset(tags[post.pk]),
            artists=frozenset(artists[post.pk]),
            kind=post.kind,
            lang=post.lang,
            markets=frozenset(markets[post.pk]),
            explicit=post.explicit,
            lineage=lineages[post.pk],
            names=FactNames(genre_names, tags[post.pk], artists[post.pk]),
        )
        for post in posts
    }


def _at_hand(posts: list[Post]) -> tuple[Named, Named, Codes]:
    """Take tags, artists and markets from posts that were read with them."""
    tags, artists, markets = Named(dict), Named(dict), Codes(set)
    for post in posts:
        tags[post.pk] = {item.tag_id: item.tag.name for item in post.tagged_items.all()}
        artists[post.pk] = {artist.pk: artist.name for artist in post.artists.all()}
        markets[post.pk] = {market.code for market in post.markets.all()}
    return tags, artists, markets


def _asked_for(ids: list[int]) -> tuple[Named, Named, Codes]:
    tagged = TaggedPost.objects.filter(content_object__in=ids)
    tags = _named(tagged.values_list("content_object_id", "tag_id", "tag__name"))
    billed = Post.artists.through.objects.filter(post__in=ids)
    artists = _named(billed.values_list("post_id", "artist_id", "artist__name"))
    markets = Codes(set)
    for post_id, code in PostMarket.objects.filter(post__in=ids).values_list("post_id", "code"):
        markets[post_id].add(code)
    return tags, artists, markets


def _lineages(
    post_ids: list[int],
) -> tuple[defaultdict[int, dict[int, frozenset[int]]], dict[int, str]]:
    """By post, then by direct genre: the genre itself and all above it; and the genres' names."""
    names: dict[int, str] = {}
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    rows = PostGenre.objects.filter(post__in=post_ids, genre__above__isnull=False)
    for post_id, genre, name, above in rows.values_list(
        "post_id", "genre_id", "genre__name", "genre__above__ancestor_id"
    ):
        found[post_id, genre].add(above)
        names[genre] = name
    lineages: defaultdict[int, dict[int, frozenset[int]]] = defaultdict(dict)
    for (post_id, genre), ancestors in found.items():
        lineages[post_id][genre] = frozenset(ancestors)
    return lineages, names


def _named(rows: Iterable[tuple[int, int, str]]) -> Named:
    named = Named(dict)
    for post_id, pk, name in rows:
        named[post_id][pk] = name
    return named


def _union(lineage: Mapping[int, frozenset[int]]) -> frozenset[int]:
    return NOTHING.union(*lineage.values())
