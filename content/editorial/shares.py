"""What a post is about, by genre: the editor's picks, or else what its artists play."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from django.db import models, transaction
from django.utils.translation import gettext

from content.catalogue.models import ArtistGenre, Track
from content.editorial.models import PickedGenre, Post, PostGenre
from content.editorial.picks import Percents, Shares, share_out

# genre id → weight, and who says so
Weights = dict[int, tuple[float, PostGenre.Source]]
# artist id → whether it is an artist of the post, or of a track of it
Sources = dict[int, PostGenre.Source]
# as many posts as fit well into one IN (…)
BATCH = 400
NEARLY = 1e-9


@dataclasses.dataclass(frozen=True)
class GenreShare:
    """A genre of a post by name, its share 0..1, and who says so."""

    genre: str
    share: float
    source: PostGenre.Source

    def as_dict(self) -> dict[str, str | float]:
        return {"genre": self.genre, "share": round(self.share, 4), "source": str(self.source)}


def shares_of(post: Post) -> list[GenreShare]:
    """List what a saved post is about, the largest share first; one query."""
    rows = post.post_genres.values_list("genre__name", "share", "source")
    return in_order(GenreShare(name, share, PostGenre.Source(who)) for name, share, who in rows)


def in_order(shares: Iterable[GenreShare]) -> list[GenreShare]:
    return sorted(shares, key=lambda one: (-round(one.share, 6), one.genre))


def shares_in_words(shares: Sequence[GenreShare]) -> str:
    """Write "Country 60%, Hip Hop 40% (set by the editor)"; nothing for no genre."""
    listed = ", ".join(f"{one.genre} {in_percent(one.share)}" for one in shares)
    return f"{listed} ({_whose(shares)})" if shares else ""


def _whose(shares: Sequence[GenreShare]) -> str:
    source = PostGenre.Source
    sources = {one.source for one in shares}
    if sources == {source.ARTIST, source.TRACK}:
        return gettext("from its artists and tracks")
    # of the picks of one post, those without a share follow those with one
    return str(source.SHARE.label if source.SHARE in sources else shares[0].source.label)


def in_percent(share: float) -> str:
    """Write a share as whole percent; a small one is not nothing."""
    return f"{share:.0%}" if share >= 0.005 or not share else "<1%"


def rederive_posts_of(artists: Collection[int]) -> int:
    """Derive again what is about these artists, by name or by a track of theirs."""
    ids = sorted(artists)
    about: set[int] = set()
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        about.update(
            Post.objects.filter(artists__in=some)
            .order_by()
            .values_list("pk")
            .union(Post.objects.filter(tracks__artist__in=some).order_by().values_list("pk"))
            .values_list("pk", flat=True)
        )
    return sum(derive_genres(batch) for batch in _batches(iter(sorted(about))))


def rederive_genres(posts: models.QuerySet[Post]) -> int:
    """Derive the genres of these posts again, after their artists' genres changed.

    Returns how many rows of PostGenre were added, changed or removed.
    """
    ids = iter(list(posts.order_by("pk").values_list("pk", flat=True)))
    return sum(derive_genres(batch) for batch in _batches(ids))


def _batches(ids: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(ids, BATCH)):
        yield batch


@transaction.atomic
def derive_genres(post_ids: Iterable[int]) -> int:
    """Bring PostGenre of at most BATCH posts in line; rows that are right stay untouched."""
    ids = list(post_ids)
    wanted = _wanted_rows(ids)
    stale, changed = [], []
    for row in PostGenre.objects.filter(post_id__in=ids):
        right = wanted.pop((row.post_id, row.genre_id), None)
        if right is None:
            stale.append(row.pk)
        elif right.source != row.source or abs(right.share - row.share) > NEARLY:
            row.source, row.share = right.source, right.share
            changed.append(row)
    for start in range(0, len(stale), BATCH):
        PostGenre.objects.filter(pk__in=stale[start : start + BATCH]).delete()
    PostGenre.objects.bulk_update(changed, ["source", "share"], batch_size=BATCH)
    # two processes may find the same row missing
    PostGenre.objects.bulk_create(wanted.values(), ignore_conflicts=True)
    return len(stale) + len(changed) + len(wanted)


def _wanted_rows(ids: list[int]) -> dict[tuple[int, int], PostGenre]:
    picked, played = _picks(ids), _played(ids)
    rows = {}
    for post_id in ids:
        picks = picked.get(post_id)
        weights = _weights_of(picks) if picks else played.get(post_id, {})
        total = sum(weight for weight, _ in weights.values())
        for genre_id, (weight, source) in weights.items():
            rows[post_id, genre_id] = PostGenre(
                post_id=post_id, genre_id=genre_id, source=source, share=weight / total
            )
    return rows


def shares_if_saved(
    *, picks: Percents, artists: Collection[int], tracks: Collection[int]
) -> dict[int, tuple[float, PostGenre.Source]]:
    """Give the shares, with who says so, that a post would have with these picks, or these rows.

    No query for picks; one for the artists' genres without any, and one more with tracks.
    """
    if picks:
        return _weights_of(picks)
    billed = dict.fromkeys(artists, PostGenre.Source.ARTIST)
    heard = Track.objects.filter(pk__in=tracks).values_list("artist_id", flat=True)
    sources = {**dict.fromkeys(heard if tracks else (), PostGenre.Source.TRACK), **billed}
    weights = _weigh(sources, _plays(sources))
    total = sum(weight for weight, _ in weights.values())
    return {genre: (weight / total, source) for genre, (weight, source) in weights.items()}


def shares_if_merged(
    post_ids: Collection[int], *, artist: int, into: int, plays: Shares
) -> dict[int, dict[int, tuple[float, PostGenre.Source]]]:
    """Give the shares that posts would have if ``artist`` were ``into`` and that played this.

    For posts that take them from their artists; four queries for at most BATCH posts.
    """
    ids = list(post_ids)
    posts = _sources(ids)
    known = _plays({one for sources in posts.values() for one in sources})
    total = sum(plays.values())
    known = {**known, into: {genre: weight / total for genre, weight in plays.items()}}
    picked = set(PickedGenre.objects.filter(post__in=ids).values_list("post_id", flat=True))
    found = {}
    for post_id in ids:
        if post_id in picked:
            continue
        sources: Sources = {}
        for one, source in sorted(posts.get(post_id, {}).items(), reverse=True, key=_by_source):
            sources[into if one == artist else one] = source
        weights = _weigh(sources, known)
        whole = sum(weight for weight, _ in weights.values())
        found[post_id] = {pk: (weight / whole, who) for pk, (weight, who) in weights.items()}
    return found


def _picks(ids: list[int]) -> dict[int, Percents]:
    picks: dict[int, Percents] = defaultdict(dict)
    rows = PickedGenre.objects.filter(post_id__in=ids)
    for post_id, genre_id, percent in rows.values_list("post_id", "genre_id", "percent"):
        picks[post_id][genre_id] = percent
    return picks


def _weights_of(picks: Percents) -> Weights:
    source = PostGenre.Source
    return {
        genre: (share, source.EDITOR if picks[genre] is None else source.SHARE)
        for genre, share in share_out(picks).items()
    }


def _played(ids: list[int]) -> dict[int, Weights]:
    """Weigh the genres of each post's artists, and of its tracks' artists; each artist counts one.

    However many of an artist's tracks a post names, and whatever its weights add up to.
    """
    posts = _sources(ids)
    plays = _plays({artist for sources in posts.values() for artist in sources})
    return {post_id: _weigh(sources, plays) for post_id, sources in posts.items()}


def _sources(ids: list[int]) -> dict[int, Sources]:
    """Give each post's artists, and its tracks' artists, with the better of both reasons."""
    posts: dict[int, Sources] = defaultdict(dict)
    for source, way in (("TRACK", "tracks__artist"), ("ARTIST", "artists")):
        for post_id, artist in _about(ids, way):
            posts[post_id][artist] = PostGenre.Source[source]
    return posts


def _weigh(sources: Sources, plays: Mapping[int, Shares]) -> Weights:
    weights: Weights = {}
    # those of its own artists last: a genre of both is from its artists
    for artist, source in sorted(sources.items(), reverse=True, key=_by_source):
        for genre, share in plays.get(artist, {}).items():
            before, _ = weights.get(genre, (0.0, source))
            weights[genre] = (before + share, source)
    return weights


def _by_source(item: tuple[int, PostGenre.Source]) -> str:
    return item[1].value


def _about(ids: list[int], way: str) -> Iterator[tuple[int, int]]:
    """Give pairs of a post and an artist."""
    rows = Post.objects.filter(pk__in=ids, **{f"{way}__isnull": False})
    yield from rows.order_by("pk", way).values_list("pk", way).distinct()


def _plays(artists: Collection[int]) -> dict[int, Shares]:
    """Give what each artist plays, by genre; the shares of an artist add up to 1."""
    plays: dict[int, Shares] = defaultdict(dict)
    ids = sorted(artists)
    for start in range(0, len(ids), BATCH):
        rows = ArtistGenre.objects.filter(artist__in=ids[start : start + BATCH])
        for artist, genre, weight in rows.values_list("artist_id", "genre_id", "weight"):
            plays[artist][genre] = weight
    return {
        artist: {genre: weight / sum(shares.values()) for genre, weight in shares.items()}
        for artist, shares in plays.items()
    }
