"""What a post is about, by genre: the editor's picks, or else what its artists play."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from django.db import models, transaction

from content.catalogue.models import ArtistGenre
from content.editorial.models import Post, PostGenre

# genre id → share
Shares = dict[int, float]
# genre id → weight, and who says so
Weights = dict[int, tuple[float, PostGenre.Source]]
# as many posts as fit well into one IN (…)
BATCH = 400
NEARLY = 1e-9


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
        weights = picked.get(post_id) or played.get(post_id, {})
        total = sum(weight for weight, _ in weights.values())
        for genre_id, (weight, source) in weights.items():
            rows[post_id, genre_id] = PostGenre(
                post_id=post_id, genre_id=genre_id, source=source, share=weight / total
            )
    return rows


def _picks(ids: list[int]) -> dict[int, Weights]:
    picks: dict[int, Weights] = defaultdict(dict)
    rows = Post.genres.through.objects.filter(post_id__in=ids)
    for post_id, genre_id in rows.values_list("post_id", "genre_id"):
        picks[post_id][genre_id] = (1.0, PostGenre.Source.EDITOR)
    return picks


def _played(ids: list[int]) -> dict[int, Weights]:
    """Weigh the genres of each post's artists, and of its tracks' artists; each artist counts one.

    However many of an artist's tracks a post names, and whatever its weights add up to.
    """
    sources = {
        **dict.fromkeys(_about(ids, "tracks__artist"), PostGenre.Source.TRACK),
        **dict.fromkeys(_about(ids, "artists"), PostGenre.Source.ARTIST),
    }
    plays = _plays({artist for _, artist in sources})
    posts: dict[int, Weights] = defaultdict(dict)
    # those of its own artists last: a genre of both is from its artists
    for (post_id, artist), source in sorted(sources.items(), reverse=True, key=_by_source):
        for genre_id, share in plays.get(artist, {}).items():
            before, _ = posts[post_id].get(genre_id, (0.0, source))
            posts[post_id][genre_id] = (before + share, source)
    return posts


def _by_source(item: tuple[tuple[int, int], PostGenre.Source]) -> str:
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
