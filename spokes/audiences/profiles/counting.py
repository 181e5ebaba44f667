"""From who listens to what to weights: the shares of genres, tags and artists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Sum
from django.utils.translation import ngettext

from content.catalogue.artist_names import find_bearers
from content.catalogue.closure import chunks
from content.catalogue.models import ArtistGenre, GenreClosure
from content.editorial.models import Post, PostGenre, TaggedPost
from spokes.audiences.profiles.models import ArchiveShare
from spokes.audiences.profiles.reading import Listening

# by id
Shares = dict[int, float]
# as many values as fit well into one IN (…)
CHUNK = 400
# beyond, a tag is chance and costs memory: measured, 300 do as well as all
MOST_TAGS = 400
LEAST = 0.001


@dataclass
class Counted:
    """What was counted; ``unknown`` and ``ambiguous`` name the artists, or posts, that were not."""

    # listeners, or openings
    people: int = 0
    genres: Shares = field(default_factory=dict)
    tags: Shares = field(default_factory=dict)
    artists: Shares = field(default_factory=dict)
    # as the file spells them, the most listened-to first, with their listeners or openings
    unknown: list[tuple[str, int]] = field(default_factory=list)
    ambiguous: list[tuple[str, int]] = field(default_factory=list)

    @property
    def summary(self) -> str:
        artists = ngettext("{n} artist", "{n} artists", len(self.artists))
        said = [*self._counted(), artists.format(n=len(self.artists))]
        if missed := len(self.unknown) + len(self.ambiguous):
            names = ngettext("{n} name not known", "{n} names not known", missed)
            said.append(names.format(n=missed))
        return ", ".join(said)

    def _counted(self) -> list[str]:
        return [ngettext("{n} person", "{n} people", self.people).format(n=self.people)]


class ArtistMusic:
    """Genres and tags of artists, read once for many counts."""

    def __init__(self) -> None:
        self.genres: dict[int, Shares] = {}
        self.tags: dict[int, Shares] = {}
        self._read: set[int] = set()

    def read(self, artists: Iterable[int]) -> None:
        missing = set(artists) - self._read
        self.genres |= genres_of_artists(missing)
        self.tags |= tags_of_artists(missing)
        self._read |= missing


def count_listening(listening: Listening, music: ArtistMusic | None = None) -> Counted:
    """Count the shares of what people listen to; an artist weighs as many as listen to it.

    An artist's genres are those of the catalogue, and its tags those of the posts about it.
    """
    by_key = find_bearers(listening.listeners)
    counted = Counted(people=listening.people)
    names: defaultdict[int, list[str]] = defaultdict(list)
    for key, number in sorted(listening.listeners.items(), key=lambda pair: -pair[1]):
        ids = by_key.get(key, [])
        if len(ids) == 1:
            names[ids[0]].append(key)
            continue
        missed = counted.ambiguous if ids else counted.unknown
        missed.append((listening.spelt[key], number))
    listeners = {pk: listening.of(keys) for pk, keys in names.items()}
    counted.artists = {pk: min(1, n / listening.people) for pk, n in listeners.items()}
    music = music or ArtistMusic()
    music.read(listeners)
    counted.genres = mean(music.genres, listeners)
    counted.tags = most(mean(music.tags, listeners))
    return counted


def count_archive() -> tuple[Shares, Shares]:
    """Count the shares of the house's posts that have a genre (or one below it), and a tag."""
    posts = Post.objects.count()
    if not posts:
        return {}, {}
    below = PostGenre.objects.values("genre__above__ancestor")
    genres = below.annotate(total=Sum("share")).values_list("genre__above__ancestor", "total")
    tagged = TaggedPost.objects.values("tag").annotate(total=Count("pk"))
    return (
        {pk: min(1, total / posts) for pk, total in genres if pk},
        {pk: min(1, total / posts) for pk, total in tagged.values_list("tag", "total")},
    )


def recount_archive() -> None:
    """Keep what is usual in the house as it is now; the caller's transaction holds it."""
    genres, tags = count_archive()
    ArchiveShare.objects.all().delete()
    rows = [ArchiveShare(genre_id=pk, share=share) for pk, share in genres.items()]
    rows += [ArchiveShare(tag_id=pk, share=share) for pk, share in tags.items()]
    ArchiveShare.objects.bulk_create(rows, batch_size=1000)


def genres_of_artists(artists: Iterable[int]) -> dict[int, Shares]:
    """By artist: the share of its music in each genre and in those above, 0..1."""
    weights: defaultdict[int, Shares] = defaultdict(dict)
    for some in chunks(list(artists), CHUNK):
        rows = ArtistGenre.objects.filter(artist__in=some)
        for artist, genre, weight in rows.values_list("artist_id", "genre_id", "weight"):
            weights[artist][genre] = weight
    above = _above({genre for shares in weights.values() for genre in shares})
    return {artist: rolled_up(above, _of_one(shares)) for artist, shares in weights.items()}


def tags_of_artists(artists: Iterable[int]) -> dict[int, Shares]:
    """By artist: the share of the posts about it that have each tag, 0..1."""
    found: dict[int, Shares] = {}
    for some in chunks(list(artists), CHUNK):
        about = Post.artists.through.objects.filter(artist__in=some).order_by()
        posts = dict(about.values_list("artist").annotate(number=Count("pk")))
        rows = about.filter(post__tagged_items__isnull=False).values(
            "artist", "post__tagged_items__tag"
        )
        for row in rows.annotate(number=Count("pk")):
            shares = found.setdefault(row["artist"], {})
            shares[row["post__tagged_items__tag"]] = row["number"] / posts[row["artist"]]
    return found


def _above(genres: Iterable[int]) -> dict[int, frozenset[int]]:
    above: defaultdict[int, set[int]] = defaultdict(set)
    for some in chunks(list(genres), CHUNK):
        rows = GenreClosure.objects.filter(descendant__in=some)
        for genre, ancestor in rows.values_list("descendant_id", "ancestor_id"):
            above[genre].add(ancestor)
    return {genre: frozenset(ancestors) for genre, ancestors in above.items()}


def rolled_up(above: Mapping[int, frozenset[int]], shares: Mapping[int, float]) -> Shares:
    rolled: defaultdict[int, float] = defaultdict(float)
    for genre, share in shares.items():
        for ancestor in above.get(genre, ()):
            rolled[ancestor] += share
    return dict(rolled)


def _of_one(shares: Shares) -> Shares:
    total = sum(shares.values())
    return {pk: share / total for pk, share in shares.items()}


def mean(things: Mapping[int, Shares], weights: Mapping[int, int]) -> Shares:
    """Average over the weighed things of which anything is known, each by its weight."""
    total = 0
    sums: defaultdict[int, float] = defaultdict(float)
    for pk, weight in weights.items():
        if shares := things.get(pk):
            total += weight
            for key, share in shares.items():
                sums[key] += share * weight
    return {key: min(1.0, number / total) for key, number in sums.items()}


def most(shares: Shares) -> Shares:
    usual = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TAGS]
    return {key: share for key, share in usual if share >= LEAST}
