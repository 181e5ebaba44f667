"""Plan N deliveries for webhook channels at ``URL``, and one more for each; prints how many.

All are due in a day.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone

from spokes.channels.models import Channel
from tests.bench.children import world


def main() -> None:
    wanted, url = int(sys.argv[1]), sys.argv[2]
    now = timezone.now()
    made = Channel.objects.filter(network="webhook").select_related("spoke").order_by("pk")
    channels = list(made) or world.make_remote_channels(url)
    posts = world.make_posts((wanted + len(channels)) // world.SPOKES_A_POST, channels, now)
    print(world.make_due(posts, channels, now + timedelta(days=1)))


if __name__ == "__main__":
    main()
