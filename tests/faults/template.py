"""What every experiment begins with, made once and copied: tables, people, a planned wave."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections

from tests import migrated
from tests.faults import world

# deliveries of a whole wave, on two channels of each face
WAVE = 1000


def fill(size: float) -> None:
    """Migrate the database of this process, and plan a wave in it."""
    if connection.vendor == "sqlite":
        # within a run of tests it is there already
        migrated.copy_sqlite(Path(connection.settings_dict["NAME"]))
    else:
        call_command("migrate", verbosity=0)
    world.plant()
    channels = world.open_channels(world.FACES, each=2)
    posts = -(-max(1, round(WAVE * size)) // len(channels))
    world.plan(world.posts(posts), channels)
    connections.close_all()
