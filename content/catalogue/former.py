"""Addresses that were: whoever changes or merges what has one says where it is found now."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from content.catalogue.closure import FEW, chunks
from content.catalogue.models import Artist, FormerSlug


@transaction.atomic
def note_former_slug(*, kind: str, slug: str, now_at: str, former_id: int | None = None) -> None:
    """Let the old slug lead to the new one, and what led to the old one too; never in a circle.

    ``former_id`` is that of an artist which was merged, so that what names it by that follows too.
    Call it in the transaction of the change.
    """
    FormerSlug.objects.filter(kind=kind, slug=now_at).delete()
    FormerSlug.objects.filter(kind=kind, now_at=slug).update(now_at=now_at)
    if slug != now_at:
        FormerSlug.objects.update_or_create(
            kind=kind, slug=slug, defaults={"now_at": now_at, "former_id": former_id}
        )


def find_moved(*, kind: str, slug: str) -> str:
    """Give the slug under which it is found now; empty when it never moved."""
    moved = FormerSlug.objects.filter(kind=kind, slug=slug).values_list("now_at", flat=True)
    return moved.first() or ""


def find_merged_artists(ids: Collection[int]) -> dict[int, int]:
    """Give by id what artists were merged into; two queries, or one where none was."""
    now_at: dict[int, str] = {}
    for some in chunks(list(ids), FEW):
        rows = FormerSlug.objects.filter(kind=FormerSlug.Kind.ARTIST, former_id__in=some)
        now_at |= {pk: slug for pk, slug in rows.values_list("former_id", "now_at") if pk}
    found: dict[str, int] = {}
    for slugs in chunks(sorted(set(now_at.values())), FEW):
        found |= dict(Artist.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    return {pk: found[slug] for pk, slug in now_at.items() if slug in found}
