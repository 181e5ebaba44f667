"""What a post is about, by genre: PostGenre follows the editor's picks, or else the artists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import models, transaction

from content.catalogue.models import ArtistGenre
from content.editorial.models import Post, PostGenre

# genre id → share
Shares = dict[int, float]
# as many posts as fit well into one IN (…)
BATCH = 400
NEARLY = 1e-9


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
    picked, of_artists = _picks(ids), _artist_weights(ids)
    rows = {}
    for post_id in ids:
        source = PostGenre.Source.EDITOR if post_id in picked else PostGenre.Source.ARTIST
        weights = picked.get(post_id) or of_artists.get(post_id, {})
        total = sum(weights.values())
        for genre_id, weight in weights.items():
            rows[post_id, genre_id] = PostGenre(
                post_id=post_id, genre_id=genre_id, source=source, share=weight / total
            )
    return rows


def _picks(ids: list[int]) -> dict[int, Shares]:
    picks: dict[int, Shares] = defaultdict(dict)
    rows = Post.genres.through.objects.filter(post_id__in=ids)
    for post_id, genre_id in rows.values_list("post_id", "genre_id"):
        picks[post_id][genre_id] = 1.0
    return picks


def _artist_weights(ids: list[int]) -> dict[int, Shares]:
    rows = (
        ArtistGenre.objects.filter(artist__posts__in=ids)
        .values_list("artist__posts", "genre_id")
        .annotate(weight=models.Sum("weight"))
    )
    weights: dict[int, Shares] = defaultdict(dict)
    for post_id, genre_id, weight in rows:
        weights[post_id][genre_id] = weight
    return weights
