"""Lists stories under what theirs were merged into: tags, artists and genres."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models, transaction

from content.catalogue.models import Artist, FormerSlug, Genre
from content.editorial.models import AudienceTag
from spokes.site.models import Facet

MODELS: Mapping[str, type[models.Model]] = {
    FormerSlug.Kind.TAG: AudienceTag,
    FormerSlug.Kind.ARTIST: Artist,
    FormerSlug.Kind.GENRE: Genre,
}


def relist_merged() -> int:
    """Move what is listed under a merged tag, artist or genre to what took its place.

    Gives how much. What goes live later may still name the old one, for its words were frozen
    before: so this is done again and again, not once with the merge. What is new at an old address
    keeps its own.
    """
    return sum(
        _relist(kind, slug, now_at)
        for kind, model in MODELS.items()
        for slug, now_at in _moves(kind, model)
    )


def _moves(kind: str, model: type[models.Model]) -> list[tuple[str, str]]:
    merged = FormerSlug.objects.filter(kind=kind)
    listed = Facet.objects.filter(kind=kind).values("slug")
    there = model._default_manager.order_by().values("slug")
    moves = merged.filter(slug__in=listed).exclude(slug__in=there)
    return list(moves.values_list("slug", "now_at"))


@transaction.atomic
def _relist(kind: str, slug: str, now_at: str) -> int:
    old = Facet.objects.filter(kind=kind, slug=slug)
    new = Facet.objects.filter(kind=kind, slug=now_at)
    old.filter(publication__in=new.values("publication")).delete()
    return old.update(slug=now_at)
