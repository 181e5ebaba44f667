"""Publish 60 posts on one spoke through the engine; prints the spoke's path."""

from __future__ import annotations

import django

django.setup()

from django.utils import timezone

from hub.delivery.engine import send_channel
from spokes.site.models import Publication
from tests.bench.children import world


def main() -> None:
    now = timezone.now()
    channels = world.make_spokes(4)
    posts = world.make_posts(60, channels, now)
    world.make_due(posts, channels, now)
    for channel in channels:
        send_channel(channel_id=channel.pk, worker="bench")
    if Publication.objects.filter(spoke=channels[0].spoke).count() < 20:
        raise SystemExit("the spoke has fewer than 20 posts")
    print(f"/{channels[0].spoke.slug}/")


if __name__ == "__main__":
    main()
