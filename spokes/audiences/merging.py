"""What merging two artists would change: which audiences follow, and what routing would read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from content.catalogue.mentions import Shares
from content.catalogue.models import Artist, FormerSlug
from content.editorial.models import Post
from content.editorial.shares import shares_if_merged
from spokes.audiences.facts import PostFacts, facts_of_many
from spokes.audiences.models import Audience
from spokes.audiences.unsaved import lineage_of


def audiences_that_name(artist: Artist) -> list[Audience]:
    """List the audiences whose expressions ask for the artist, also by what was merged into it."""
    former = FormerSlug.objects.filter(kind=FormerSlug.Kind.ARTIST, now_at=artist.slug)
    ids = {artist.pk, *former.values_list("former_id", flat=True)}
    rows = Audience.objects.filter(names__has_key="artist").order_by("name")
    return [row for row in rows if not ids.isdisjoint(_artists_of(row))]


def facts_if_merged(
    posts: Collection[Post], *, artist: Artist, into: Artist, plays: Shares
) -> dict[int, PostFacts]:
    """Give the facts that posts about either would have once ``artist`` is ``into``.

    They are about both then: an expression that asks for the one asks for the other.
    """
    before = facts_of_many(posts)
    shares = shares_if_merged(list(before), artist=artist.pk, into=into.pk, plays=plays)
    lineage, names = lineage_of({genre for one in shares.values() for genre in one})
    both = frozenset({artist.pk, into.pk})
    found = {}
    for pk, facts in before.items():
        named = facts.artists | both if both & facts.artists else facts.artists
        found[pk] = replace(facts, artists=named)
        if pk in shares:
            found[pk] = _with_shares(found[pk], shares[pk], lineage, names)
    return found


def _with_shares(
    facts: PostFacts,
    shares: Mapping[int, tuple[float, str]],
    lineage: Mapping[int, frozenset[int]],
    names: Mapping[int, str],
) -> PostFacts:
    own = {genre: lineage[genre] for genre in shares if genre in lineage}
    return replace(
        facts,
        genres=frozenset[int]().union(*own.values()),
        direct_genres=frozenset(own),
        lineage=own,
        shares={genre: shares[genre][0] for genre in own},
        sources={genre: str(shares[genre][1]) for genre in own},
        names=replace(facts.names, genres={**facts.names.genres, **names}),
    )


def _artists_of(audience: Audience) -> set[int]:
    texts: Mapping[str, list[tuple[int, str, str]]] = audience.names.get("artist", {})
    return {row[0] for rows in texts.values() for row in rows}
