"""Lists stories under the tags that theirs were merged into."""

from __future__ import annotations

from django.db import transaction

from content.catalogue.models import FormerSlug
from content.editorial.models import AudienceTag
from spokes.site.models import Facet


def relist_merged_tags() -> int:
    """Move what is listed under a merged tag to the tag that took its place; give how much.

    What goes live later may still name the old tag, for its words were frozen before: so this is
    done again and again, not once with the merge. A new tag at an old address keeps its own.
    """
    merged = FormerSlug.objects.filter(kind=FormerSlug.Kind.TAG)
    listed = Facet.objects.filter(kind=Facet.Kind.TAG).values("slug")
    there = AudienceTag.objects.values("slug")
    moves = merged.filter(slug__in=listed).exclude(slug__in=there)
    return sum(_relist(slug, now_at) for slug, now_at in moves.values_list("slug", "now_at"))


@transaction.atomic
def _relist(slug: str, now_at: str) -> int:
    old = Facet.objects.filter(kind=Facet.Kind.TAG, slug=slug)
    new = Facet.objects.filter(kind=Facet.Kind.TAG, slug=now_at)
    old.filter(publication__in=new.values("publication")).delete()
    return old.update(slug=now_at)
