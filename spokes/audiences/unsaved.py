"""What routing knows of a post that is still being typed: the same facts, read from its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Max

from content.catalogue.models import Artist, GenreClosure, Track
from content.editorial.models import AudienceTag, Post
from content.editorial.picks import Percents
from content.editorial.shares import shares_if_saved
from spokes.audiences.facts import FactNames, PostFacts, year_of


def facts_of_unsaved(
    post: Post,
    *,
    artists: Collection[Artist],
    genres: Percents,
    tags: Collection[AudienceTag],
    markets: Collection[str],
    tracks: Collection[int] = (),
) -> PostFacts:
    """Build the facts that ``post`` would have once it is saved with these rows.

    ``genres`` are the editor's picks with their shares; without any, those of the artists and of
    the tracks' artists count. One query for the genres, up to two more for whose they are, one for
    the tracks where they say the year.
    """
    shares = shares_if_saved(picks=genres, artists=[one.pk for one in artists], tracks=tracks)
    lineage, names = lineage_of(shares)
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
        shares={genre: shares[genre][0] for genre in lineage},
        sources={genre: str(shares[genre][1]) for genre in lineage},
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


def lineage_of(
    genres: Collection[int],
) -> tuple[dict[int, frozenset[int]], dict[int, str]]:
    """Give each direct genre with all above it, and the names of the direct ones."""
    if not genres:
        return {}, {}
    rows = GenreClosure.objects.filter(descendant__in=genres)
    above: defaultdict[int, set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for genre, name, ancestor in rows.values_list(
        "descendant_id", "descendant__name", "ancestor_id"
    ):
        above[genre].add(ancestor)
        names[genre] = name
    return {genre: frozenset(ancestors) for genre, ancestors in above.items()}, names
