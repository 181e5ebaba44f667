"""What a publication follows of its picture after it went out: sizes, and the focal point."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from content.media.models import Asset
from content.media.renditions import urls_of
from spokes.site.cards.actions import queue_cards
from spokes.site.models import Publication

# the words about the picture stay as they were approved
FOLLOWED = ("focal_x", "focal_y", "renditions")


def refresh_pictures(assets: Collection[int], *, now: datetime | None = None) -> int:
    """Show the sizes that pictures (by key) have now, and cut cards anew where the focus moved.

    Returns how many publications changed.
    """
    shown = {
        asset.pk: {
            "focal_x": asset.focal_x,
            "focal_y": asset.focal_y,
            "renditions": urls_of(asset),
        }
        for asset in Asset.objects.filter(pk__in=assets).prefetch_related("renditions")
    }
    with transaction.atomic():
        changed, moved = [], []
        standing = Publication.objects.standing().filter(asset_ref__in=shown).order_by("pk")
        for publication in standing.only("pk", "hero", "asset_ref").select_for_update():
            before = {name: publication.hero.get(name) for name in FOLLOWED}
            after = shown[publication.asset_ref or 0]
            if before != after:
                publication.hero = {**publication.hero, **after}
                changed.append(publication)
            if before["focal_x"] != after["focal_x"] or before["focal_y"] != after["focal_y"]:
                moved.append(publication.pk)
        Publication.objects.bulk_update(changed, ["hero"], batch_size=100)
        queue_cards(publications=moved, now=now or timezone.now())
    return len(changed)
