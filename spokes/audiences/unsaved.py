"""What routing knows of a post that is still being typed: the same facts, read from its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from content.catalogue.models import Artist, ArtistGenre, GenreClosure
from content.editorial.models import AudienceTag, Post
from spokes.audiences.facts import FactNames, PostFacts


def facts_of_unsaved(
    post: Post,
    *,
    artists: Collection[Artist],
    genres: Collection[int],
    tags: Collection[AudienceTag],
    markets: Collection[str],
) -> PostFacts:
    """Build the facts that ``post`` would have once it is saved with these rows; one query.

    ``genres`` are the editor's picks; without any, the artists' genres count.
    """
    lineage, names = _lineage(genres, [artist.pk for artist in artists])
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
        lineage=lineage,
        names=FactNames(
            names,
            {tag.pk: tag.name for tag in tags},
            {artist.pk: artist.name for artist in artists},
        ),
    )


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
