"""Addresses that were: whoever changes or merges what has one says where it is found now."""

from __future__ import annotations

from django.db import transaction

from content.catalogue.models import FormerSlug


@transaction.atomic
def note_former_slug(*, kind: str, slug: str, now_at: str) -> None:
    """Let the old slug lead to the new one, and what led to the old one too; never in a circle.

    Call it in the transaction of the change.
    """
    FormerSlug.objects.filter(kind=kind, slug=now_at).delete()
    FormerSlug.objects.filter(kind=kind, now_at=slug).update(now_at=now_at)
    if slug != now_at:
        FormerSlug.objects.update_or_create(kind=kind, slug=slug, defaults={"now_at": now_at})


def find_moved(*, kind: str, slug: str) -> str:
    """Give the slug under which it is found now; empty when it never moved."""
    moved = FormerSlug.objects.filter(kind=kind, slug=slug).values_list("now_at", flat=True)
    return moved.first() or ""
