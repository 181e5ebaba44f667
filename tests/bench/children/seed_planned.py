"""Plan N deliveries far ahead on webhook channels at ``URL``."""

from __future__ import annotations

import sys

import django

django.setup()

from django.db import transaction
from django.utils import timezone

from tests.bench.children import world
from tests.bench.children.planned import plan_far_ahead


def main() -> None:
    channels = world.make_remote_channels(sys.argv[2])
    with transaction.atomic():
        plan_far_ahead(int(sys.argv[1]), channels, timezone.now())


if __name__ == "__main__":
    main()
