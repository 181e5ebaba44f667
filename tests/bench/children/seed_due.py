"""Make N deliveries that are due; prints how many."""

from __future__ import annotations

import sys

import django

django.setup()

from django.utils import timezone

from tests.bench.children import world


def main() -> None:
    wanted = int(sys.argv[1])
    now = timezone.now()
    channels = world.make_spokes()
    posts = world.make_posts(wanted // world.SPOKES_A_POST, channels, now)
    print(world.make_due(posts, channels, now))


if __name__ == "__main__":
    main()
