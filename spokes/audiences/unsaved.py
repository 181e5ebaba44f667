"""What routing knows of a post that is still being typed: the same facts, read from its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Max, Q, Sum

from content.catalogue.models import Artist, ArtistGenre, GenreClosure, Track
from content.editorial.models import AudienceTag, Post
from spokes.audiences.facts import FactNames, PostFacts, year_of


def facts_of_unsaved(
    post: Post,
    *,
    artists: Collection[Artist],
    genres: Collection[int],
    tags: Collection[AudienceTag],
    markets: Collection[str],
    tracks: Collection[int] = (),
) -> PostFacts:
    """Build the facts that ``post`` would have once it is saved with these rows.

    ``genres`` are the editor's picks; without any, the artists' genres count. One query for the
    genres, one more for the artists' shares in them, one for the tracks where they say the year.
    """
    artist_ids = [artist.pk for artist in artists]
    lineage, names = _lineage(genres, artist_ids)
    return PostFacts(
        post_id=post.pk or 0,
        genres=frozenset().union(*lineage.values()),
        direct_genres=frozenset(lineage),
        tags=frozenset(tag.pk for tag in tags),
        artists=frozenset(artist.pk for artist in artists),
        kind=post.kind,
        lang=post.lang,
        markets=frozenset(markets),
        explicit=post.explicit,
        tag_keys=frozenset(tag.key for tag in tags),
        year=year_of(post, "" if post.happens_on else _newest(tracks)),
        priority=post.priority,
        shares=_shares(lineage, genres, artist_ids),
        lineage=lineage,
        names=FactNames(
            names,
            {tag.pk: tag.name for tag in tags},
            {artist.pk: artist.name for artist in artists},
        ),
    )


def _newest(tracks: Collection[int]) -> str:
    if not tracks:
        return ""
    return Track.objects.filter(pk__in=tracks).aggregate(newest=Max("released"))["newest"] or ""


def _shares(
    lineage: Collection[int], picked: Collection[int], artists: Collection[int]
) -> dict[int, float]:
    """Share the post out as ``content.editorial.shares`` will once it is saved."""
    if picked or len(lineage) < 2:
        return dict.fromkeys(lineage, 1 / max(1, len(lineage)))
    of_artists = ArtistGenre.objects.filter(artist__in=artists).values_list("genre_id")
    weights = dict(of_artists.annotate(weight=Sum("weight")))
    total = sum(weights.values())
    return {genre: weights.get(genre, 0.0) / total for genre in lineage}


def _lineage(
    picked: Collection[int], artists: Collection[int]
) -> tuple[dict[int, frozenset[int]], dict[int, str]]:
    """Give each direct genre with all above it, and the names of the direct ones."""
    if not picked and not artists:
        return {}, {}
    of_artists = ArtistGenre.objects.filter(artist__in=artists)
    direct = Q(descendant__in=picked) if picked else Q(descendant__in=of_artists.values("genre"))
    rows = GenreClosure.objects.filter(direct)
    above: defaultdict[int, set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for genre, name, ancestor in rows.values_list(
        "descendant_id", "descendant__name", "ancestor_id"
    ):
        above[genre].add(ancestor)
        names[genre] = name
    return {genre: frozenset(ancestors) for genre, ancestors in above.items()}, names
